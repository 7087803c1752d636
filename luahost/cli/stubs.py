"""
``luahost stubs``: what editors need to know of ``dovecot.*``.
"""

from __future__ import annotations

import argparse
import sys

from luahost.check.facts import all_facts
from luahost.cli.arguments import help_form

DESCRIPTION = """\
Print definitions of dovecot.* and of the events, in the annotations of lua-language-server (LuaCATS). An
editor that has them completes and checks scripts.
"""

EXAMPLES = """\
examples:
  luahost stubs --dialect 2.4 > dovecot.lua

Put the file where the language server looks (Lua.workspace.library), and say what handlers get:
---@param event dovecot.MessageNew

exit codes: 0 fine, 2 wrong usage
"""


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb and its options.
    """
    verb = verbs.add_parser(
        "stubs",
        help="definitions of dovecot.* for editors",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=help_form,
    )
    verb.add_argument("--dialect", choices=list(all_facts()), default="2.4", help="default: %(default)s")
    verb.set_defaults(act=stubs)


def stubs(options: argparse.Namespace) -> int:
    """
    The verb itself; answers the exit code.
    """
    from luahost.check.stubs import stubs as made

    sys.stdout.write(made(all_facts()[options.dialect]))
    return 0
