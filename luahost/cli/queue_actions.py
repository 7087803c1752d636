"""
What can be done with the transactions of a spool: list, show, retry, drop, purge; for all of them, as
``luahost queue`` does it, or for some, as ``luahost dead`` does.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from luahost.cli.parts import parts
from luahost.cli.spool_arguments import (
    FINISHED,
    STATES,
    add_place,
    add_selection,
    age,
    chosen_states,
    complain,
    count,
    either,
)
from luahost.dataclass import dataclass
from luahost.errors import UsageError

if TYPE_CHECKING:
    from luahost.server.spool import SpoolControl, Summary

MOST = 100
"""How many transactions a list shows unless told otherwise."""

RETRIED = ("retrying", "dead", "expired")
"""The states from which a transaction can be retried."""

DROPPED = tuple(state for state in STATES if state != "running")
"""The states in which it can be removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """
    The transactions that a verb is about, by state.

    Attributes:
        verb: The verb.

        states: All that it is about.

        listed: What a list has, unless told otherwise.

        retried: What is retried if only a user is named.

        purged: What is purged unless told otherwise.

        takes_all: Whether all of them may be meant at once, with ``--all``.
    """

    verb: str
    states: tuple[str, ...]
    listed: tuple[str, ...]
    retried: tuple[str, ...]
    purged: tuple[str, ...]
    takes_all: bool = False


def add_actions(verb: argparse.ArgumentParser, scope: Scope) -> None:
    """
    Add the actions and their options.
    """
    actions = verb.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)

    def added(
        name: str, act: Callable[[SpoolControl, argparse.Namespace], int], purpose: str
    ) -> argparse.ArgumentParser:
        words = f"{purpose[0].upper()}{purpose[1:]}."
        action = actions.add_parser(name, help=purpose, description=words)
        add_place(action, act)
        action.set_defaults(scope=scope)
        return action

    action = added("list", _list, "transactions in the order in which they came")
    add_selection(action, scope.states, f" (default: {either(scope.listed)})")
    action.add_argument(
        "--most", type=count, metavar="N", default=MOST, help="show at most so many (default: %(default)s)"
    )
    action.add_argument("--json", action="store_true", help="one JSON object a line")

    action = added("show", _show, "all that is kept about a transaction")
    action.add_argument("id", metavar="ID")
    form = action.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as a JSON object")
    form.add_argument(
        "--payload", action="store_true", help="only the transaction as it came: a line of a recording"
    )

    for name, act, may, purpose in (
        ("retry", _retry, RETRIED, "run transactions now, as if for the first time"),
        ("drop", _drop, DROPPED, "remove transactions"),
    ):
        action = added(name, act, purpose)
        action.add_argument("ids", metavar="ID", nargs="*")
        add_selection(action, [state for state in may if state in scope.states])
        if scope.takes_all:
            words = f"all that are {either(scope.states)}"
            action.add_argument("--all", dest="everything", action="store_true", help=words)

    action = added("purge", _purge, "remove what is finished and old")
    choices = [state for state in FINISHED if state in scope.states]
    action.add_argument(
        "--state",
        metavar="STATE",
        action="append",
        choices=choices,
        help=f"{either(choices)}; can be given again (default: {either(scope.purged)})",
    )
    action.add_argument(
        "--older",
        metavar="AGE",
        type=age,
        default=0,
        help="only what has been so for this long: 90, 30m, 12h, 7d (default: any time)",
    )


def _list(control: SpoolControl, options: argparse.Namespace) -> int:
    from luahost.cli.queue_output import json_line, table

    states = chosen_states(options, options.scope.listed)
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
        return complain(f"there is no transaction {options.id}")
    if details.summary.state not in options.scope.states:
        return _elsewhere(options.id, details.summary, options.scope, "show")
    if options.payload:
        sys.stdout.buffer.write(details.payload.rstrip(b"\n") + b"\n")
    elif options.json:
        print(json_details(details))
    else:
        for line in about(details, time.time()):
            print(line)
    return 0


def _retry(control: SpoolControl, options: argparse.Namespace) -> int:
    return _each(control, options, control.retry, RETRIED, "retried", options.scope.retried)


def _drop(control: SpoolControl, options: argparse.Namespace) -> int:
    dropped = [state for state in DROPPED if state in options.scope.states]
    return _each(control, options, control.drop, DROPPED, "dropped", dropped)


def _each(
    control: SpoolControl,
    options: argparse.Namespace,
    act: Callable[..., list[Summary | None]],
    may: Sequence[str],
    did: str,
    usual: Sequence[str],
) -> int:
    """
    Do it to the transactions that are named or chosen.

    Args:
        control: The spool.

        options: What was asked for.

        act: What to do.

        may: The states in which it can be done.

        did: What was done, in a word.

        usual: The states that are meant if none is named.
    """
    ids, scope = options.ids, options.scope
    everything = scope.takes_all and options.everything
    if bool(ids) == bool(options.state or options.user or everything):
        others = "--state, --user or --all" if scope.takes_all else "--state and --user"
        raise UsageError(f"name the transactions to be {did}, or choose them with {others}")
    named = bool(ids)
    if not named:
        chosen = control.transactions(states=chosen_states(options, usual), user=options.user)
        ids = [one.id for one in chosen]
    done = refused = 0
    with parts(ids) as some:
        for part in some:
            elsewhere = _not_of(scope, control, part) if named else {}
            here = [id for id in part if id not in elsewhere]
            found = elsewhere | dict(zip(here, act(*here), strict=True))
            done += len(part)
            for id in part:
                before = found[id]
                if before is None:
                    refused += complain(f"there is no transaction {id}")
                elif id in elsewhere:
                    refused += _elsewhere(id, before, scope, options.action)
                elif before.state not in may:
                    refused += complain(f"transaction {id} is {before.state}, and cannot be {did}")
        print(f"{done - refused} {did}")
    return 1 if refused else 0


def _purge(control: SpoolControl, options: argparse.Namespace) -> int:
    states = chosen_states(options, options.scope.purged)
    print(f"{control.purge(before=time.time() - options.older, states=states)} purged")
    return 0


def _not_of(scope: Scope, control: SpoolControl, ids: Sequence[str]) -> dict[str, Summary | None]:
    """
    Those of them that the verb is not about.
    """
    if not scope.takes_all:
        return {}
    found = [now.summary for id in ids if (now := control.show(id)) is not None]
    return {one.id: one for one in found if one.state not in scope.states}


def _elsewhere(id: str, summary: Summary, scope: Scope, action: str) -> int:
    """
    One that there is, and that the verb is not about.
    """
    return complain(
        f"transaction {id} is {summary.state}, and luahost {scope.verb} is about those that are "
        f"{either(scope.states)}; see luahost queue {action}"
    )
