"""
``luahost dead``: the transactions that ``luahost serve`` has given up, looked at, run again or removed.

It is ``luahost queue`` for those that are dead or expired, and no others.
"""

from __future__ import annotations

import argparse

from luahost.cli.arguments import help_form
from luahost.cli.queue_actions import Scope, add_actions

DESCRIPTION = """\
Look at the transactions that luahost serve has given up: those that are dead (they failed for good) or
expired (their time was over). They are kept until somebody has them run again or removes them.
"""

EXAMPLES = """\
examples:
  luahost dead list
  luahost dead show 1842-9f3ac1d20b7e
  luahost dead retry --all
  luahost dead retry --user bob@example.org
  luahost dead drop 1842-9f3ac1d20b7e
  luahost dead purge --older 7d

A retry does not repeat requests that succeeded; luahost replay does. The spool is that of luahost.yaml in the
current folder, of the file after -c, or the file after --spool.

exit codes: 0 fine, 1 a transaction is not there or is not given up, 2 wrong usage or a bad spool
"""

GIVEN_UP = ("dead", "expired")

SCOPE = Scope(
    verb="dead", states=GIVEN_UP, listed=GIVEN_UP, retried=GIVEN_UP, purged=GIVEN_UP, takes_all=True
)


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb, its actions and their options.
    """
    verb = verbs.add_parser(
        "dead",
        help="look at the transactions that luahost serve has given up, and run them again",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=help_form,
    )
    add_actions(verb, SCOPE)
