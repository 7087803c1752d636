"""
The server of a configuration, if it runs: what it says of itself, whether it is this version, and whether our
token opens it.

Nothing is brought: the token is tried with a body in which there is no transaction.
"""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Iterator, Mapping
from typing import Any

from luahost import __version__
from luahost.config.serve_section import Listen, ServerTls, ServeSection
from luahost.doctor.check import Check, Subject
from luahost.errors import InputError
from luahost.server.asking import asked
from luahost.server.condition import failures_of
from luahost.server.intake.tokens import read_tokens
from luahost.server.spool.owner_lock import owner_of

_SERVER = Subject("server")


def running_checks(section: ServeSection) -> Iterator[Check]:
    """
    Each check as it is done.
    """
    if section.listen is None:
        yield _SERVER.ok("listen", "systemd has the socket, and this file does not say where: not asked")
        return
    place = str(section.listen)
    if section.listen.path is None and section.listen.port == 0:
        yield _SERVER.ok(place, "the port is chosen when it starts, so it cannot be asked")
        return
    if section.tls is not None and section.tls.client_ca is not None:
        yield _SERVER.ok(place, "not asked: only clients with a certificate may")
        return
    try:
        status, health = asked(section.listen, section.tls, "GET", "/healthz")
    except (FileNotFoundError, ConnectionRefusedError):
        yield _nobody(place, section)
        return
    except PermissionError:
        yield _SERVER.warn(
            place, "not asked: you may not connect there", "ask as root or as the server's user"
        )
        return
    except (OSError, http.client.HTTPException) as error:
        yield _SERVER.fail(place, f"it does not answer: {error}", "its log says more")
        return
    yield _health(place, status, health)
    if isinstance(health, dict):
        yield from _troubles(health)
    yield from _version(section.listen, section.tls)
    if section.token_file is not None:
        yield _token(section.listen, section.tls, section.token_file)


def _nobody(place: str, section: ServeSection) -> Check:
    """
    What there is to say of a place where nobody listens: a server may work on the spool still, as one that
    is ending does.
    """
    owner = None
    if section.nats is None:
        with contextlib.suppress(InputError):
            owner = owner_of(section.spool)
    if owner is None:
        return _SERVER.warn(place, "no server is listening there", "luahost serve starts it")
    if not owner.ending:
        words = f"process {owner.process} works on the spool, and does not listen there"
        advice = (
            "unless it has only just been started, start it again: its socket was removed, or it listens "
            "where the file said at its start"
        )
        return _SERVER.fail(place, words, advice)
    words = f"process {owner.process} takes nothing more, and finishes what runs"
    return _SERVER.warn(place, words, "once it has ended, luahost serve starts it again")


def _health(place: str, status: int, health: Any) -> Check:
    word = health.get("status") if isinstance(health, dict) else None
    if word is None:
        return _SERVER.fail(place, "who answers there is no luahost", "is the port somebody else's?")
    counts = health.get("counts") or {}
    waiting = ", ".join(f"{count} {state}" for state, count in counts.items() if count and state != "done")
    if status == http.HTTPStatus.OK:
        return _SERVER.ok(place, f"runs: {word}, {waiting or 'nothing waits'}")
    detail = f"it is {word}: {health.get('detail') or waiting or 'nothing waits'}"
    return _SERVER.fail(place, detail, "luahost queue list shows what waits, the server's log why")


def _troubles(health: Mapping[str, Any]) -> Iterator[Check]:
    """
    What the server lives with, and somebody should see to.
    """
    configuration = str(health.get("configuration", "ok"))
    if configuration != "ok":
        yield _SERVER.warn(
            "configuration",
            f"{configuration}; it runs what it had before",
            "mend it: it is loaded by itself then",
        )
    for endpoint in health.get("endpoints") or ():
        if isinstance(endpoint, dict) and endpoint.get("state") != "closed":
            yield _SERVER.warn(
                "endpoint",
                f"{endpoint.get('endpoint')} is down: {failures_of(endpoint)}",
                "it is left alone for a while; transactions wait for it until expire_seconds",
            )


def _version(listen: Listen, tls: ServerTls | None) -> Iterator[Check]:
    try:
        _, document = asked(listen, tls, "GET", "/v1/openapi.json")
        version = document["info"]["version"]
    except (OSError, http.client.HTTPException, LookupError, TypeError):
        return
    if version == __version__:
        yield _SERVER.ok("version", version)
    else:
        yield _SERVER.warn("version", f"it is luahost {version}, this is {__version__}", "start it again")


def _token(listen: Listen, tls: ServerTls | None, file: str) -> Check:
    try:
        read_tokens(file)
        with open(file, encoding="utf-8") as opened:
            token = next(line.strip() for line in opened if line.strip())
    except (InputError, OSError) as error:
        return _SERVER.warn("token", f"not tried: {error}", "ask as root or as the server's user")
    try:
        status, _ = asked(listen, tls, "POST", "/v1/transactions", token=token)
    except (OSError, http.client.HTTPException) as error:
        return _SERVER.fail("token", f"it does not answer: {error}", "its log says more")
    if status == http.HTTPStatus.UNAUTHORIZED:
        words = f"the server does not take the first token of {file}"
        return _SERVER.fail("token", words, "SIGHUP has it read the file again; its log says more")
    return _SERVER.ok("token", f"the server takes the first token of {file}")
