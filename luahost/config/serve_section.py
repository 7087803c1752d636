"""
The section ``serve`` of ``luahost.yaml``: what ``luahost serve`` listens on, how it keeps transactions, and
when it tries again.

The format is the tables below. Paths are those of files beside ``luahost.yaml``.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from luahost import patterns
from luahost.config.retry_section import (
    BreakerSection,
    RetrySection,
    SignatureSection,
    breaker_section,
    retry_members,
    script_members,
    signature_section,
)
from luahost.config.serve_values import byte_count, hosts, is_nats, seconds
from luahost.dataclass import dataclass, field, replace
from luahost.documents.values import (
    Reader,
    Value,
    as_written,
    file_path,
    members,
    number,
    record,
    text,
    truth,
)
from luahost.egress_policy import POLICIES, EgressPolicy, PolicyName
from luahost.errors import UsageError
from luahost.runtime import DEFAULT_LUA, LUA_VERSIONS, Limits, limit_value

if TYPE_CHECKING:
    from luahost.config.nats_place import NatsPlace

KEY = "serve"

LogFormat = Literal["text", "json"]

LOG_FORMATS: tuple[LogFormat, ...] = ("text", "json")
"""The forms of the server's log."""

DAY_SECONDS = 86_400
_TCP = patterns.compile(r"(?:\[(?P<literal>[^\]]+)\]|(?P<name>[^:\[\]/]+)):(?P<port>[0-9]{1,5})")
_UNIX = "unix:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """
    Where clients connect to: a host with a port, or a unix socket.
    """

    host: str = ""
    port: int = 0
    path: str | None = None

    @property
    def is_local(self) -> bool:
        """
        Whether only this machine can connect.
        """
        if self.path is not None or self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        if self.path is not None:
            return f"{_UNIX}{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTls:
    """
    TLS on the way in.

    Attributes:
        certificate: The server's certificate and what stands between it and its authority, PEM.

        key: Its key; None if it is in the same file.

        client_ca: The authorities of clients' certificates: whoever has none of theirs is refused. None if
            clients need no certificate.
    """

    certificate: str
    key: str | None = None
    client_ca: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSection:
    """
    What a ``luahost.yaml`` says about serving.

    Attributes:
        listen: Where clients connect to; None: to the socket that systemd hands over.

        spool: The file that keeps transactions; or a URL of the cluster that does, without anything secret.

        nats: The cluster that keeps them; None if a file does.

        pickup: A directory with files of transactions, to be taken from there; None for none.

        metadata: The database that keeps METADATA; None if it is gone when a transaction is over.

        tls: TLS on the way in, None for none.

        token_file: A file with a bearer token on each line, any of which lets a client in; None if clients
            need none.

        metrics_token_file: Tokens that are good for ``/metrics`` alone, beside those of ``token_file``; None
            if there are none.

        max_body_bytes: The longest body of a request.

        max_queued: How many transactions may wait; beyond that no more are taken.

        max_queued_per_user: How many of them may be one user's.

        running: How many transactions run at the same time; 0 on a machine of a cluster that only takes them
            in.

        workers: In how many processes they do; None for as many as there are processors.

        sessions: How many sessions of one service each of them keeps.

        session_idle_seconds: How long a session is kept that no transaction names.

        lua: The Lua version of scripts.

        limits: How much a script may use.

        egress: Where requests of scripts may go; None: to the hosts that the configuration names in URLs.

        retry: When a transaction is tried again.

        scripts: The same where it is different, by the absolute path of a script or the name of a driver.

        breaker: When an endpoint is left alone for a while; None for never.

        signature: Which requests are signed; None for none.

        coalesce_seconds: How long transactions wait for others that can be run with them as one; 0 for not.

        expire_seconds: How old a transaction may get until it is done; an older one is not tried again.

        keep_seconds: How long finished transactions are kept, to look at, and keys of batches.

        drain_seconds: How long running transactions may take when the server ends.

        stale_seconds: How old the oldest unfinished transaction may be until the server counts as unhealthy.

        watch: Whether changed scripts and a changed configuration are loaded while the server runs.

        watch_seconds: How often it looks for changes.

        log_format: Lines for people, or JSON lines.

        log_file: Where the log is written; None for standard error.

        told: The attributes that the command line has set, whatever stands in the file.
    """

    listen: Listen | None = None
    spool: str
    nats: NatsPlace | None = None
    pickup: str | None = None
    metadata: str | None = None
    tls: ServerTls | None = None
    token_file: str | None = None
    metrics_token_file: str | None = None
    max_body_bytes: int = 4 * 1024 * 1024
    max_queued: int = 100_000
    max_queued_per_user: int = 10_000
    running: int = 64
    workers: int | None = None
    sessions: int = 100
    session_idle_seconds: float = 1800.0
    lua: str = DEFAULT_LUA
    limits: Limits = field(default_factory=Limits)
    egress: EgressPolicy | None = None
    retry: RetrySection = field(default_factory=RetrySection)
    scripts: Mapping[str, RetrySection] = field(default_factory=dict)
    breaker: BreakerSection | None = field(default_factory=BreakerSection)
    signature: SignatureSection | None = None
    coalesce_seconds: float = 0.0
    expire_seconds: float = 1800.0
    keep_seconds: float = float(DAY_SECONDS)
    drain_seconds: float = 30.0
    stale_seconds: float = 300.0
    watch: bool = True
    watch_seconds: float = 1.0
    log_format: LogFormat = "text"
    log_file: str | None = None
    told: frozenset[str] = frozenset()

    @property
    def most_attempts(self) -> int:
        """
        How often a transaction is tried at most, whichever script fails.
        """
        return max(policy.attempts for policy in (self.retry, *self.scripts.values()))

    def unguarded(self, listen: Listen) -> str | None:
        """
        What is to be said against listening there: that anybody could bring transactions. None if nothing is.
        """
        if listen.is_local or self.token_file is not None or (self.tls is not None and self.tls.client_ca):
            return None
        return (
            f"on {listen} anybody could bring transactions: add token_file, or tls with client_ca; "
            "or listen on 127.0.0.1 or a unix socket"
        )


def _listen(value: Value) -> Listen:
    written = text(value)
    if written.startswith(_UNIX) and len(written) > len(_UNIX):
        folder = os.path.dirname(value.document.file)
        return Listen(path=os.path.join(folder, written.removeprefix(_UNIX)))
    found = _TCP.fullmatch(written)
    if found is None or int(found["port"]) > 0xFFFF:
        raise value.expected("HOST:PORT or unix:PATH")
    return Listen(host=found["literal"] or found["name"], port=int(found["port"]))


def _lua(value: Value) -> str:
    written = text(value)
    if written not in LUA_VERSIONS:
        raise value.expected(f"one of {', '.join(LUA_VERSIONS)}")
    return written


def _limits(value: Value) -> Limits:
    found = {}
    for name, member in members(value).items():
        try:
            key, limit = limit_value(f"{name}={as_written(member)}")
        except UsageError as error:
            raise member.error(str(error)) from None
        found[key] = limit
    return Limits(**found)


def _policy(value: Value) -> PolicyName:
    written = text(value)
    for name in POLICIES:
        if written == name:
            return name
    raise value.expected(f"one of {', '.join(POLICIES)}")


def _log_format(value: Value) -> LogFormat:
    written = text(value)
    for form in LOG_FORMATS:
        if written == form:
            return form
    raise value.expected(f"one of {', '.join(LOG_FORMATS)}")


_TLS: Mapping[str, Reader[Any]] = {"certificate": file_path, "key": file_path, "client_ca": file_path}


def _tls(value: Value) -> ServerTls:
    return ServerTls(**record(value, _TLS, where="in tls", required=["certificate"]))


def _spool(value: Value) -> str:
    return text(value) if is_nats(as_written(value)) else file_path(value)


def _cluster(value: Value) -> dict[str, Any]:
    from luahost.config.cluster_section import cluster_members

    return cluster_members(value)


TABLE: Mapping[str, Reader[Any]] = {
    "listen": _listen,
    "spool": _spool,
    "cluster": _cluster,
    "pickup": file_path,
    "metadata": file_path,
    "tls": _tls,
    "token_file": file_path,
    "metrics_token_file": file_path,
    "max_body_bytes": byte_count,
    "max_queued": number(1, 1_000_000_000),
    "max_queued_per_user": number(1, 1_000_000_000),
    "running": number(0, 10_000),
    "workers": number(1, 256),
    "sessions": number(1, 100_000),
    "session_idle_seconds": seconds(1),
    "lua": _lua,
    "limits": _limits,
    "http": _policy,
    "allow": hosts,
    "retry": retry_members,
    "scripts": script_members,
    "breaker": breaker_section,
    "signature": signature_section,
    "coalesce_seconds": seconds(0),
    "expire_seconds": seconds(1),
    "keep_seconds": seconds(0),
    "drain_seconds": seconds(0),
    "stale_seconds": seconds(1),
    "watch": truth,
    "watch_seconds": seconds(0.1),
    "log_format": _log_format,
    "log_file": file_path,
}
"""What the section may have."""


def _egress(value: Value, found: dict[str, Any]) -> EgressPolicy | None:
    name, allow = found.pop("http", None), found.pop("allow", ())
    if name is None and not allow:
        return None
    policy = POLICIES[name or "live"]
    if not allow:
        return policy
    if not policy.lets_out:
        raise value.error("allow goes with http: live or server; deny lets nobody out")
    return replace(policy, hosts=allow)


def _nats(value: Value, found: dict[str, Any]) -> NatsPlace | None:
    said = found.pop("cluster", {})
    if not is_nats(found["spool"]):
        if said:
            raise value.error(
                "cluster goes with a spool on NATS, such as nats://HOST:4222; this one is a file"
            )
        return None
    from luahost.config.cluster_section import place_of

    place = place_of(members(value)["spool"], said)
    found["spool"] = str(place)
    return place


def serve_section(value: Value) -> ServeSection:
    """
    The section at this place of the file.

    Raises:
        InputError: It says what there is not; clients from elsewhere could connect without a token or a
            certificate; or a spool on NATS is not told how to be reached.
    """
    found = record(value, TABLE, where=f"in {KEY}", required=["spool"])
    retry = RetrySection(**found.pop("retry", {}))
    found["scripts"] = {script: replace(retry, **said) for script, said in found.get("scripts", {}).items()}
    nats = _nats(value, found)
    section = ServeSection(retry=retry, egress=_egress(value, found), nats=nats, **found)
    if section.listen is not None and (words := section.unguarded(section.listen)):
        raise value.error(words)
    return section


def with_spool(section: ServeSection, spool: str) -> ServeSection:
    """
    A section with another spool, whatever the file says: a path, or a URL of NATS.

    Raises:
        UsageError: It is no such URL.
    """
    told = frozenset({"spool", "nats"})
    if not is_nats(spool):
        return replace(section, spool=spool, nats=None, told=told)
    from luahost.config.nats_place import nats_place

    place = nats_place(spool)
    return replace(section, spool=str(place), nats=place, told=told)
