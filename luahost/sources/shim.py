"""
The Lua script that has a real Dovecot hand its transactions to ``luahost serve``: the parts under
``luahost/lua/shim/``, put together as they are asked for.

Dovecot loads it for each delivery, so it has what is needed and no more, and where luahost installs it most
of it is compiled already. Each part is a chunk of its own: it begins with what it needs from those before it
(``local a, b = ...``) and ends with what it gives (``return a, b``), and these two lines are left out where
the parts become one script.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from luahost import patterns
from luahost.dataclass import dataclass
from luahost.errors import UsageError
from luahost.events import EVENTS
from luahost.runtime.chunks import chunk_source
from luahost.runtime.compiler import compiled

SHIM_DIALECTS = ("2.3", "2.4")

PATH = "/etc/dovecot/luahost-shim.lua"
"""Where the script is unless told otherwise."""

URL = "http://127.0.0.1:8025"
"""The server, unless told otherwise."""

TIMEOUT_MS = 300
"""How long mail may wait, unless told otherwise."""

PLACE = "/v1/transactions"

SOURCE = "source.lua"
"""What is beside an installed shim, with all that it was made with; what is compiled is made of it."""

COMPILED_FOR = ("5.3", "5.4")
"""The Luas of today's Dovecots; with another one Dovecot compiles an installed shim for each delivery."""

_WAYS = ("files", "unix", *(dialect.replace(".", "_") for dialect in SHIM_DIALECTS))
"""How a transaction may be brought."""

_OF_REQUESTS = patterns.compile(r"^local (?:URL|CAP_MS|TOKEN_FILE) = .*\n", re.MULTILINE)

