"""
How a server is doing, seen from outside: its spool, who works on that, and what it says itself.
"""

from __future__ import annotations

import http.client
from collections.abc import Mapping, Sequence
from typing import Any

from luahost.config.serve_section import Listen, ServerTls, ServeSection
from luahost.dataclass import dataclass, replace
from luahost.server.asking import asked
from luahost.server.spool import Machine, SpoolControl, State
from luahost.server.spool.this_machine import is_here
from luahost.timeline import counted

STALE_SECONDS = 300.0
"""How old the oldest may be where no configuration says so."""

OWN_WORDS = frozenset({"ok", "stale", "broken", "ending"})
"""What a server says of itself at ``/healthz``."""


def failures_of(endpoint: Mapping[str, Any]) -> str:
    """
    How often an endpoint of ``/healthz`` failed, and why the last time, as far as the server says.
    """
    words = f"{counted(endpoint.get('failures') or 0, 'failure')} in a row"
    reason = endpoint.get("reason")
    return f"{words}, the last: {reason}" if reason else words


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """
    How a server is doing.

    Attributes:
        status: What it says of itself (``ok``, ``stale``, ``broken``, ``ending``); ``stopped`` if there is
            none, ``silent`` if it does not answer. If it cannot be asked, ``ok`` or ``stale`` by its spool.

        spool: The spool.

        counts: How many transactions there are of each state.

        process: The server's process; None if there is no server here, or it is in another container, where
            a number would mean another process.

        machines: Those that run what is in the spool, if it is one of many machines.

        listen: Where clients connect to; None if that is not known.

        oldest_seconds: How long the oldest unfinished transaction has been there; None if there is none.

        detail: What else there is to say, for the operator.

        configuration: What the server says of its configuration: ``ok``, or that what is on disk was
            rejected, and why; None if it was not asked.

        endpoints: The endpoints that fail, as ``/healthz`` has them.
    """

    status: str
    spool: str
    counts: Mapping[State, int]
    process: int | None = None
    machines: Sequence[Machine] = ()
    listen: str | None = None
    oldest_seconds: float | None = None
    detail: str | None = None
    configuration: str | None = None
    endpoints: Sequence[Mapping[str, Any]] = ()

    @property
    def well(self) -> bool:
        """
        Whether ``/healthz`` would say so.
        """
        return self.status == "ok"


def condition_of(control: SpoolControl, section: ServeSection | None, *, now: float) -> Condition:
    """
    How the server of a spool is doing.

    Args:
        control: The spool.

        section: What is configured; None if only the spool is known.

        now: The time.

    Raises:
        InputError, SpoolError: The spool, or who works on it, cannot be looked at.
    """
    status, machines = control.status(), control.machines()
    here = [machine for machine in machines if is_here(machine)]
    oldest = None if status.oldest is None else max(now - status.oldest, 0.0)
    listen = section.listen if section is not None else None
    found = Condition(
        status="stopped",
        spool=control.path,
        counts=status.counts,
        process=(here[0].process or None) if here else None,
        machines=machines if control.is_shared else (),
        listen=None if listen is None else str(listen),
        oldest_seconds=oldest,
    )
    asked_for = section is not None and listen is not None and _can_be_asked(section)
    if not machines:
        waiting = status.unfinished
        found = replace(found, detail=f"{waiting} transactions wait until it is started" if waiting else None)
    # On a shared spool there may be a server that runs nothing and is not among the machines.
    if not machines and not (control.is_shared and asked_for):
        return found
    if here and here[0].ending:
        # Nobody can connect to it any more.
        return replace(found, status="ending", detail="it takes nothing more, and finishes what runs")
    if section is None or listen is None or not asked_for:
        most = STALE_SECONDS if section is None else section.stale_seconds
        stale = oldest is not None and oldest > most
        return replace(found, status="stale" if stale else "ok", detail="the server itself was not asked")
    return _as_told(found, listen, section.tls, is_known=bool(here))


def _can_be_asked(section: ServeSection) -> bool:
    """
    Whether it is known where, and no certificate is needed for it.
    """
    listen, tls = section.listen, section.tls
    there = listen is not None and (listen.path is not None or listen.port != 0)
    return there and (tls is None or tls.client_ca is None)


def _as_told(found: Condition, listen: Listen, tls: ServerTls | None, *, is_known: bool) -> Condition:
    """
    With what the server says of itself.
    """
    try:
        _, health = asked(listen, tls, "GET", "/healthz")
    except (OSError, http.client.HTTPException) as error:
        if not is_known and isinstance(error, ConnectionRefusedError | FileNotFoundError):
            # Nobody has heard of a server here, and nobody listens: there is none, whatever others do.
            return replace(found, detail=found.detail or f"nothing listens on {listen}")
        return replace(found, status="silent", detail=f"it does not answer on {listen}: {error}")
    word = health.get("status") if isinstance(health, dict) else None
    if word not in OWN_WORDS:
        return replace(found, status="silent", detail=f"who answers on {listen} is no luahost")
    return replace(
        found,
        status=word,
        detail=health.get("detail"),
        configuration=health.get("configuration"),
        endpoints=health.get("endpoints", ()),
    )
