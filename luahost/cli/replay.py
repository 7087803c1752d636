"""
``luahost replay``: transactions that are finished run once more, with all of their requests.

It works on the spool's file, beside a server that runs or without one; the server follows by itself.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from luahost.cli.arguments import help_form
from luahost.cli.parts import parts
from luahost.cli.spool_arguments import (
    FINISHED,
    add_place,
    add_selection,
    chosen_states,
    complain,
    either,
    moment,
)
from luahost.errors import UsageError

if TYPE_CHECKING:
    from luahost.server.spool import SpoolControl, Summary

DESCRIPTION = """\
Run finished transactions of luahost serve once more, for an endpoint that has lost what it got, or a script
that did the wrong thing.

Nothing is answered from the journal: every request is sent again. Its webhook-id is what it was, so that an
endpoint which knows it may say so; with --new-id transactions and requests get ids of their own.
"""

EXAMPLES = """\
examples:
  luahost replay --since 2h --dry-run
  luahost replay --since 2026-11-22T13:00:00Z --until 2026-11-22T14:30:00Z
  luahost replay --since 1d --user bob@example.org --state done
  luahost replay 1842-9f3ac1d20b7e

What is done is there for keep_seconds only. The spool is that of luahost.yaml in the current folder, of the
file after -c, or the file after --spool.

exit codes: 0 fine, 1 a transaction is not there or not finished, 2 wrong usage or a bad spool
"""


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb and its options.
    """
    verb = verbs.add_parser(
        "replay",
        help="run finished transactions of luahost serve once more",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=help_form,
    )
    verb.add_argument("operands", metavar="ID", nargs="*", help="which; or choose them with --since")
    verb.add_argument(
        "--since",
        metavar="WHEN",
        type=moment,
        help="those that came to their end since then: 30m, 2h, 7d, or 2026-11-22T13:00:00Z",
    )
    verb.add_argument("--until", metavar="WHEN", type=moment, help="and before that")
    add_selection(verb, FINISHED, f" (default: {either(FINISHED)})")
    verb.add_argument("--new-id", action="store_true", help="as transactions that nobody has heard of")
    verb.add_argument("--dry-run", action="store_true", help="show which they are, and do nothing")
    add_place(verb, _replay)


def _replay(control: SpoolControl, options: argparse.Namespace) -> int:
    chosen, refused = _named(control, options) if options.operands else (_chosen(control, options), 0)
    if options.dry_run:
        from luahost.cli.queue_output import table

        for line in table(chosen, time.time()):
            print(line)
        print(f"{len(chosen)} to be replayed")
        return 1 if refused else 0
    number = 0
    with parts([one.id for one in chosen]) as some:
        for ids in some:
            replayed = control.replay(ids, new_ids=options.new_id)
            number += len(replayed)
            if options.new_id:
                for before, now in replayed.items():
                    print(f"{before} is {now}")
            for id in ids:
                if id not in replayed:
                    refused += complain(
                        f"transaction {id} was changed by somebody else meanwhile, and is not replayed"
                    )
        print(f"{number} replayed")
    return 1 if refused else 0


def _named(control: SpoolControl, options: argparse.Namespace) -> tuple[list[Summary], int]:
    """
    Those that are named, and how many of them cannot be replayed.
    """
    if options.since or options.until or options.state or options.user:
        raise UsageError("name the transactions to be replayed, or choose them with --since, not both")
    found, refused = [], 0
    for id in dict.fromkeys(options.operands):
        details = control.show(id)
        if details is None:
            refused += complain(f"there is no transaction {id}")
        elif details.summary.state not in FINISHED:
            refused += complain(f"transaction {id} is {details.summary.state}, and runs anyhow")
        else:
            found.append(details.summary)
    return found, refused


def _chosen(control: SpoolControl, options: argparse.Namespace) -> list[Summary]:
    if options.since is None:
        raise UsageError("name the transactions to be replayed, or choose them with --since")
    now = time.time()
    since = options.since(now)
    until = options.until(now) if options.until else None
    if until is not None and until <= since:
        raise UsageError("--until is not after --since, so no transaction can be meant")
    states = chosen_states(options, FINISHED)
    return control.transactions(states=states, user=options.user, since=since, until=until)
