"""
``luahost record``: print the script that has a real Dovecot record what it tells push drivers.
"""

from __future__ import annotations

import argparse

from luahost.cli.arguments import help_form

DESCRIPTION = """\
Print a Lua script for a real Dovecot, 2.3 or 2.4, that writes each push transaction as a line of JSON to a
file. Such a file is an INPUT for luahost run and luahost diff, and fixtures can replay it. Hashes stand for
names, addresses, subjects and text, unless the setting luahost_record_content says yes.

Beside another Lua script name the events that it handles with --events: Dovecot tells each Lua script of what
any of them asked for, and a script that lacks the handler logs an error.
"""

EXAMPLES = """\
examples:
  luahost record --lua-probe > /etc/dovecot/luahost-record.lua
  luahost record --lua-probe --dialect 2.4 --events MessageNew,MessageAppend
  luahost run push.lua recording.jsonl --http deny

docs/recordings.md says what is in the file, and what to mind.
"""


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb and its options.
    """
    from luahost.sources.probe import PROBE_DIALECTS

    verb = verbs.add_parser(
        "record",
        help="print a script that has a real Dovecot record its transactions",
        usage="luahost record --lua-probe [--dialect VERSION] [--events NAME,NAME]",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=help_form,
    )
    verb.add_argument(
        "--lua-probe", action="store_true", required=True, help="the script, which is all there is to print"
    )
    verb.add_argument(
        "--dialect", choices=PROBE_DIALECTS, help="whose configuration to show at its head (default: both)"
    )
    verb.add_argument(
        "--events",
        metavar="NAME,NAME",
        type=lambda words: [word.strip() for word in words.split(",") if word.strip()],
        default=[],
        help="record these events only",
    )
    verb.set_defaults(act=record)


def record(options: argparse.Namespace) -> int:
    """
    Print the script.
    """
    from luahost.sources.probe import probe

    print(probe(options.dialect, options.events), end="")
    return 0
