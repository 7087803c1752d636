"""
luahost's engine as a contender, through the API that everybody has.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from benchmarks.measure import Round
from luahost import Event, Host, Session
from luahost.sources.plain_transactions import read_transaction
from luahost.sources.replay import Replay

FEWEST_EVENTS = 2000
"""Of a round: what is short is done again and again, in the same session."""


def in_session(host: Host, work: Callable[[Session], object], each: int) -> Round:
    """
    A round in a session of its own, whose beginning and end are not measured.

    Args:
        host: Whose session.

        work: What is measured.

        each: How many things the work does, of which one is told.
    """

    def round_() -> float:
        with host.session("bob") as session:
            began = time.process_time()
            work(session)
            return (time.process_time() - began) / each

    return round_


def of_objects(host: Host, transactions: Sequence[Sequence[Event]], times: int = 1) -> Round:
    """
    Transactions from Event objects; answers the seconds for one event.
    """

    def work(session: Session) -> None:
        for _ in range(times):
            for events in transactions:
                session.notify(*events)

    return in_session(host, work, times * sum(map(len, transactions)))


def of_json(host: Host, lines: Sequence[bytes], times: int = 1) -> Round:
    """
    Transactions from lines of a recording, each checked against the schema as every recording is; answers the
    seconds for one line.
    """

    def work(session: Session) -> None:
        for _ in range(times):
            for number, line in enumerate(lines, start=1):
                Replay(read_transaction(line), "recording", number).perform(session)

    return in_session(host, work, times * len(lines))
