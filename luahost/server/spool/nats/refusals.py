"""
Why a connection to NATS failed, in words for the person who can do something about it.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Sequence

from nats import errors

from luahost import patterns
from luahost.config.nats_place import Access
from luahost.errors import LuahostError, SpoolError, UsageError
from luahost.server.spool.nats.persistent_client import NO_TLS, OwnError
from luahost.tls import os_reason

_QUOTES = "'\" "

CREDENTIALS = patterns.compile(r"authoriz|authentic|jwt|nkey|account.*(expired|revoked)", re.IGNORECASE)
"""What servers say of a login that they do not take."""

ENDED = "it ended the connection"

WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (ConnectionRefusedError, "nothing listens there"),
    (socket.gaierror, "there is no such host"),
    (TimeoutError, "it does not answer"),
    (errors.TimeoutError, "it does not answer"),
    (ConnectionResetError, ENDED),
    (BrokenPipeError, ENDED),
    (errors.UnexpectedEOF, ENDED),
    (errors.StaleConnectionError, "it does not answer any more"),
)
"""What has words of our own."""


def reason(error: BaseException) -> str:
    """
    What happened to a connection.
    """
    for kind, words in WORDS:
        if isinstance(error, kind):
            return words
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {os_reason(error)}"
    if isinstance(error, OSError):
        return os_reason(error)
    if isinstance(error, OwnError):
        return str(error)
    said = str(error).removeprefix("nats: ").strip(_QUOTES)
    if "expecting INFO" in said:
        return "what answers is no NATS server, or wants TLS first (handshake_first)"
    return f"it says: {said}"


def is_final(error: BaseException) -> bool:
    """
    Whether trying again without changing anything is in vain: the login, or TLS.
    """
    if isinstance(error, ssl.SSLError | OwnError):
        return True
    return isinstance(error, errors.Error) and CREDENTIALS.search(str(error)) is not None


def advice(error: BaseException, access: Access) -> str:
    """
    What to look at.
    """
    said = str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return "ca names the authority of the servers' certificates"
    if isinstance(error, ssl.SSLError):
        return "certificate and key are what a server that verifies its clients wants"
    if said == NO_TLS:
        return "give it certificates, or ask for no TLS"
    if isinstance(error, errors.Error) and CREDENTIALS.search(said):
        return "creds, nkey, user or token of the spool are not those that it knows"
    if access.wants_tls and access.certificate is None and reason(error) == ENDED:
        # Nobody says why: since TLS 1.3 a client thinks that all is well when it is refused.
        return "if it verifies its clients, certificate and key are missing"
    return "is nats-server running there?"


def refusal(addresses: Sequence[str], failures: Sequence[BaseException], access: Access) -> LuahostError:
    """
    What to raise when no server let us in.
    """
    told: dict[str, list[str]] = {}
    for address, failure in zip(addresses, failures, strict=False):
        told.setdefault(reason(failure), []).append(address)
    words = "; ".join(f"{' and '.join(sorted(servers))}: {said}" for said, servers in told.items())
    worst = next((failure for failure in failures if is_final(failure)), failures[0] if failures else None)
    if worst is None:
        return SpoolError(f"NATS cannot be reached at {', '.join(addresses)}")
    kind = UsageError if is_final(worst) else SpoolError
    return kind(f"no connection to NATS. {words}; {advice(worst, access)}")


def no_jetstream(server: str, error: Exception) -> str:
    return (
        f"nats-server at {server} has no JetStream for this account ({error}): its configuration needs "
        "`jetstream { store_dir: … }`, and `jetstream: enabled` in the account where there are accounts"
    )
