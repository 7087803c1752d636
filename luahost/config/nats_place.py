"""
Where a spool on NATS JetStream is, and how to get in: the URL of the setting ``spool``.

::

    nats://USER:PASSWORD@HOST:4222,HOST:4222/PREFIX?creds=FILE&ca=FILE
    tls://…                         the same, and nothing is said before TLS stands

A user without a password is a token, as in URLs of NATS' own tools. ``PREFIX`` begins the names of all that
luahost has there, so that several can share a cluster; it is ``luahost`` unless told otherwise. What stands
behind the ``?`` are the keys of ``cluster`` in ``luahost.yaml``, :mod:`luahost.config.cluster_section`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from luahost import patterns
from luahost.config.serve_values import is_nats
from luahost.dataclass import dataclass, field, fields, replace
from luahost.errors import InputError, UsageError

__all__ = ["Access", "NatsPlace", "is_nats", "nats_place", "read_secrets"]

DEFAULT_PORT = 4222

DEFAULT_PREFIX = "luahost"

MOST_PARTITIONS = 1024
"""Each is a consumer, which costs the servers memory and elections."""

REPLICAS = (1, 3, 5)
"""What Raft makes sense with: an even number bears no more failures than the odd one below it."""

FILES = ("creds", "nkey", "password_file", "token_file", "ca", "certificate", "key")
"""The keys of :class:`Access` that name files."""

TRUTHS = {"yes": True, "true": True, "no": False, "false": False}

_URL = patterns.compile(
    r"(?P<scheme>[a-z]+)://(?:(?P<who>[^@/?#]*)@)?(?P<servers>[^@/?#]+)"
    r"(?:/(?P<prefix>[^/?#]*))?(?:\?(?P<query>[^#]*))?"
)
_SERVER = patterns.compile(
    r"(?:\[(?P<literal>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::(?P<port>[0-9]{1,5}))?"
)
_PREFIX = patterns.compile(r"[A-Za-z0-9_-]{1,32}")
_REPEATED = patterns.compile(r",(?:nats|tls)://")
"""NATS' own lists name the scheme again for each server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """
    Who to be for NATS, and whom to trust. Files are read at each connection, so what is renewed there counts.

    Attributes:
        creds: A file with a user's JWT and seed, as ``nsc`` makes it.

        nkey: A file with a user's seed.

        user: A name, with ``password``.

        password: Its password.

        password_file: A file with the password.

        token: A token.

        token_file: A file with the token.

        ca: The authorities of servers' certificates, PEM; None for the system's.

        certificate: Our own certificate, PEM; None for none.

        key: Its key; None if it is in the same file.

        tls: Whether nothing is said to a server that speaks no TLS.

        handshake_first: Whether TLS begins before the server says anything (``handshake_first`` of
            ``nats-server``).
    """

    creds: str | None = None
    nkey: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    password_file: str | None = None
    token: str | None = field(default=None, repr=False)
    token_file: str | None = None
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    tls: bool = False
    handshake_first: bool = False

    @property
    def wants_tls(self) -> bool:
        """
        Whether TLS was asked for in any way.
        """
        return self.tls or self.handshake_first or self.ca is not None or self.certificate is not None

    def contradiction(self) -> str | None:
        """
        What does not go together; None if all does.
        """
        ways = {
            "creds": self.creds,
            "nkey": self.nkey,
            "user": self.user,
            "token": self.token or self.token_file,
        }
        ways_named = [name for name, value in ways.items() if value is not None]
        if len(ways_named) > 1:
            return f"there is one way to log in, and not {' and '.join(ways_named)}"
        passwords = [value for value in (self.password, self.password_file) if value is not None]
        if len(passwords) > 1:
            return "password and password_file are the same thing; one of them is enough"
        if passwords and self.user is None:
            return "a password needs a user"
        if self.user is not None and not passwords:
            return "user needs password_file, or a password in the URL"
        if self.token is not None and self.token_file is not None:
            return "token and token_file are the same thing; one of them is enough"
        if self.key is not None and self.certificate is None:
            return "key needs certificate"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class NatsPlace:
    """
    Where a spool on NATS is. As text it is a URL without anything secret.

    Attributes:
        servers: Hosts and ports to connect to; the others of their cluster are learnt from them.

        prefix: What the names of all streams, buckets and subjects begin with.

        access: Who to be there.

        replicas: How many servers are to keep each transaction; None: as it was set up.

        partitions: How many parts users are divided into; None: as it was set up.
    """

    servers: tuple[tuple[str, int], ...]
    prefix: str = DEFAULT_PREFIX
    access: Access = field(default_factory=Access)
    replicas: int | None = None
    partitions: int | None = None

    def __str__(self) -> str:
        scheme = "tls" if self.access.tls else "nats"
        return f"{scheme}://{','.join(self.addresses)}/{self.prefix}"

    @property
    def addresses(self) -> tuple[str, ...]:
        """
        ``HOST:PORT`` for each of the servers.
        """
        return tuple(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.servers)


def nats_place(
    url: str, *, more: Mapping[str, Any] | None = None, beside: Callable[[str], str] = os.path.abspath
) -> NatsPlace:
    """
    What a URL says.

    Args:
        url: The URL.

        more: What else is said, by the names of the attributes of :class:`Access` and :class:`NatsPlace`.

        beside: Makes a path that stands in the URL one that can be opened.

    Raises:
        UsageError: It is none, or what it says does not go together. The URL itself is not repeated, as
            passwords may be in it.
    """
    found = _URL.fullmatch(_REPEATED.sub(",", url))
    if found is None or not is_nats(url):
        raise UsageError("a spool on NATS is nats://HOST:PORT,HOST:PORT/PREFIX, or tls://…")
    said = {**_who(found["who"]), **_query(found["query"] or "", beside)}
    for name, value in (more or {}).items():
        if name in said:
            raise UsageError(f"{name} stands in the URL of the spool and beside it; once is enough")
        said[name] = value
    said["tls"] = found["scheme"] == "tls"
    prefix = found["prefix"] or DEFAULT_PREFIX
    if not _PREFIX.fullmatch(prefix):
        raise UsageError(
            f"the prefix {prefix!r} of a spool on NATS may have letters, digits, - and _, 32 at most"
        )
    replicas, partitions = said.pop("replicas", None), said.pop("partitions", None)
    access = Access(**said)
    if (words := access.contradiction()) is not None:
        raise UsageError(words)
    return NatsPlace(
        servers=_servers(found["servers"]),
        prefix=prefix,
        access=access,
        replicas=replicas,
        partitions=partitions,
    )


def read_secrets(access: Access) -> Access:
    """
    With the password or the token that is in a file.

    Raises:
        InputError: The file cannot be read, or there is nothing in it.
    """
    if access.password_file is not None:
        return replace(access, password=_first_line(access.password_file))
    if access.token_file is not None:
        return replace(access, token=_first_line(access.token_file))
    return access


def _first_line(file: str) -> str:
    try:
        with open(file, encoding="utf-8") as lines:
            line = lines.readline().strip()
    except OSError as error:
        raise InputError(error.strerror or str(error), file=file) from None
    except UnicodeDecodeError:
        raise InputError("this is no text", file=file) from None
    if not line:
        raise InputError("nothing stands in its first line", file=file)
    return line


def _who(written: str | None) -> dict[str, str]:
    if not written:
        return {}
    user, colon, password = written.partition(":")
    return {"user": unquote(user), "password": unquote(password)} if colon else {"token": unquote(user)}


def _servers(written: str) -> tuple[tuple[str, int], ...]:
    servers = []
    for each in written.split(","):
        found = _SERVER.fullmatch(each)
        port = int(found["port"] or DEFAULT_PORT) if found is not None else 0
        if found is None or not 0 < port <= 0xFFFF:
            raise UsageError(f"{each!r} is no HOST:PORT of a NATS server")
        servers.append((found["literal"] or found["name"], port))
    return tuple(servers)


def _query(written: str, beside: Callable[[str], str]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name, value in parse_qsl(written, keep_blank_values=True):
        if name in said:
            raise UsageError(f"{name} stands in the URL of the spool twice")
        said[name] = _value(name, value, beside)
    return said


def _value(name: str, value: str, beside: Callable[[str], str]) -> Any:
    if name in FILES and value:
        return beside(value)
    if name == "user" and value:
        return value
    if name == "handshake_first" and value in TRUTHS:
        return TRUTHS[value]
    if name == "replicas" and value in map(str, REPLICAS):
        return int(value)
    if name == "partitions" and value.isdecimal() and 0 < int(value) <= MOST_PARTITIONS:
        return int(value)
    raise UsageError(f"{name}={value} is nothing that the URL of a spool on NATS may say; it may say {KEYS}")


KEYS = ", ".join(
    [
        each.name
        for each in fields(Access)
        # The password and the token stand before the @, and tls in front of all.
        if each.name not in ("password", "token", "tls")
    ]
    + ["replicas", "partitions"]
)
