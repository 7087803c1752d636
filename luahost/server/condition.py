"""
How a server is doing, seen from outside: its spool's file, who works on it, and what it says itself.
"""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass

from luahost.config.serve_section import ServeSection
from luahost.server.asking import asked
from luahost.server.spool import SqliteControl, State, owner_of

STALE_SECONDS = 300.0
"""How old the oldest may be where no configuration says so."""

OWN_WORDS = frozenset({"ok", "stale", "broken", "ending"})
"""What a server says of itself at ``/healthz``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """
    How a server is doing.

    Attributes:
        status: What it says of itself (``ok``, ``stale``, ``broken``, ``ending``); ``stopped`` if there is
            none, ``silent`` if it does not answer. If it cannot be asked, ``ok`` or ``stale`` by its spool.

        spool: The spool's file.

        counts: How many transactions there are of each state.

        process: The server's process; None if there is no server.

        listen: Where clients connect to; None if that is not known.

        oldest_seconds: How long the oldest unfinished transaction has been there; None if there is none.

        detail: What else there is to say, for the operator.
    """

    status: str
    spool: str
    counts: Mapping[State, int]
    process: int | None = None
    listen: str | None = None
    oldest_seconds: float | None = None
    detail: str | None = None

    @property
    def well(self) -> bool:
        """
        Whether nobody has to do anything.
        """
        return self.status == "ok"


def condition_of(control: SqliteControl, section: ServeSection | None, *, now: float) -> Condition:
    """
    How the server of a spool is doing.

    Args:
        control: The spool.

        section: What is configured; None if only the spool is known.

        now: The time.

    Raises:
        InputError, SpoolError: The spool or its lock cannot be looked at.
    """
    found = control.status()
    oldest = None if found.oldest is None else max(now - found.oldest, 0.0)
    process = owner_of(control.path)
    if process is None:
        waiting = found.unfinished
        status, detail = "stopped", f"{waiting} transactions wait until it is started" if waiting else None
    else:
        status, detail = _said(section) or _seen(section, oldest)
    return Condition(
        status=status,
        spool=control.path,
        counts=found.counts,
        process=process,
        listen=str(section.listen) if section is not None and section.listen is not None else None,
        oldest_seconds=oldest,
        detail=detail,
    )


def _said(section: ServeSection | None) -> tuple[str, str | None] | None:
    """
    What the server says of itself; None if it cannot be asked.
    """
    if (
        section is None
        or section.listen is None
        or (section.listen.path is None and section.listen.port == 0)
    ):
        return None
    if section.tls is not None and section.tls.client_ca is not None:
        return None
    try:
        _, health = asked(section.listen, section.tls, "GET", "/healthz")
    except (OSError, http.client.HTTPException) as error:
        return "silent", f"it does not answer on {section.listen}: {error}"
    word = health.get("status") if isinstance(health, dict) else None
    if word not in OWN_WORDS:
        return "silent", f"who answers on {section.listen} is no luahost"
    return str(word), health.get("detail")


def _seen(section: ServeSection | None, oldest_seconds: float | None) -> tuple[str, str | None]:
    most = STALE_SECONDS if section is None else section.stale_seconds
    stale = oldest_seconds is not None and oldest_seconds > most
    return "stale" if stale else "ok", "the server itself was not asked"
