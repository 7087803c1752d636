"""
``luahost check``: what will break in a push script, before it does.
"""

from __future__ import annotations

import argparse
import os
import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from luahost.check.facts import all_facts
from luahost.check.finding import SEVERITIES
from luahost.check.options import DEFAULT_DIALECTS, Options
from luahost.check.output import FORMATS
from luahost.cli.arguments import help_form
from luahost.cli.streams import standard_input
from luahost.errors import InputError, UsageError
from luahost.folders import searched

if TYPE_CHECKING:
    from luahost.check.checker import Report
    from luahost.check_section import CheckSection

DESCRIPTION = """\
Look for what will break in push scripts: what a version of Dovecot does not have, what it ignores or refuses,
what holds mail up, what kills the mail process, and what Lua takes for something else.
"""

EXAMPLES = f"""\
examples:
  luahost check push.lua
  luahost check push.lua --dialect 2.4
  luahost check -c /etc/dovecot/dovecot.conf
  luahost check *.lua --format sarif > luahost.sarif
  luahost check push.lua --rule no-timeout=off --budget 5
  luahost check push.lua --from 2.3 --to 2.4 -c dovecot.conf
  luahost check push.lua --from 2.3 --to 2.4 --fix
  luahost check - --stdin-filename push.lua < unsaved.lua
  luahost check --explain http-option

Without --dialect both servers count, {" and ".join(DEFAULT_DIALECTS)}. A comment in the script takes a
finding away: -- luahost: ignore=RULE reason

exit codes: 0 nothing found (but notes), 1 something found, 2 wrong usage or bad input
"""

