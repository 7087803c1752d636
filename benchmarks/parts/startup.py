"""
Start-up: what whole processes take, beside Python that does nothing and beside busted.

Processor time of the process and its children is what ratios are made of; the time that passes is told beside
it. Many scenarios are the exception: how many there are a second is asked, and they run on all processors.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.build import MissingError
from benchmarks.figures import Figure, Found, Missing
from benchmarks.measure import Options, Spread, in_turns
from benchmarks.scripts import HANDLER

SCENARIOS = 1000

_MAIL = (
    "From: a@example.org\nTo: bob@example.com\nSubject: Hi\nMessage-ID: <1@example.org>\n\nAre you there?\n"
)

_FILE = """\
script: push.lua
when: [deliver: "Subject: Hi"]
scenarios:
"""
_SCENARIO = "  - name: number {number}\n    then: {{handlers: [MessageNew]}}\n"

_SPEC = """\
describe("numbers", function()
{tests}end)
"""
_TEST = '  it("number {number}", function() assert.are.equal(1, 1) end)\n'


class Command:
    """
    A command as a contender; remembers how long it took in time that passes.

    Args:
        arguments: The command.

        folder: Where it runs.
    """

    def __init__(self, arguments: list[str], folder: Path) -> None:
        self._arguments = arguments
        self._folder = folder
        # Compiled modules are kept, as they are for users.
        self._environment = {
            key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"
        }
        self._environment["PYTHONPATH"] = str(Path(__file__).parent.parent.parent)
        self.passed: list[float] = []

    def __call__(self) -> float:
        """
        Run it; answers the processor seconds.

        Raises:
            RuntimeError: It failed; with its words.
        """
        before, began = _children(), time.perf_counter()
        done = subprocess.run(
            self._arguments,
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        self.passed.append(time.perf_counter() - began)
        if done.returncode:
            raise RuntimeError(f"{' '.join(self._arguments)} failed:\n{done.stdout}{done.stderr}")
        return _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def found(options: Options) -> Found:
    """
    Every command, and the ratios that are asked for.
    """
    with tempfile.TemporaryDirectory(prefix="luahost-bench-") as name:
        folder = Path(name)
        commands = _commands(folder)
        try:
            commands |= _busted(folder)
        except MissingError as error:
            yield Missing(str(error))
        taken = in_turns(commands, options.rounds)
    for called, command in commands.items():
        yield Figure(called, Spread.of(taken[called]).times(1e3), "ms")
        # The first was the round that warms up.
        yield Figure(f"{called}, time that passes", Spread.of(command.passed[1:]).times(1e3), "ms")
    yield Figure(
        "luahost --version to python -c pass",
        Spread.ratio(taken["luahost --version"], taken["python -c pass"]),
        "x",
        "version",
    )
    if "busted, 1 test" in taken:
        run, one = taken["luahost run, one event"], taken["busted, 1 test"]
        yield Figure("luahost run to busted with one test", Spread.ratio(run, one), "x", "run")
        least = Spread.ratio(taken["python with argparse and lupa"], one)
        called = "python with argparse and lupa to busted with one test"
        yield Figure(called, least, "x", least_of="run")
        yield Figure(
            "luahost test to busted, one of each", Spread.ratio(taken["luahost test, 1 scenario"], one), "x"
        )
        tests, scenarios = f"busted, {SCENARIOS:,} tests", f"luahost test, {SCENARIOS:,} scenarios"
        rate = Spread.ratio(commands[tests].passed[1:], commands[scenarios].passed[1:])
        yield Figure("scenarios a second to busted's tests a second", rate, "x", "scenarios")
        alone = Spread.ratio(taken[tests], taken[f"{scenarios}, one process"])
        yield Figure("scenarios to busted's tests in processor time, one process each", alone, "x")


def _commands(folder: Path) -> dict[str, Command]:
    luahost = [sys.executable, "-m", "luahost"]
    installed = Path(sys.executable).with_name("luahost")
    if installed.exists():
        luahost = [str(installed)]
    shutil.copy(HANDLER, folder / "push.lua")
    (folder / "mail.eml").write_text(_MAIL)
    for count in (1, SCENARIOS):
        scenarios = "".join(_SCENARIO.format(number=number) for number in range(count))
        (folder / f"s{count}.luatest.yaml").write_text(_FILE + scenarios)
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "python with argparse and lupa": [sys.executable, "-c", "import argparse, lupa.lua54"],
        "luahost --version": [*luahost, "--version"],
        "luahost run, one event": [*luahost, "run", "push.lua", "mail.eml"],
        "luahost test, 1 scenario": [*luahost, "test", "s1.luatest.yaml"],
        f"luahost test, {SCENARIOS:,} scenarios": [*luahost, "test", f"s{SCENARIOS}.luatest.yaml"],
        f"luahost test, {SCENARIOS:,} scenarios, one process": [
            *(*luahost, "test", "--jobs", "1", f"s{SCENARIOS}.luatest.yaml"),
        ],
    }
    return {name: Command(arguments, folder) for name, arguments in commands.items()}


def _busted(folder: Path) -> dict[str, Command]:
    # Debian's default Lua is 5.1 where that is installed, too, as luacheck has it.
    lua, busted = shutil.which("lua5.4"), shutil.which("busted")
    if lua is None or busted is None:
        raise MissingError("lua-busted lua5.4", "starting and testing are compared with it")
    for count in (1, SCENARIOS):
        tests = "".join(_TEST.format(number=number) for number in range(count))
        (folder / f"s{count}_spec.lua").write_text(_SPEC.format(tests=tests))
    return {
        "busted, 1 test": Command([lua, busted, "s1_spec.lua"], folder),
        f"busted, {SCENARIOS:,} tests": Command([lua, busted, f"s{SCENARIOS}_spec.lua"], folder),
    }
