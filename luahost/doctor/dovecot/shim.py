"""
The shim that hands a Dovecot's transactions to the server: whether it goes where the server is, with a token
that the server takes, and whether what the server does not take finds a place.

What it was made with stands in its head, as ``luahost shim`` writes it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from luahost import patterns
from luahost.config.serve_section import Listen, ServeSection
from luahost.dataclass import dataclass
from luahost.doctor.access import READ, refusal
from luahost.doctor.check import Check, Subject
from luahost.doctor.dovecot.installed import folder_of
from luahost.doctor.users import Who
from luahost.errors import EndpointError, InputError
from luahost.exchange import Place
from luahost.server.intake.tokens import read_tokens
from luahost.sources.shim import SOURCE, unescaped

MARK = '"luahost_transaction":'
"""What every transaction begins with, and so every shim has in it."""

COMPILED = b"\x1bLua"
"""How what luac makes begins."""

EVERY_ADDRESS = {"0.0.0.0", "::"}

_SETTING = patterns.compile(
    r'^local (URL|SPOOL_DIR|TOKEN_FILE) = (?:nil|"((?:[^"\\]|\\[0-9]{3})*)")$', re.MULTILINE
)

_DOVECOT = Subject("dovecot")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShimSettings:
    """
    What a shim was made with.

    Attributes:
        url: Where it brings transactions: a URL, or the path of a unix socket; None if it leaves all of them
            in files.

        spool_dir: Where it puts those, or what the server does not take; None if nowhere.

        token_file: The file with its token; None if it has none.
    """

    url: str | None
    spool_dir: str | None
    token_file: str | None


def shim_of(file: str) -> ShimSettings | None:
    """
    The settings of a script that is a shim; None for another script, and one that cannot be read.
    """
    text = _text(file)
    if (folder := folder_of(text)) is not None and MARK not in text:
        text = _text(os.path.join(folder, SOURCE))
    found = {name: unescaped(value) if value is not None else None for name, value in _settings(text)}
    if MARK not in text or not any(found.values()):
        return None
    return ShimSettings(
        url=found.get("URL"), spool_dir=found.get("SPOOL_DIR"), token_file=found.get("TOKEN_FILE")
    )


def beside(file: str) -> str | None:
    """
    Where the rest of a script is, if it is a shim that was installed.
    """
    return folder_of(_text(file))


def is_compiled(file: str) -> bool:
    """
    Whether a script is a shim that was compiled, which keeps its settings to itself.
    """
    try:
        with open(file, "rb") as opened:
            data = opened.read()
    except OSError:
        return False
    return data.startswith(COMPILED) and MARK.encode() in data


def _settings(text: str) -> Iterator[tuple[str, str | None]]:
    for found in _SETTING.finditer(text):
        yield found[1], found[2]


def _text(file: str) -> str:
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as opened:
            return opened.read()
    except OSError:
        return ""


def shim_checks(shim: ShimSettings, section: ServeSection, mail: Who) -> Iterator[Check]:
    """
    Each check as it is done.

    Args:
        shim: What it was made with.

        section: What is served.

        mail: As whom it is run.
    """
    if shim.url is None:
        yield _DOVECOT.ok("shim", f"it leaves transactions in {shim.spool_dir}")
        yield from _spool_dir(shim, section)
        return
    if section.listen is not None and not leads_to(shim.url, section.listen):
        yield _DOVECOT.warn(
            "shim",
            f"it brings transactions to {shim.url}, and luahost.yaml listens on {section.listen}",
            "make it anew: luahost shim --url",
        )
    elif not shim.url.startswith("/") and shim.url.startswith("https:") != (section.tls is not None):
        speaks = "speaks TLS" if section.tls is not None else "speaks no TLS"
        yield _DOVECOT.fail(
            "shim",
            f"it brings transactions to {shim.url}, and the server {speaks}",
            "make it anew: luahost shim --url",
        )
    else:
        yield _DOVECOT.ok("shim", f"it brings transactions to {shim.url}")
    yield from _token(shim, section, mail)
    yield from _spool_dir(shim, section)


def leads_to(url: str, listen: Listen) -> bool:
    """
    Whether a shim of this machine meets a server that listens there.
    """
    if url.startswith("/"):
        return listen.path is not None and listen.path == url
    try:
        place = Place.of(url)
    except EndpointError:
        return False
    same = listen.host in EVERY_ADDRESS or {listen.host, place.host} <= {"localhost", "127.0.0.1"}
    return listen.path is None and place.port_number == listen.port and (same or place.host == listen.host)


def _token(shim: ShimSettings, section: ServeSection, mail: Who) -> Iterator[Check]:
    if shim.token_file is None:
        if section.token_file is not None:
            words = "it has no token, and the server wants one: it refuses all that comes"
            yield _DOVECOT.fail("shim's token", words, "make it anew: luahost shim --token-file")
        return
    if refused := refusal(shim.token_file, READ, mail):
        yield _DOVECOT.fail(
            "shim's token", refused, f"{mail.name} has to read it, and nobody else but the server"
        )
        return
    try:
        with open(shim.token_file, "rb") as opened:
            token = opened.readline().strip()
        if section.token_file is not None and not read_tokens(section.token_file).let_in(b"Bearer " + token):
            words = f"the token in {shim.token_file} is none of those in {section.token_file}"
            yield _DOVECOT.fail(
                "shim's token", words, "the server refuses all that comes: put the token there"
            )
            return
    except (OSError, InputError) as error:
        yield _DOVECOT.warn("shim's token", f"not compared: {error}", "ask as root")
        return
    yield _DOVECOT.ok("shim's token", f"{shim.token_file}, which {mail.name} can read")


def _spool_dir(shim: ShimSettings, section: ServeSection) -> Iterator[Check]:
    folder = shim.spool_dir
    if folder is None:
        words = "it has no spool directory: what comes while the server is away is lost"
        yield _DOVECOT.warn("shim's spool", words, "make it anew: luahost shim --spool-dir")
        return
    if section.pickup is None or not _same(folder, section.pickup):
        words = f"it leaves in {folder} what the server does not take, and nobody fetches that from there"
        yield _DOVECOT.fail("shim's spool", words, f"pickup: {folder} in the section serve of luahost.yaml")
        return
    yield _DOVECOT.ok("shim's spool", f"{folder}, the server's pickup")


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
