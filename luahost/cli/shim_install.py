"""
``luahost shim --install``: the shim and its configuration where Dovecot reads them, and whether it does.

Only files of luahost's own are written; what else is in Dovecot's folder stays as it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from luahost.cli.pickup_folder import make_pickup
from luahost.errors import UsageError
from luahost.timeline import inline
from luahost.whole_file import write_whole

if TYPE_CHECKING:
    from luahost.config import Settings
    from luahost.sources.shim import Shim

FOLDER = "/etc/dovecot"

SCRIPT = "luahost-shim.lua"

SNIPPET = "11-luahost.conf"
"""
After ``10-mail.conf``, which may set ``mail_plugins``, and before the files of protocols, which add to it: in
2.3 they add to what it is by then.
"""

OURS = b"luahost"
"""What every file of ours has in it, so that no other is overwritten."""

WORDS = ("changed", "made", "kept")
"""What becomes of files; of several the first of these is told."""


def install(shim: Shim, folder: str) -> int:
    """
    Write the files, and say what comes next. 1 if Dovecot would not run the shim as things are.

    Raises:
        UsageError: There is no Dovecot's configuration, or a file cannot be written.
    """
    from luahost.config import read_configuration

    main = os.path.join(folder, "dovecot.conf")
    if not os.path.isfile(main):
        raise UsageError(f"there is no {main}; --install FOLDER names the folder of Dovecot's configuration")
    script = os.path.abspath(os.path.join(folder, SCRIPT))
    found = read_configuration(main).settings()
    if found.dialect != shim.dialect:
        raise UsageError(f"{main} is a configuration of {found.syntax}: --dovecot {found.dialect}")
    configuration = shim.configuration(script).encode("utf-8", "surrogateescape")
    before = list(_others(found, script))
    snippet = os.path.join(folder, "conf.d", SNIPPET)
    if not os.path.isdir(os.path.dirname(snippet)):
        snippet = os.path.join(folder, SNIPPET)
    if shim.spool_dir is not None and (whom := make_pickup(shim.spool_dir)) is not None:
        print(f"made     {inline(shim.spool_dir)}/  what the server does not take, {whom}")
    _write_all(shim.installed(script), script)
    _write_all({snippet: configuration}, snippet)
    settings = read_configuration(main).settings()
    if words := _why_not(settings, script, main, snippet):
        print(f"luahost: {inline(words)}")
        return 1
    still = list(_others(settings, script))
    for name in before:
        if name not in still:
            print(f"note: it takes the place of {inline(name)}, which luahost serve is to run from now on")
    print("next: doveadm reload")
    return 0


def _others(settings: Settings, script: str) -> Iterator[str]:
    """
    The drivers beside the shim.
    """
    for entry in settings.drivers():
        if not entry.file or os.path.abspath(entry.file) != script:
            yield f"{entry.setting} = {entry.name}{f':file={entry.file}' if entry.file else ''}"


def _why_not(settings: Settings, script: str, main: str, snippet: str) -> str | None:
    """
    Why mail that is delivered would not be pushed by the shim; None if it is.
    """
    from luahost.config import check_plugins, missing_lua_plugin, push_of

    setting = "push_notification_driver"
    if script not in [os.path.abspath(entry.file) for entry in settings.drivers() if entry.file]:
        place = settings.origin_of(f"plugin/{setting}")
        if place is None or os.path.abspath(place.file) == os.path.abspath(snippet):
            return f"{main} does not read {snippet}: add `!include {os.path.abspath(snippet)}` to it"
        return f"{place} sets {setting} after {snippet}: remove it there, and luahost serve runs that script"
    if push_of(settings).on and missing_lua_plugin(settings, settings.dialect) is None:
        check_plugins(settings)
        return None
    place = settings.origin_of("mail_plugins")
    return f"{place or main} sets other mail_plugins for {settings.service}: begin them with $mail_plugins"


def _write_all(files: Mapping[str, bytes], whole: str) -> None:
    """
    Write files, as far as they are not there as they should be, and say of the whole what became of it.

    Raises:
        UsageError: One is somebody else's, or cannot be written.
    """
    words = {_written(path, content) for path, content in files.items()}
    print(f"{next(word for word in WORDS if word in words):7}  {whole}")


def _written(path: str, content: bytes) -> str:
    try:
        with open(path, "rb") as file:
            there = file.read()
    except FileNotFoundError:
        there = None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    if there == content:
        return "kept"
    if there is not None and OURS not in there:
        raise UsageError(f"{path} is there already, and not by luahost")
    try:
        if not os.path.isdir(folder := os.path.dirname(path)):
            os.mkdir(folder)
            os.chmod(folder, 0o755)
        # Dovecot may load it at any time.
        write_whole(path, content, 0o644)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    return "made" if there is None else "changed"
