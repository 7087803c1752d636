"""
What ``luahost shim --install`` has put beside the script that Dovecot loads: the shim's source, and that
compiled for several Luas. Without what is compiled Dovecot compiles the source for each delivery; without
either it pushes nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from luahost import patterns
from luahost.doctor.access import READ, refusal
from luahost.doctor.check import Check, Subject
from luahost.doctor.users import Who
from luahost.sources.shim import COMPILED_FOR, SOURCE, compiled_shim, is_of_this_luahost, unescaped

NAME = "shim's files"

AGAIN = "luahost shim --install writes them anew, with the options of the first time"

_FOLDER = patterns.compile(r'^local\s+FOLDER = "((?:[^"\\]|\\[0-9]{3})*)"$', re.MULTILINE)

_DOVECOT = Subject("dovecot")


def folder_of(script: str) -> str | None:
    """
    Where the rest of a script with this text is; None if it has none.
    """
    found = _FOLDER.search(script) if "loadfile(FOLDER" in script else None
    return None if found is None else unescaped(found[1])


def installed_checks(folder: str, mail: Who) -> Iterator[Check]:
    """
    Each check as it is done.

    Args:
        folder: Where the files are.

        mail: As whom Dovecot reads them.
    """
    source = os.path.join(folder, SOURCE)
    unread = {name: refusal(os.path.join(folder, name), READ, mail) for name in _names()}
    if refused := unread.pop(SOURCE):
        fail = all(unread.values())
        words = f"{refused}; {'Dovecot pushes nothing' if fail else 'only what is compiled runs'}"
        yield (_DOVECOT.fail if fail else _DOVECOT.warn)(NAME, words, AGAIN)
        return
    if refused := next(filter(None, unread.values()), None):
        yield _DOVECOT.warn(NAME, f"{refused}: with that Lua each delivery compiles {source}", AGAIN)
        return
    try:
        with open(source, "rb") as file:
            text = file.read()
        stale = [
            name
            for name in unread
            if _content(folder, name) != compiled_shim(text, name.removesuffix(".luac"))
        ]
    except OSError as error:
        yield _DOVECOT.warn(NAME, f"not compared: {error.filename}: {error.strerror}", "ask as root")
        return
    if stale:
        yield _DOVECOT.warn(
            NAME, f"{', '.join(stale)} in {folder} are of another {SOURCE} than is there", AGAIN
        )
    elif not is_of_this_luahost(text.decode("utf-8", "surrogateescape")):
        yield _DOVECOT.warn(NAME, f"{source} is another luahost's, and works with this server", AGAIN)
    else:
        yield _DOVECOT.ok(NAME, f"{folder}, compiled for Lua {' and '.join(COMPILED_FOR)}")


def _names() -> list[str]:
    return [SOURCE, *(f"{lua}.luac" for lua in COMPILED_FOR)]


def _content(folder: str, name: str) -> bytes:
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()
