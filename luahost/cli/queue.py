"""
``luahost queue``: what ``luahost serve`` keeps in its spool, looked at and cleared up.

It works on the spool's file, beside a server that runs or without one; the server follows by itself.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from luahost.errors import UsageError

if TYPE_CHECKING:
    from luahost.server.spool import SpoolControl, State, Summary

DESCRIPTION = """\
Look at the transactions that luahost serve keeps, and clear them up; while it runs, or while it does not.

A transaction is queued, running, retrying (it waits for its next attempt), done, dead (it failed for good) or
expired (its time was over).
"""

EXAMPLES = """\
examples:
  luahost queue list --state dead
  luahost queue show 1842-9f3ac1d20b7e
  luahost queue show 1842-9f3ac1d20b7e --payload | luahost run push.lua -
  luahost queue retry --state dead --user bob@example.org
  luahost queue drop 1842-9f3ac1d20b7e
  luahost queue purge --state dead --older 7d

The spool is that of luahost.yaml in the current folder, of the file after -c, or the file after --spool.

exit codes: 0 fine, 1 a transaction is not there or cannot be retried or dropped, 2 wrong usage or a bad spool
"""

DEFAULT_FILE = "luahost.yaml"

STATES = ("queued", "running", "retrying", "done", "dead", "expired")
FINISHED = ("done", "dead", "expired")

MOST = 100
"""How many transactions a list shows unless told otherwise."""

_UNIT_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_AGE = re.compile(r"([0-9]{1,9})([smhd]?)")


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb, its actions and their options.
    """
    verb = verbs.add_parser(
        "queue",
        help="look at the transactions of luahost serve and clear them up",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = verb.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)

    action = _action(actions, "list", _list, "transactions in the order in which they came")
    _selecting(action, STATES, " (default: all but done)")
    action.add_argument(
        "--most", type=_count, metavar="N", default=MOST, help="show at most so many (default: %(default)s)"
    )
    action.add_argument("--json", action="store_true", help="one JSON object a line")

    action = _action(actions, "show", _show, "all that is kept about a transaction")
    action.add_argument("id", metavar="ID")
    form = action.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as a JSON object")
    form.add_argument(
        "--payload", action="store_true", help="only the transaction as it came: a line of a recording"
    )

    for name, act, states, purpose in (
        ("retry", _retry, ("retrying", "dead", "expired"), "run transactions now, as if for the first time"),
        ("drop", _drop, tuple(state for state in STATES if state != "running"), "remove transactions"),
    ):
        action = _action(actions, name, act, purpose)
        action.add_argument("ids", metavar="ID", nargs="*")
        _selecting(action, states)

    action = _action(actions, "purge", _purge, "remove what is finished and old")
    action.add_argument(
        "--state", metavar="STATE", action="append", choices=FINISHED, help=f"{_or(FINISHED)} (default: done)"
    )
    action.add_argument(
        "--older",
        metavar="AGE",
        type=_age,
        default=0,
        help="only what has been so for this long: 90, 30m, 12h, 7d (default: any time)",
    )


def queue(options: argparse.Namespace) -> int:
    """
    The verb itself; answers the exit code.
    """
    from luahost.server.spool import SqliteControl

    with SqliteControl(options.spool or _configured(options.config)) as control:
        return int(options.on_spool(control, options))


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    act: Callable[[SpoolControl, argparse.Namespace], int],
    purpose: str,
) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.")
    place = action.add_mutually_exclusive_group()
    place.add_argument(
        "-c", "--config", metavar="FILE", default=DEFAULT_FILE, help="luahost.yaml (default: %(default)s)"
    )
    place.add_argument("--spool", metavar="FILE", help="the spool itself")
    action.set_defaults(act=queue, on_spool=act)
    return action


def _selecting(action: argparse.ArgumentParser, states: Sequence[str], usual: str = "") -> None:
    action.add_argument(
        "--state",
        metavar="STATE",
        action="append",
        choices=states,
        help=f"those that are {_or(states)}; can be given again{usual}",
    )
    action.add_argument("--user", metavar="USER", help="those of this user")


def _list(control: SpoolControl, options: argparse.Namespace) -> int:
    from luahost.cli.queue_output import json_line, table
    from luahost.server.spool import State

    states = _states(options) or [state for state in State if state is not State.DONE]
    found = control.transactions(states=states, user=options.user, most=options.most + 1)
    shown = found[: options.most]
    lines = map(json_line, shown) if options.json else table(shown, time.time())
    for line in lines:
        print(line)
    if len(found) > options.most:
        print(f"luahost: there are more than these {options.most}; --most shows them", file=sys.stderr)
    return 0


def _show(control: SpoolControl, options: argparse.Namespace) -> int:
    from luahost.cli.queue_output import about, json_details

    details = control.show(options.id)
    if details is None:
        return _complain(f"there is no transaction {options.id}")
    if options.payload:
        sys.stdout.buffer.write(details.payload.rstrip(b"\n") + b"\n")
    elif options.json:
        print(json_details(details))
    else:
        for line in about(details, time.time()):
            print(line)
    return 0


def _retry(control: SpoolControl, options: argparse.Namespace) -> int:
    from luahost.server.spool import State

    may = (State.DEAD, State.EXPIRED, State.RETRYING)
    return _each(control, options, control.retry, may, "retried", [State.DEAD])


def _drop(control: SpoolControl, options: argparse.Namespace) -> int:
    from luahost.server.spool import State

    may = tuple(state for state in State if state is not State.RUNNING)
    return _each(control, options, control.drop, may, "dropped", may)


def _each(
    control: SpoolControl,
    options: argparse.Namespace,
    act: Callable[[str], Summary | None],
    may: Sequence[State],
    did: str,
    usual: Sequence[State],
) -> int:
    """
    Do it to the transactions that are named or chosen.

    Args:
        control: The spool.

        options: What was asked for.

        act: What to do.

        may: The states in which it can be done.

        did: What was done, in a word.

        usual: The states that are meant if only a user is named.
    """
    ids = options.ids
    if bool(ids) == bool(options.state or options.user):
        raise UsageError(f"name the transactions to be {did}, or choose them with --state and --user")
    if not ids:
        chosen = control.transactions(states=_states(options) or usual, user=options.user)
        ids = [one.id for one in chosen]
    refused = 0
    for id in ids:
        before = act(id)
        if before is None:
            refused += _complain(f"there is no transaction {id}")
        elif before.state not in may:
            refused += _complain(f"transaction {id} is {before.state}, and cannot be {did}")
    print(f"{len(ids) - refused} {did}")
    return 1 if refused else 0


def _purge(control: SpoolControl, options: argparse.Namespace) -> int:
    from luahost.server.spool import State

    states = _states(options) or [State.DONE]
    print(f"{control.purge(before=time.time() - options.older, states=states)} purged")
    return 0


def _states(options: argparse.Namespace) -> list[State]:
    from luahost.server.spool import State

    return [State(name) for name in options.state or ()]


def _configured(file: str) -> str:
    from luahost.config import read_configuration

    section = read_configuration(file).serve
    if section is None:
        raise UsageError(f"{file} has no section serve, which says where the spool is; --spool names it")
    return section.spool


def _complain(words: str) -> int:
    print(f"luahost: {words}", file=sys.stderr)
    return 1


def _or(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _count(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,8}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of transactions")
    return int(text)


def _age(text: str) -> int:
    found = _AGE.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no age, such as 90, 30m, 12h or 7d")
    return int(found[1]) * _UNIT_SECONDS[found[2]]
