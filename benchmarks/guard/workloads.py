"""
``python -m benchmarks.guard.workloads MARKS``: the three workloads of the guard, run under callgrind. MARKS
is the library made of ``marks.c``, which says where counting begins and ends, so that nothing of the start is
in it.

What is run first is not counted: it makes what is made once in a process.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.scripts import HANDLER, long_script
from luahost import FlagsSet, Host, MessageNew

TRANSACTIONS = 20
"""Of one event, in a session that goes on."""

FLAGS = 2000
"""Events of one transaction, as a STORE on so many messages makes them."""

SESSIONS = 3
"""Sessions that begin and end, with a script of 200 lines."""

SIZES = {"transaction": TRANSACTIONS, "flags": FLAGS, "session": SESSIONS}
"""How many there are of what is counted: transactions, events, sessions."""

MESSAGE = MessageNew(
    mailbox="INBOX",
    uid=1,
    uid_validity=1560930120,
    date=1560930120,
    tz=180,
    from_="Alice <alice@example.org>",
    to="Bob <bob@example.com>",
    subject="Lunch on Friday?",
    snippet="The new place by the river opens this week. Shall we try it?",
    message_id="<1@example.org>",
    from_address="alice@example.org",
    from_display_name="Alice",
    to_address="bob@example.com",
    to_display_name="Bob",
    flags=("\\Flagged",),
    keywords=("$Todo",),
)


def counted(marks: ctypes.CDLL, name: str, work: Callable[[], object]) -> None:
    """
    Have callgrind count what this work takes, once Python's own garbage is out of the way.
    """
    gc.collect()
    gc.disable()
    marks.count()
    work()
    marks.counted(name.encode())
    gc.enable()


def main() -> None:
    """
    Run them, in the order of ``SIZES``.
    """
    marks = ctypes.CDLL(sys.argv[1])
    host = Host(HANDLER)
    flags = [
        FlagsSet(mailbox="INBOX", uid=uid, uid_validity=7, flags=("\\Flagged",))
        for uid in range(1, FLAGS + 1)
    ]
    with host.session("bob") as session:
        session.notify(MESSAGE)

        def transactions() -> None:
            for _ in range(TRANSACTIONS):
                session.notify(MESSAGE)

        counted(marks, "transaction", transactions)
        session.notify(*flags[:2])
        counted(marks, "flags", lambda: session.notify(*flags))
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "long.lua")
        script.write_text(long_script(), "utf-8")
        long = Host(script)

        def sessions() -> None:
            for _ in range(SESSIONS):
                with long.session("bob"):
                    pass

        sessions()
        counted(marks, "session", sessions)


if __name__ == "__main__":
    main()
