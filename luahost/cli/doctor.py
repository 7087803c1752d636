"""
``luahost doctor``: what this machine has of that which luahost needs.
"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from luahost.doctor import Check

DESCRIPTION = """\
Look at this machine: which Lua versions run, and what isolation (luahost run --isolate) comes to here.

Each thing is tried, not looked up. docs/sandbox.md says what each wall of isolation holds off.
"""

EXAMPLES = """\
examples:
  luahost doctor
  luahost doctor --json

exit codes: 0 all is there, 1 something is missing, 2 wrong usage
"""


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb and its options.
    """
    verb = verbs.add_parser(
        "doctor",
        help="say what this machine has of that which luahost needs",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("--json", action="store_true", help="one JSON object a check")
    verb.set_defaults(act=doctor)


def doctor(options: argparse.Namespace) -> int:
    """
    Do all checks and print each. 1 if something is missing.
    """
    from luahost.doctor import all_checks

    missing = 0
    subject = None
    for check in all_checks():
        missing += check.state == "missing"
        if options.json:
            print(_json(check), flush=True)
            continue
        if check.subject != subject:
            subject = check.subject
            print(f"\n{subject}" if check.subject != "python" else subject)
        print(f"  {check.state:<8} {check.name}{'  ' + check.detail if check.detail else ''}", flush=True)
    if not options.json:
        print(f"\n{f'{missing} missing' if missing else 'nothing is missing'}")
    return 1 if missing else 0


def _json(check: Check) -> str:
    return json.dumps(
        {"subject": check.subject, "name": check.name, "state": check.state, "detail": check.detail}
    )
