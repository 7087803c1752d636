"""
Opening the spool that somebody names: a file, or a place on NATS. Nothing else knows which one it is.
"""

from __future__ import annotations

from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.config.nats_place import NatsPlace, is_nats, nats_place
from luahost.config.serve_section import ServeSection
from luahost.errors import UsageError
from luahost.server.expired import tell_expired
from luahost.server.spool.spool import Spool, SpoolControl
from luahost.server.spool.sqlite_control import SqliteControl
from luahost.server.spool.sqlite_spool import SqliteSpool


def open_spool(section: ServeSection, *, clock: Clock = SYSTEM_CLOCK) -> Spool:
    """
    The spool of a server.

    Args:
        section: What is configured.

        clock: The time.

    Raises:
        UsageError: It cannot be used.

        SpoolError: It cannot be reached.
    """
    room, of_user = section.max_queued, section.max_queued_per_user
    if section.nats is None:
        if not section.running:
            raise UsageError(
                f"running: 0 is for machines of a cluster; {section.spool} is a file, and nobody else would"
                " run what is in it"
            )
        return SqliteSpool(
            section.spool,
            clock=clock,
            most_unfinished=room,
            most_unfinished_of_user=of_user,
            expired=tell_expired,
        )
    # What it needs is imported where it is used.
    from luahost.server.spool.nats.spool import NatsSpool

    return NatsSpool(
        section.nats,
        clock=clock,
        most_unfinished=room,
        most_unfinished_of_user=of_user,
        runs=section.running > 0,
        longest_bytes=section.max_body_bytes,
        expired=tell_expired,
    )


def open_control(place: str | NatsPlace, *, make: bool = False) -> SpoolControl:
    """
    A spool for its operator.

    Args:
        place: Its file or its URL; or where it is on NATS.

        make: Whether a file is made if it is not there.

    Raises:
        UsageError: It is not there, or cannot be used.

        SpoolError: It cannot be reached.
    """
    if isinstance(place, str) and is_nats(place):
        place = nats_place(place)
    if isinstance(place, str):
        return SqliteControl(place, make=make)
    from luahost.server.spool.nats.control import NatsControl

    return NatsControl(place)
