"""
``luahost check --from 2.3 --to 2.4`` and ``--fix``: a report, a diff, and scripts that are rewritten.
"""

from __future__ import annotations

import argparse
import os
import sys

from luahost.check.checker import Report, check_file
from luahost.check.dynamic.settings import names_asked_for
from luahost.check.migration import configuration, report
from luahost.check.migration.edits import difference
from luahost.check.migration.rewriting import Rewritten, rewritten
from luahost.check.options import Options
from luahost.check.output import write
from luahost.cli.check import STDIN, scripts
from luahost.cli.check_configured import configured
from luahost.errors import InputError, UsageError
from luahost.timeline import printable
from luahost.whole_file import write_whole


def moved(options: argparse.Namespace, asked: Options) -> int:
    """
    The report of a move, and with ``--fix`` the move; answers the exit code.
    """
    old, new = options.old, options.new
    if not old or not new or old == new:
        raise UsageError("a move needs two versions: --from 2.3 --to 2.4")
    names = scripts(options.operands)
    if not names and options.config is None:
        raise UsageError(
            "a move needs the SCRIPT that is to be moved, or with -c a dovecot.conf that names it"
        )
    if STDIN in options.operands:
        raise UsageError("a move needs a script in a file, not on standard input")
    asked = asked._replace(dialects=(old, new))
    if not names:
        names, asked = configured(options.config, asked, any_dialect=False)
    left = 0
    for name in names:
        found = check_file(name, asked)
        made = rewritten(found, asked, to=new)
        if options.format == "text":
            print(printable(report.told(found, made, old, new, _configuration(found, options))))
        else:
            breaking = found._replace(findings=tuple(report.breaks(found, new)))
            sys.stdout.write(write(options.format, [breaking]))
        if options.fix and _written(name, made):
            found = check_file(name, asked)
            print(f"{name} is rewritten; " + _verdict(found, new), file=sys.stderr)
        left += len(report.breaks(found, new))
    return 1 if left else 0


def _verdict(found: Report, new: str) -> str:
    left = len(report.breaks(found, new))
    return f"{left} left that {new} breaks" if left else f"checked again: nothing is left that {new} breaks"


def _configuration(found: Report, options: argparse.Namespace) -> str:
    if options.new != "2.4":
        return ""
    asked = names_asked_for(found.script) if found.script is not None else []
    if options.config is None:
        return configuration.for_script(os.path.abspath(found.source.file), asked)
    # Imported here: only who asks for it has a configuration.
    from luahost.config import read_configuration

    settings = read_configuration(options.config).settings()
    if settings.blocks is not None:
        raise InputError("has no plugin { } of Dovecot 2.3", file=options.config)
    drivers = list(settings.drivers("2.3"))
    # A configuration that is not in its place names its scripts by other paths.
    script = os.path.realpath(found.source.file)
    listed = any(os.path.realpath(driver.file or "") == script for driver in drivers)
    return configuration.from_plugin(settings.plugin, drivers, asked, script if listed else None)


def mended(found: Report, options: argparse.Namespace, asked: Options) -> Report:
    """
    What is still found in a script once it is mended; the diff goes to standard error, as the findings are
    the output. With ``--diff`` nothing is written.
    """
    made = rewritten(found, asked)
    sys.stderr.write(printable(difference(found.source.file, made.before, made.after)))
    if options.fix and _written(found.source.file, made):
        return check_file(found.source.file, asked)
    return found


def _written(name: str, made: Rewritten) -> bool:
    """
    Put the new text into the script's place, whole or not at all. Whether there is any.
    """
    if made.after == made.before:
        return False
    try:
        write_whole(name, made.after, os.stat(name).st_mode & 0o7777)
    except OSError as error:
        raise InputError(f"cannot be rewritten: {error.strerror}", file=name) from None
    return True