PROJECT = "luahost.yaml"
SPEC = "_spec.lua"
STDIN = "-"
ALL = "all"
MOVES = ("2.3", "2.4")
LEVELS = (*SEVERITIES, "off")


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb and its options.
    """
    verb = verbs.add_parser(
        "check",
        help="look for what will break in a script, without a server",
        usage="luahost check [options] SCRIPT ...",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=help_form,
    )
    verb.add_argument(
        "operands",
        metavar="SCRIPT",
        nargs="*",
        default=[],
        help="Lua scripts, or folders of them; - is standard input",
    )
    verb.add_argument(
        "--stdin-filename",
        metavar="FILE",
        help="what the script on standard input is called, and beside which file its modules are",
    )
    verb.add_argument(
        "--dialect",
        action="append",
        default=[],
        choices=[*all_facts(), ALL],
        help="whose rules count; may be given again",
    )
    verb.add_argument(
        "--rule",
        metavar="NAME=LEVEL",
        dest="rules",
        action="append",
        default=[],
        type=_rule,
        help=f"how bad a rule's findings are: {', '.join(LEVELS)}; may be given again",
    )
    verb.add_argument(
        "--budget",
        metavar="SECONDS",
        type=_seconds,
        help=f"how long a transaction may hold mail at worst (default: {Options().budget_seconds:g})",
    )
    verb.add_argument(
        "--messages",
        metavar="N",
        type=_number,
        help=f"how many messages a transaction brings, for that (default: {Options().messages})",
    )
    verb.add_argument(
        "--module",
        metavar="NAME",
        dest="modules",
        action="append",
        default=[],
        help="a Lua module that is installed on the mail server; may be given again",
    )
    verb.add_argument("--static", action="store_true", help="only look at the script, and do not run it")
    verb.add_argument(
        "--isolate",
        action="store_true",
        help="run it in a process of its own, which is locked down and can be killed (Linux)",
    )
    verb.add_argument(
        "--set",
        metavar="KEY=VALUE",
        dest="settings",
        action="append",
        default=[],
        type=_setting,
        help="a setting that the script gets when it is run; may be given again",
    )
    verb.add_argument(
        "--format", choices=FORMATS, default="text", help="how findings are written (default: %(default)s)"
    )
    verb.add_argument(
        "--fail-on",
        choices=SEVERITIES,
        help="what makes the exit code 1: this, or worse (default: warning)",
    )
    verb.add_argument("--from", dest="old", choices=MOVES, help="the version that the scripts run on")
    verb.add_argument("--to", dest="new", choices=MOVES, help="the version that they are to run on: a report")
    verb.add_argument(
        "-c",
        "--config",
        metavar="FILE",
        help="a dovecot.conf: check the scripts that it names, with its settings; "
        "with --from and --to: write it anew",
    )
    verb.add_argument("--diff", action="store_true", help="show what --fix would change, and change nothing")
    verb.add_argument(
        "--fix", action="store_true", help="show a diff, and write what can be mended without harm"
    )
    verb.add_argument("--rules", dest="list_rules", action="store_true", help="list all rules")
    verb.add_argument("--explain", metavar="RULE", help="why a rule is there, with examples")
    verb.set_defaults(act=check)


def check(options: argparse.Namespace) -> int:
    """
    The verb itself; answers the exit code.
    """
    if options.list_rules:
        return _list_rules()
    if options.explain is not None:
        return _explain(options.explain)
    if not options.operands and options.config is None:
        raise UsageError("check needs a SCRIPT; luahost check --help says more")
    if options.stdin_filename is not None and STDIN not in options.operands:
        raise UsageError("--stdin-filename names the script on standard input, which is asked for with -")
    section = _section()
    asked = _asked(options, section)
    if options.old or options.new:
        from luahost.cli.check_moving import moved

        return moved(options, asked)
    from luahost.check.output import write

    names = scripts(options.operands)
    if options.config is not None:
        from luahost.cli.check_configured import configured

        own = bool(options.dialect) or bool(section and section.dialects)
        more, asked = configured(options.config, asked, any_dialect=not own)
        names += more
    reports = [_checked(name, options, asked) for name in names]
    if options.fix or options.diff:
        from luahost.cli.check_moving import mended

        reports = [mended(report, options, asked) for report in reports]
    sys.stdout.write(write(options.format, reports))
    limit = SEVERITIES.index(options.fail_on or (section and section.fail_on) or "warning")
    failed = any(
        SEVERITIES.index(finding.severity) <= limit for report in reports for finding in report.findings
    )
    return 1 if failed else 0


def _checked(name: str, options: argparse.Namespace, asked: Options) -> Report:
    # Imported here: it is what only a check needs; --help and --rules do without.
    from luahost.check.checker import check_file, check_text
    from luahost.sources.files import all_of

    if name != STDIN:
        return check_file(name, asked)
    if options.fix:
        raise UsageError("--fix cannot write standard input; --diff shows what it would change")
    name = options.stdin_filename or "<stdin>"
    try:
        text = all_of(standard_input(), blame=lambda words: InputError(words, file=name))
    except OSError as error:
        raise InputError(f"standard input cannot be read: {error.strerror}", file=name) from None
    return check_text(name, text, asked)


def scripts(names: Sequence[str]) -> list[str]:
    """
    The scripts that names mean: a folder means all in it that end in ``.lua``. Lua specs are left out, and
    where one is named, people are told.

    Raises:
        UsageError: There is none in a folder, or among the names; or a folder cannot be read.
    """
    found: list[str] = []
    for name in names:
        if name.endswith(SPEC) and os.path.isfile(name):
            print(
                f"luahost: {name} is a Lua spec, which luahost test runs; it is not checked", file=sys.stderr
            )
            continue
        if not os.path.isdir(name):
            found.append(name)
            continue
        inside = sorted(
            os.path.join(folder, file)
            for folder, _, files in searched(name)
            for file in files
            if file.endswith(".lua") and not file.endswith(SPEC)
        )
        if not inside:
            raise UsageError(f"there is no script in {name}")
        found += inside
    if names and not found:
        raise UsageError("there is no push script among these")
    return found


def _section() -> CheckSection | None:
    """
    What ``luahost.yaml`` in the current folder asks for. YAML takes time, which is spent only if it is there.
    """
    if not os.path.exists(PROJECT):
        return None
    from luahost.check_section import read_check_section

    return read_check_section(PROJECT)


def _asked(options: argparse.Namespace, section: CheckSection | None) -> Options:
    """
    What is asked for: by options, else in ``luahost.yaml``, else as always.
    """
    found = Options()
    if section is not None:
        found = found._replace(
            dialects=section.dialects or found.dialects,
            rules=section.rules,  # type: ignore[arg-type]  # it reads levels only
            budget_seconds=found.budget_seconds if section.budget_seconds is None else section.budget_seconds,
            messages=section.messages or found.messages,
            modules=section.modules,
            settings=section.settings,
        )
    dialects = tuple(all_facts()) if ALL in options.dialect else tuple(dict.fromkeys(options.dialect))
    return found._replace(
        dialects=dialects or found.dialects,
        rules={**found.rules, **dict(options.rules)},
        budget_seconds=found.budget_seconds if options.budget is None else options.budget,
        messages=options.messages or found.messages,
        modules=(*found.modules, *options.modules),
        run=not options.static,
        isolate=options.isolate,
        settings={**found.settings, **dict(options.settings)},
    )


def _list_rules() -> int:
    from luahost.check.rules import RULES

    for rule in RULES:
        asked = ", if asked for" if rule.asked else ""
        print(f"{rule.name:20} {rule.severity + asked:20} {rule.title}")
    return 0


def _explain(name: str) -> int:
    from luahost.check.rules import RULES

    rule = next((one for one in RULES if one.name == name), None)
    if rule is None:
        raise UsageError(f"there is no rule {name}; luahost check --rules lists them")
    print(f"{rule.name} ({rule.severity}): {rule.title}\n")
    print(textwrap.fill(rule.reason, 100, break_on_hyphens=False))
    if rule.source:
        print(f"\n{rule.source}")
    for kind, words in (("bad", "Found in:"), ("good", "Not in:")):
        print(f"\n{words}\n\n{textwrap.indent(rule.example(kind).rstrip(), '    ')}")
    return 0


def _rule(words: str) -> tuple[str, str]:
    name, sign, level = words.partition("=")
    if not sign or level not in LEVELS:
        raise argparse.ArgumentTypeError(f"{words!r} is not RULE=LEVEL with one of {', '.join(LEVELS)}")
    return name, level


def _setting(words: str) -> tuple[str, str]:
    name, sign, value = words.partition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError(f"{words!r} is not KEY=VALUE")
    return name, value


def _seconds(words: str) -> float:
    try:
        value = float(words)
    except ValueError:
        value = -1
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{words!r} is no number of seconds")
    return value


def _number(words: str) -> int:
    if not words.isascii() or not words.isdigit() or int(words) < 1:
        raise argparse.ArgumentTypeError(f"{words!r} is no number of messages")
    return int(words)
