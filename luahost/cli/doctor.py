"""
``luahost doctor``: whether all is there that luahost needs, and works.
"""

from __future__ import annotations

import argparse
import json
import os
from typing import TYPE_CHECKING

from luahost.cli.arguments import help_form
from luahost.timeline import inline

if TYPE_CHECKING:
    from luahost.doctor import Check

DEFAULT_FILE = "luahost.yaml"

DESCRIPTION = """\
Look at this machine: which Lua versions run, what isolation (luahost run --isolate, luahost serve) comes to
here, and the clock. With a luahost.yaml also at what it configures: that scripts load, who may use its files,
the spool's disk, the endpoints that settings name, this machine's Dovecot, and the server if it runs.

Each thing is tried, not looked up. Nothing is changed, and nothing is sent that could be taken for a push: an
endpoint is asked HEAD / and nothing more.
"""

EXAMPLES = """\
examples:
  luahost doctor
  luahost doctor -c /etc/luahost/luahost.yaml
  luahost doctor -c luahost.yaml --dovecot doveconf-n.txt --no-endpoints --json

Without -c it is luahost.yaml in the current folder, if there is one.

exit codes: 0 nothing is broken (there may be warnings), 1 something is broken, 2 wrong usage
"""

WORDS = {"ok": "OK", "warn": "WARN", "fail": "FAIL"}


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb and its options.
    """
    verb = verbs.add_parser(
        "doctor",
        help="say whether all is there that luahost needs, and what to do about what is not",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=help_form,
    )
    verb.add_argument("-c", "--config", metavar="FILE", help="luahost.yaml")
    verb.add_argument(
        "--dovecot",
        metavar="FILE",
        help="a dovecot.conf, or what doveconf -n printed (default: this machine's Dovecot, if -c has serve)",
    )
    verb.add_argument("--no-endpoints", action="store_true", help="connect to no endpoint")
    verb.add_argument("--server-user", metavar="NAME", help="who serves (default: whose spool it is, or you)")
    verb.add_argument(
        "--mail-user",
        metavar="NAME",
        help="as whom Dovecot delivers mail (default: its mail_uid or userdb, or vmail)",
    )
    verb.add_argument("--json", action="store_true", help="one JSON object a check")
    verb.set_defaults(act=doctor)


def doctor(options: argparse.Namespace) -> int:
    """
    Do all checks and print each. 1 if something is broken.
    """
    from luahost.doctor import Examination, Who

    examination = Examination(
        file=options.config or (DEFAULT_FILE if os.path.exists(DEFAULT_FILE) else None),
        dovecot=options.dovecot,
        server=Who.named(options.server_user) if options.server_user else None,
        mail=Who.named(options.mail_user) if options.mail_user else None,
        endpoints=not options.no_endpoints,
    )
    counts = {"ok": 0, "warn": 0, "fail": 0}
    subject = None
    for check in examination.checks():
        counts[check.state] += 1
        if options.json:
            print(_json(check), flush=True)
            continue
        if check.subject != subject:
            print(f"\n{check.subject}" if subject else check.subject)
            subject = check.subject
        _print(check)
    if not options.json:
        print(f"\n{_sum(counts)}")
    return 1 if counts["fail"] else 0


def _print(check: Check) -> None:
    detail = f"  {inline(check.detail)}" if check.detail else ""
    print(f"  {WORDS[check.state]:<4}  {inline(check.name)}{detail}", flush=True)
    if check.advice:
        print(f"        → {inline(check.advice)}", flush=True)


def _sum(counts: dict[str, int]) -> str:
    if not counts["warn"] and not counts["fail"]:
        return "all is well"
    warnings = f"{counts['warn']} warning{'s' * (counts['warn'] != 1)}"
    if not counts["fail"]:
        return f"nothing is broken, {warnings}"
    return f"{counts['fail']} broken, {warnings}"


def _json(check: Check) -> str:
    return json.dumps(
        {
            "subject": check.subject,
            "name": check.name,
            "state": check.state,
            "detail": check.detail,
            "advice": check.advice,
        }
    )
