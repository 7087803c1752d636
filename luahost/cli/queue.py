"""
``luahost queue``: what ``luahost serve`` keeps in its spool, looked at and cleared up.

It works on the spool's file, beside a server that runs or without one; the server follows by itself.
"""

from __future__ import annotations

import argparse

from luahost.cli.arguments import help_form
from luahost.cli.queue_actions import Scope, add_actions
from luahost.cli.spool_arguments import STATES

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

SCOPE = Scope(
    verb="queue",
    states=STATES,
    listed=tuple(state for state in STATES if state != "done"),
    retried=("dead",),
    purged=("done",),
)


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb, its actions and their options.
    """
    verb = verbs.add_parser(
        "queue",
        help="look at the transactions of luahost serve and clear them up",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=help_form,
    )
    add_actions(verb, SCOPE)
