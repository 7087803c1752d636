"""
What the verbs that work on a spool have in common: which spool it is, states, ages and times.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from luahost import patterns
from luahost.cli.arguments import SERVED_FILE, check_served_file
from luahost.errors import UsageError

if TYPE_CHECKING:
    from luahost.config.nats_place import NatsPlace
    from luahost.server.spool import SpoolControl, State

STATES = ("queued", "running", "retrying", "done", "dead", "expired")
FINISHED = ("done", "dead", "expired")

_UNIT_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_AGE = patterns.compile(r"([0-9]{1,9})([smhd]?)")


def add_place(verb: argparse.ArgumentParser, act: Callable[[SpoolControl, argparse.Namespace], int]) -> None:
    """
    Let the verb be told which spool it works on, and have it act there.
    """
    place = verb.add_mutually_exclusive_group()
    place.add_argument(
        "-c", "--config", metavar="FILE", default=SERVED_FILE, help="luahost.yaml (default: %(default)s)"
    )
    place.add_argument(
        "--spool", metavar="SPOOL", help="the spool itself: a file, or nats://HOST:PORT,HOST:PORT/PREFIX"
    )
    verb.set_defaults(act=_on_spool, on_spool=act)


def add_selection(verb: argparse.ArgumentParser, states: Sequence[str], usual: str = "") -> None:
    """
    Let the verb be told which transactions are meant, by state and user.
    """
    verb.add_argument(
        "--state",
        metavar="STATE",
        action="append",
        choices=states,
        help=f"those that are {either(states)}; can be given again{usual}",
    )
    verb.add_argument("--user", metavar="USER", help="those of this user")


def chosen_states(options: argparse.Namespace, usual: Sequence[str]) -> list[State]:
    """
    The states that are named, or else the usual ones.
    """
    from luahost.server.spool import State

    return [State(name) for name in options.state or usual]


def complain(words: str) -> int:
    """
    Say what could not be done; answers the exit code for that.
    """
    print(f"luahost: {words}", file=sys.stderr)
    return 1


def either(names: Sequence[str]) -> str:
    """
    ``done, dead or expired``.
    """
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def count(text: str) -> int:
    """
    A number of transactions.
    """
    if not re.fullmatch("[1-9][0-9]{0,8}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of transactions")
    return int(text)


def age(text: str) -> int:
    """
    ``90``, ``30m``, ``12h``, ``7d``, in seconds.
    """
    found = _AGE.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no age, such as 90, 30m, 12h or 7d")
    return int(found[1]) * _UNIT_SECONDS[found[2]]


def moment(text: str) -> Callable[[float], float]:
    """
    An age, or a time as ISO 8601 has it, UTC unless it names another zone. Answers what makes it seconds
    since 1970, given the time now.
    """
    if _AGE.fullmatch(text):
        seconds = age(text)
        return lambda now: now - seconds
    try:
        found = datetime.fromisoformat(text)
        stamp = (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        words = f"{text!r} is neither an age, such as 30m or 2h, nor a time, such as 2026-11-22T13:00:00Z"
        raise argparse.ArgumentTypeError(words) from None
    return lambda now: stamp


def spool_of(file: str) -> str | NatsPlace:
    """
    The spool that a ``luahost.yaml`` names: a file, or a place on NATS.

    Raises:
        UsageError: It names none.
    """
    from luahost.config import read_configuration

    section = read_configuration(file).serve
    if section is None:
        raise UsageError(f"{file} has no section serve, which says where the spool is; --spool names it")
    return section.nats or section.spool


def _on_spool(options: argparse.Namespace) -> int:
    from luahost.server.spool.opening import open_control

    if not options.spool:
        check_served_file(options.config)
    with open_control(options.spool or spool_of(options.config)) as control:
        return int(options.on_spool(control, options))
