"""
``luahost spool move``: a spool's transactions go to another one.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Iterator
from types import FrameType

from luahost.cli.arguments import help_form

DESCRIPTION = """\
Move all transactions of a spool to another one: from a file to NATS, when one machine is not enough any more,
or back.
"""

MOVE = """\
Move all transactions, with how far they are, their attempts, what was answered to their requests, and their
ids. No luahost serve may work on either spool. If it is interrupted nothing is lost: the same command again
goes on, before any server is started. Keys of requests (Idempotency-Key) stay behind: what a client brings
again after the move is kept again.
"""

EXAMPLES = """\
examples:
  luahost cluster setup --spool nats://n1,n2,n3/luahost
  luahost spool move /var/lib/luahost/spool.db nats://n1,n2,n3/luahost
  luahost spool move nats://n1,n2,n3/luahost sqlite:/var/lib/luahost/spool.db

exit codes: 0 all were moved, 1 it failed and can be done again, 2 wrong usage, or a server works on one of
them
"""

FILE = "sqlite:"
"""May stand before the path of a file."""

INTERRUPTED = (
    "interrupted. Nothing is lost; some transactions may be in both spools, so give the same command again"
    " before a server is started on either"
)


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb, its action and its operands.
    """
    verb = verbs.add_parser(
        "spool",
        help="move transactions from one spool to another",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=help_form,
    )
    actions = verb.add_subparsers(metavar="ACTION", required=True)
    action = actions.add_parser(
        "move",
        help="move all transactions",
        description=MOVE,
        epilog=EXAMPLES,
        formatter_class=help_form,
    )
    action.add_argument("source", metavar="FROM", help="a file, or nats://HOST:PORT/PREFIX")
    action.add_argument("target", metavar="TO", help="the same; a file is made if it is not there")
    action.set_defaults(act=_move)


def _move(options: argparse.Namespace) -> int:
    from luahost.server.spool.moving import move
    from luahost.server.spool.opening import open_control

    source, target = (place.removeprefix(FILE) for place in (options.source, options.target))
    with (
        _told_if_interrupted(),
        open_control(source) as old,
        old.alone(),
        # Made only where all can come.
        open_control(target, make=True) as new,
        new.alone(),
    ):
        moved = move(old, new, told=_tell)
        print(f"{moved} transactions are moved from {old.path} to {new.path}")
    return 0


@contextlib.contextmanager
def _told_if_interrupted() -> Iterator[None]:
    """
    Ctrl-C ends this process as ever, and says what then: who moves house wants to know where things are.
    """
    before = signal.signal(signal.SIGINT, _interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _interrupted(number: int, _frame: FrameType | None) -> None:
    print(f"\nluahost: {INTERRUPTED}", file=sys.stderr, flush=True)
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)


def _tell(written: int, number: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{written} of {number}", end="" if written < number else "\n", file=sys.stderr)
