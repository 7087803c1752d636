"""
``luahost test``: run scenarios, and say which scripts do not do what is expected of them.
"""

from __future__ import annotations

import argparse
import gc
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence

from luahost.cli.arguments import help_form
from luahost.cli.outcomes import JsonShow, Show, TextShow
from luahost.cli.script_options import add_tier
from luahost.dialects import DIALECTS
from luahost.documents.quoting import quoted
from luahost.errors import UsageError
from luahost.runtime import LUA_VERSIONS
from luahost.testing.collect import LOADERS, find, load_all, selected
from luahost.testing.coverage import Coverage, report
from luahost.testing.coverage import options as coverage_options
from luahost.testing.outcome import Case, RunOptions
from luahost.testing.run import run
from luahost.testing.watch import Watch

ALL = "all"

_CTRL_C = {signal.SIGINT}

DESCRIPTION = f"""\
Run tests of push scripts and say what is not as expected. PATH is a test file or a folder, which is searched
(default: the current one). Test files end in {", ".join(LOADERS)}.
"""

EXAMPLES = """\
examples:
  luahost test
  luahost test scripts/push.luatest.yaml -k "endpoint is down" -v
  luahost test --dialect all --lua 5.3 --lua 5.4
  luahost test --faults
  luahost test --watch

exit codes: 0 all passed, 1 a test failed, 2 wrong usage, a broken test or an interrupted run
"""


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb and its options.
    """
    verb = verbs.add_parser(
        "test",
        help="run tests of scripts: scenario files and Lua specs",
        usage="luahost test [options] [PATH ...]",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=help_form,
    )
    verb.add_argument(
        "operands", metavar="PATH", nargs="*", default=[], help="test files, and folders of them"
    )
    verb.add_argument(
        "-k",
        metavar="TEXT",
        dest="patterns",
        action="append",
        default=[],
        help="only tests with this text in FILE::NAME[VARIANT]; may be given again for more of them",
    )
    verb.add_argument("-x", "--exitfirst", action="store_true", help="end at the first failure")
    verb.add_argument(
        "-j",
        "--jobs",
        metavar="N",
        type=_jobs,
        help="run tests in N processes (default: one, and for many tests as many as there are processors)",
    )
    verb.add_argument(
        "--dialect",
        choices=[*DIALECTS, ALL],
        dest="dialects",
        action="append",
        default=[],
        help="run every test in this dialect, whatever its file says; may be given again",
    )
    verb.add_argument(
        "--lua",
        choices=[*LUA_VERSIONS, ALL],
        action="append",
        default=[],
        help="run every test on this Lua version, whatever its file says; may be given again",
    )
    add_tier(verb)
    coverage_options.add_options(verb.add_argument)
    verb.add_argument("--update", action="store_true", help="write snapshots anew instead of comparing")
    verb.add_argument("--watch", action="store_true", help="run again whenever a file changes, until Ctrl-C")
    verb.add_argument(
        "--faults",
        action="store_true",
        help="then run every scenario under each fault of the endpoint, and say what is lost",
    )
    verb.add_argument(
        "--fault",
        metavar="NAME",
        dest="chosen_faults",
        action="append",
        default=[],
        help="the same with this fault only (refused, dns, …); may be given again",
    )
    form = verb.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one test a line, as JSON")
    form.add_argument(
        "--github",
        action="store_true",
        help="annotations for GitHub Actions too; there they need not be asked for",
    )
    verb.add_argument("-v", "--verbose", action="store_true", help="name every test")
    verb.add_argument(
        "--schema",
        action="store_true",
        help="run nothing, and print the JSON schema of scenario files, for editors",
    )
    verb.set_defaults(act=test)


def _jobs(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,3}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes, from 1 to 9999")
    return int(text)


def test(options: argparse.Namespace) -> int:
    """
    The verb itself; answers the exit code.
    """
    if options.schema:
        from luahost.testing.scenario import schema

        print(schema(), end="")
        return 0
    paths = options.operands or ["."]
    if options.chosen_faults:
        from luahost.testing.fault_matrix import check_faults

        check_faults(options.chosen_faults)
    stop = _Stop()
    if not options.watch:
        return _once(options, paths, stop)
    if options.json:
        raise UsageError("--watch is for people, and --json for programs; use one of them")
    return _watch(options, paths, stop)


def _once(
    options: argparse.Namespace,
    paths: Sequence[str],
    stop: _Stop,
    loaded: Callable[[Sequence[Case]], None] = lambda cases: None,
) -> int:
    """
    Run all of them; answers the exit code. ``loaded`` hears of the tests before they are run.
    """
    measured = coverage_options.coverage_run(
        options.cov_lua, options.cov_lua_report, options.cov_lua_fail_under
    )
    coverage = None if measured is None else measured.coverage
    show = _show(options)
    cases = _cases(options, paths, coverage)
    loaded(cases)
    # Tests that have been read stay until the end: nobody need look at them again and again for garbage.
    gc.freeze()
    show.begin(len(cases))
    tally = run(
        cases,
        words=show.words,
        heard=show.outcome,
        first_failure_ends=options.exitfirst,
        stopped=stop.asked_for,
        # What is behind the failure that ends a run must leave nothing.
        jobs=1 if options.exitfirst and (measured or options.update) else options.jobs,
        coverage=coverage,
    )
    show.end(tally)
    code = tally.exit_code
    ended_early = tally.interrupted or tally.done < tally.total
    if (options.faults or options.chosen_faults) and not ended_early:
        broken = _under_faults(options, cases, show, stop)
        code = code or broken
    if measured is None:
        return code
    table, complaint = measured.finish()
    show.coverage(table, report(measured.coverage).percent, complaint)
    return code or (0 if complaint is None else 1)


def _under_faults(options: argparse.Namespace, cases: Sequence[Case], show: Show, stop: _Stop) -> int:
    """
    The same tests under faults. A fault that brings an error out of a script is a failure.
    """
    from luahost.testing.fault_matrix import fault_matrix

    matrix = fault_matrix(
        cases, options.chosen_faults or None, heard=show.faults_done, stopped=stop.asked_for
    )
    show.faults(matrix)
    if matrix.not_run:
        return 2
    return 1 if matrix.errors else 0


def _cases(options: argparse.Namespace, paths: Sequence[str], coverage: Coverage | None) -> list[Case]:
    how = RunOptions(
        dialects=tuple(DIALECTS) if ALL in options.dialects else tuple(dict.fromkeys(options.dialects)),
        lua=tuple(LUA_VERSIONS) if ALL in options.lua else tuple(dict.fromkeys(options.lua)),
        isolate=options.isolate,
        trusted=options.trusted,
        update=options.update,
        coverage=coverage,
    )
    cases = selected(load_all(find(paths), how), options.patterns)
    if not cases:
        patterns = " or ".join(quoted(pattern) for pattern in options.patterns)
        raise UsageError(f"no test has {patterns} in its name")
    return cases


def _show(options: argparse.Namespace) -> Show:
    if options.json:
        return JsonShow(sys.stdout)
    github = options.github or os.environ.get("GITHUB_ACTIONS") == "true"
    return TextShow(sys.stdout, verbose=options.verbose, github=github)


def _watch(options: argparse.Namespace, paths: Sequence[str], stop: _Stop) -> int:
    """
    Run again and again. The exit code is the last run's.
    """
    while True:
        # What changes while tests run is a change too.
        watch = Watch(paths)
        code = _watched(options, paths, stop, watch)
        print("waiting for a change; Ctrl-C ends", flush=True)
        changed = watch.wait(time.sleep, stopped=stop.asked_for)
        if not changed:
            return code
        print(f"\nchanged: {', '.join(changed)}", flush=True)


def _watched(options: argparse.Namespace, paths: Sequence[str], stop: _Stop, watch: Watch) -> int:
    """
    One of these runs. A mistake is no reason to end: whoever watches is about to mend it.
    """

    def loaded(cases: Sequence[Case]) -> None:
        # Scripts need not be where their tests are.
        scripts = (getattr(case, "script", None) for case in cases)
        watch.also({os.path.dirname(script) or "." for script in scripts if script})

    try:
        return _once(options, paths, stop, loaded)
    except UsageError as error:
        print(f"luahost: {error}", file=sys.stderr)
        return error.exit_code
    finally:
        # The next run reads them anew.
        gc.unfreeze()


class _Stop:
    """
    What Ctrl-C asks for: an end after the running test, with a summary. Asked again it is the end.

    A thread hears it, for the main one hears nothing while a function of Lua's own hangs.
    """

    def __init__(self) -> None:
        self._asked = False
        signal.pthread_sigmask(signal.SIG_BLOCK, _CTRL_C)
        threading.Thread(target=self._listen, daemon=True).start()

    def asked_for(self) -> bool:
        """
        Whether somebody has had enough.
        """
        return self._asked

    def _listen(self) -> None:
        signal.sigwait(_CTRL_C)
        self._asked = True
        # The next one ends the process as it ends others, and Python is not asked.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _CTRL_C)
        while True:
            signal.pause()