_UNIX = "unix:"
_TAKEN = patterns.compile(r"^local [\w, ]+ = \.\.\.\n", re.MULTILINE)
_GIVEN = patterns.compile(r"^return .*\n\Z", re.MULTILINE)
_HANDLER = "dovecot_lua_notify_event_"
_ESCAPE = patterns.compile(rb"\\([0-9]{3})")
_CUT = patterns.compile(r"[\s#%]")
_METADATA_KEY = patterns.compile(r"/(private|shared)/[!#-\[\]-~]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shim:
    """
    What a shim is to do.

    Attributes:
        dialect: The Dovecot that runs it, of ``SHIM_DIALECTS``.

        url: The server: ``http://ADDRESS:PORT``, ``https://…`` or ``unix:/PATH``.

        spool_dir: Where transactions go that the server does not take; None: they are lost.

        timeout_ms: How long mail may wait for the server, at most.

        token_file: A file with the server's token, which mail processes can read; None for none.

        metadata: METADATA of the user to send along.

        status: Whether to send the status of mailboxes along.

        events: The events to send; empty for all twelve.

        files: Whether every transaction goes into ``spool_dir``, and none to the server.
    """

    dialect: str
    url: str = URL
    spool_dir: str | None = None
    timeout_ms: int = TIMEOUT_MS
    token_file: str | None = None
    metadata: Sequence[str] = ()
    status: bool = True
    events: Sequence[str] = ()
    files: bool = False

    def __post_init__(self) -> None:
        known = [event.name for event in EVENTS]
        for name in self.events:
            if name not in known:
                raise UsageError(f"no event {name}; there are {', '.join(known)}")
        for key in self.metadata:
            if not _METADATA_KEY.fullmatch(key):
                raise UsageError(
                    f"a METADATA key is plain and begins with /private/ or /shared/, found {key!r}"
                )
        for path in (self.spool_dir, self.token_file):
            if path is not None:
                _check_begin(path)
        if not 1 <= self.timeout_ms <= 60_000:
            raise UsageError(f"a timeout is 1 to 60000 milliseconds, not {self.timeout_ms}")
        if self.files and self.spool_dir is None:
            raise UsageError("files go into a directory: --files needs --spool-dir")
        self._check_url()

    def _check_url(self) -> None:
        if self.socket is not None:
            if not self.socket.startswith("/"):
                raise UsageError(f"mail processes run in other folders: {self.url!r} needs unix:/PATH")
            return
        parts = _parts(self.url)
        if parts is None or parts.path.strip("/") or parts.query or parts.fragment:
            raise UsageError(
                f"a server is http://ADDRESS:PORT, https://ADDRESS:PORT or unix:/PATH, not {self.url!r}"
            )
        if parts.username is not None:
            raise UsageError("a token goes into a file: --token-file")
        if self.dialect == "2.3" and not _is_address(parts.hostname or ""):
            raise UsageError(
                f"mail processes of Dovecot 2.3 do not find host names: write the address of {parts.hostname}"
            )

    @property
    def socket(self) -> str | None:
        """
        The server's unix socket, None if it is not there.
        """
        return self.url.removeprefix(_UNIX) if self.url.startswith(_UNIX) else None

    def script(self) -> str:
        """
        The script for Dovecot.
        """
        return f"{self._head(PATH)}\n{self._all()}"

    def installed(self, path: str) -> dict[str, bytes]:
        """
        What stands where for a script at a path, by paths: the script is short then, and the rest beside it.
        The script comes last, as it is what Dovecot loads.
        """
        folder = path.removesuffix(".lua")
        everything = self._all().encode()
        files = {f"{folder}/{SOURCE}": everything}
        for lua in COMPILED_FOR:
            files[f"{folder}/{lua}.luac"] = compiled_shim(everything, lua)
        return {**files, path: _set(_part("installed"), "FOLDER", folder).encode()}

    def configuration(self, path: str) -> str:
        """
        What belongs into ``dovecot.conf`` for a script at a path.

        Raises:
            UsageError: Dovecot would look for another file.
        """
        _check_begin(path)
        if _CUT.search(path):
            raise UsageError(f"a script of Dovecot's needs a path without spaces, # and %, not {path!r}")
        return "".join(map(_statement_or_comment, self._head(path).splitlines()))

    def _head(self, path: str) -> str:
        return _text(f"head_{self.dialect.replace('.', '_')}").replace("PATH", path)

    def _all(self) -> str:
        settings = self._settings()
        if self.files:
            settings, post = _OF_REQUESTS.sub("", settings), "post_files"
        else:
            post = "post_unix" if self.socket is not None else f"post_{self.dialect.replace('.', '_')}"
        parts = [
            settings,
            _whole_part("json"),
            _part("key"),
            _part(post),
            _part("members"),
            *([_part("status")] if self.status else []),
            *([_set(_part("metadata"), "METADATA", list(self.metadata))] if self.metadata else []),
            _part("transactions"),
        ]
        return "\n".join(parts)

    def _settings(self) -> str:
        settings = _part("settings")
        url = self.socket if self.socket is not None else self.url.rstrip("/") + PLACE
        handlers = [event.handler.removeprefix(_HANDLER) for event in EVENTS if event.name in self.events]
        values: dict[str, str | int | list[str] | None] = {
            "URL": url,
            "CAP_MS": self.timeout_ms,
            "SPOOL_DIR": self.spool_dir.rstrip("/") if self.spool_dir is not None else None,
            "TOKEN_FILE": self.token_file,
            "DIALECT": self.dialect,
            **({"EVENTS": handlers} if handlers else {}),
        }
        for name, value in values.items():
            settings = _set(settings, name, value)
        return settings


def _check_begin(path: str) -> None:
    if not path.startswith("/"):
        raise UsageError(f"mail processes run in other folders: {path!r} must begin with /")


def compiled_shim(source: bytes, lua: str) -> bytes:
    """
    An installed shim's source as a Lua of a version loads it.
    """
    return compiled(source, lua, "luahost shim")


def is_of_this_luahost(source: str) -> bool:
    """
    Whether an installed shim's source is what this luahost makes, whatever it was told to do.
    """
    parts = all(_whole_part(name) in source for name in ("json", "key", "transactions"))
    return parts and any(_part(f"post_{way}") in source for way in _WAYS)


def unescaped(value: str) -> str:
    """
    A setting's text, from what stands between its quotes in a shim.
    """
    raw = _ESCAPE.sub(lambda found: bytes((int(found[1]) & 0xFF,)), value.encode("utf-8", "surrogateescape"))
    return raw.decode("utf-8", "surrogateescape")


def _whole_part(name: str) -> str:
    """
    A part with what is in it of others.
    """
    return _part(name).replace("seldom.lua", "\n" + _words_alone(_text("seldom")), 1)


def _set(part: str, name: str, value: str | int | list[str] | None) -> str:
    """
    A part with another value for one of its settings.
    """
    setting = patterns.compile(rf"(?<=^local {name} = )(?:\{{.*?\}}|[^\n]*)$", re.MULTILINE | re.DOTALL)
    before, after = setting.split(part, maxsplit=1)
    return f"{before}{_lua(value)}{after}"


def _lua(value: str | int | list[str] | None) -> str:
    """
    A value as Lua has it.
    """
    if value is None:
        return "nil"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "{ " + ", ".join(map(_lua, value)) + " }" if value else "{}"
    escaped = (
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\{byte:03d}"
        for byte in value.encode("utf-8", "surrogateescape")
    )
    return '"' + "".join(escaped) + '"'


def _parts(url: str) -> SplitResult | None:
    """
    The parts of a server's URL, None if it has no scheme, host or port of a server.
    """
    try:
        parts = urlsplit(url)
        return parts if parts.scheme in ("http", "https") and parts.hostname and parts.port else None
    except ValueError:
        return None


def _statement_or_comment(line: str) -> str:
    """
    A line of a script's head as ``dovecot.conf`` has it: statements are indented there.
    """
    words = line.removeprefix("--")
    return (words[3:] if words.startswith("   ") else f"#{words}" if words else "") + "\n"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _words_alone(source: str) -> str:
    """
    A chunk without comments and indentation: Lua reads even a text that it does not compile byte by byte.
    """
    lines = (line.strip() for line in source.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("--"))


def _part(name: str) -> str:
    return _GIVEN.sub("", _TAKEN.sub("", _text(name), count=1)).rstrip("\n") + "\n"


def _text(name: str) -> str:
    source = chunk_source(f"shim.{name}")
    if source is None:
        raise RuntimeError(f"this installation of luahost lacks {name}")
    return source.decode("utf-8")
