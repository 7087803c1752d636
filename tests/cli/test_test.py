"""
``luahost test``: output, choices and exit codes.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from luahost.cli import test
from luahost.testing.endpoint import FAULTS
from tests.cli.command_line import HANDLER, ROOT, luahost

GOOD = 'when: [deliver: "Subject: Hi"]\nthen: {handlers: 1}\n'
TWO = """\
when: [deliver: "Subject: Hi"]
scenarios:
  - name: good
  - name: bad
    then:
      logs: [info: Hi]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """
    A folder with a script that logs.
    """
    (tmp_path / "push.lua").write_text(HANDLER % 'dovecot.i_info("Hello")', "utf-8")
    return tmp_path


def test_a_failure(folder: Path) -> None:
    """
    Failures are shown with place, difference and effects; the exit code is 1.
    """
    (folder / "push.luatest.yaml").write_text(TWO, "utf-8")
    done = luahost("test", cwd=folder)

    lines = done.stdout.decode().split("\n")
    assert done.returncode == 1
    assert lines[:6] == [
        "FAILED  push.luatest.yaml::bad",
        "  push.luatest.yaml:6: in the end: logs differ (- expected, + got)",
        "        info",
        '          - "Hi"',
        '          + "Hello"',
        "  what happened:",
    ]
    assert "    log       info: Hello" in lines
    assert lines[-2].startswith("1 failed, 1 passed in ")


def test_json_and_choices(folder: Path) -> None:
    """
    ``--json`` is one object a test and a summary; ``-k`` chooses tests, and ``--dialect`` where they run.
    """
    (folder / "push.luatest.yaml").write_text(TWO, "utf-8")
    done = luahost("test", "-k", "GOOD", "--dialect", "all", "--json", "push.luatest.yaml", cwd=folder)

    *tests, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [test["test"] for test in tests] == [
        f"push.luatest.yaml::good[{dialect}-lua5.4]" for dialect in ("documented", "2.3", "2.4")
    ]
    assert {effect["effect"] for effect in tests[0]["effects"]} == {"call", "log"}
    assert last["summary"]["passed"] == 3


def test_specs(folder: Path) -> None:
    """
    Lua specs are found beside scenarios and chosen by tags in their names; a broken test is no failure.
    """
    (folder / "push.luatest.yaml").write_text(GOOD, "utf-8")
    (folder / "push_spec.lua").write_text(
        'it("bad #now", function()\n  push:deliver()\n  assert.equal("Hi", push.logs[1].text)\nend)\n'
        'it("broken #now", function() push:delivr() end)\nit("other", function() end)\n',
        "utf-8",
    )
    done = luahost("test", "-k", "#now", cwd=folder)

    lines = done.stdout.decode().split("\n")
    assert done.returncode == 2
    assert lines[:4] == [
        "FAILED  push_spec.lua::bad #now",
        "  push_spec.lua:3: Expected objects to be equal.",
        "    Passed in:",
        "    (string) 'Hello'",
    ]
    assert "  push_spec.lua:5: push has no delivr; did you mean deliver?" in lines
    assert lines[-2].startswith("1 failed, 1 error in ")


def test_bad_input(folder: Path) -> None:
    """
    Without tests, and with a broken one, the exit code is 2; the others are run all the same.
    """
    nothing = luahost("test", cwd=folder)
    (folder / "good.luatest.yaml").write_text("script: push.lua\n" + GOOD, "utf-8")
    (folder / "bad.luatest.yaml").write_text("script: push.lua\nwhn: []\n", "utf-8")
    broken = luahost("test", cwd=folder, GITHUB_ACTIONS="true")

    assert nothing.returncode == 2
    assert nothing.stderr.startswith(b"luahost: no tests in .; their names end in .luatest.yaml")
    assert broken.returncode == 2
    assert 'bad.luatest.yaml:2:1: unknown key "whn" at the top; did you mean when?' in broken.stdout.decode()
    assert "::error file=bad.luatest.yaml,line=2,col=1,title=bad.luatest.yaml%3A%3Athe file itself::" in (
        broken.stdout.decode()
    )
    assert broken.stdout.decode().split("\n")[-2].startswith("1 error, 1 passed in ")


def test_lua_coverage(folder: Path) -> None:
    """
    The table comes after the tests, and a file of it where that is asked for; where too little ran, the exit
    code is 1 though all tests pass.
    """
    (folder / "push.lua").write_text(HANDLER % "if nil then print() end" + "function idle()\n  x()\nend\n")
    (folder / "push.luatest.yaml").write_text(GOOD, "utf-8")

    done = luahost("test", "--cov-lua-report", "lcov:push.info", "--cov-lua-fail-under", "99", cwd=folder)

    *_, row, _, _, file, complaint = done.stdout.decode().splitlines()
    assert done.returncode == 1
    assert row.split() == ["push.lua", "5/6", "83%", "3/4", "75%", "8"]
    assert (file, complaint) == ("lcov: push.info", "83.3% of the Lua lines ran, and 99% are asked for")
    assert "LF:6\nLH:5\n" in (folder / "push.info").read_text("utf-8")


def test_an_unknown_form_of_coverage(folder: Path) -> None:
    """
    A form of report that there is not is wrong usage.
    """
    done = luahost("test", "--cov-lua-report", "pdf", cwd=folder)

    assert (done.returncode, b"has no form 'pdf'" in done.stderr) == (2, True)


def test_watching_until_ctrl_c(folder: Path) -> None:
    """
    ``--watch`` runs the tests again when a script changes, and Ctrl-C ends it with the last run's exit code.
    """
    (folder / "push.luatest.yaml").write_text(TWO, "utf-8")
    words = [sys.executable, "-m", "luahost", "test", "--watch"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        words, cwd=folder, stdout=subprocess.PIPE, encoding="utf-8", env=environment
    ) as running:
        assert running.stdout is not None
        first = list(iter(running.stdout.readline, "waiting for a change; Ctrl-C ends\n"))
        (folder / "push.lua").write_text(HANDLER % 'dovecot.i_info("Hi")', "utf-8")
        second = list(iter(running.stdout.readline, "waiting for a change; Ctrl-C ends\n"))
        running.send_signal(signal.SIGINT)
        code = running.wait(20)

    assert first[-1].startswith("1 failed, 1 passed in ")
    assert second[:2] == ["\n", "changed: ./push.lua\n"]
    assert second[-1].startswith("2 passed in ")
    assert code == 0


@pytest.fixture
def many(folder: Path) -> Path:
    """
    The folder with tests of all kinds, that end in all ways.
    """
    then = ("{logs: [info: Hello]}", "{logs: [info: Hi]}", "snapshot", "{handlers: [MessageRead]}")
    scenarios = "".join(f"  - name: number {number}\n    then: {then[number % 4]}\n" for number in range(12))
    (folder / "push.luatest.yaml").write_text(
        f'when: [deliver: "Subject: Hi"]\ndialects: all\nscenarios:\n{scenarios}', "utf-8"
    )
    (folder / "push_spec.lua").write_text(
        'it("delivers", function() push:deliver() end)\npending("later")\n'
        'it("fails", function() error("no") end)\n',
        "utf-8",
    )
    (folder / "bad.luatest.yaml").write_text("whn: []\n", "utf-8")
    return folder


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ("-v --github --cov-lua-report lcov", 2),
        ("--json --cov-lua", 2),
        ("-x push.luatest.yaml", 1),
        ("--update push.luatest.yaml", 1),
        ("-v --isolate push_spec.lua", 2),
    ],
)
def test_several_processes_say_the_same(many: Path, options: str, code: int) -> None:
    """
    In however many processes tests are run, all that is said, written and answered is the same, but for times
    and numbers of processes.
    """
    found = []
    for jobs in ("1", "2", "5"):
        done = luahost("test", *options.split(), "--jobs", jobs, cwd=many)
        written = {file: file.read_text("utf-8") for file in many.rglob("*") if file.suffix in _WRITTEN}
        for file in written:
            file.unlink()
        same = re.sub(r"\b[0-9.]+ m?s\b|\"seconds\": [0-9.e-]+|<[0-9]+>", "…", done.stdout.decode())
        found.append((done.returncode, same, done.stderr, written))

    assert found[1:] == [found[0], found[0]]
    assert found[0][0] == code


def test_more_processes_than_there_can_be(folder: Path) -> None:
    """
    Where the system gives no more of them, that is said, and none is left.
    """
    then = "".join(f"  - name: number {number}\n" for number in range(200))
    (folder / "push.luatest.yaml").write_text(f'when: [deliver: "Subject: Hi"]\nscenarios:\n{then}', "utf-8")
    done = subprocess.run(
        ["sh", "-c", 'ulimit -n 40 && exec "$0" -m luahost test --jobs 100', sys.executable],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 1
    assert (
        done.stderr == b"luahost: no process to run tests in: Too many open files; fewer --jobs need fewer\n"
    )


_WRITTEN = (".json", ".lcov")

ENDLESS = """\
limits:
  {call_seconds: none, call_instructions: none, transaction_seconds: none, transaction_instructions: none}
scenarios:
  - {name: first, when: [deliver: "Subject: Hi"]}
  - {name: second, when: [deliver: "Subject: Hi"]}
  - {name: third, when: [deliver: "Subject: endless"]}
  - {name: fourth, when: [deliver: "Subject: endless"]}
"""


LOOPS = "while true do end"
HANGS = "string.find(('a'):rep(60), ('a*'):rep(30) .. 'b')"


@pytest.mark.parametrize(
    ("number", "jobs", "body"),
    [
        *((number, "2", LOOPS) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)),
        *((signal.SIGINT, jobs, HANGS) for jobs in ("1", "2")),
    ],
)
def test_no_process_is_left(folder: Path, number: signal.Signals, jobs: str, body: str) -> None:
    """
    Ctrl-C, asked for again, ends all processes without a traceback, whatever Lua does, and so does whatever
    else ends luahost.
    """
    endless = f"if event.subject == 'endless' then require('pipe') {body} end"
    (folder / "push.lua").write_text(HANDLER % endless, "utf-8")
    (folder / "push.luatest.yaml").write_text(ENDLESS, "utf-8")
    os.mkfifo(folder / "pipe.lua")
    words = [sys.executable, "-m", "luahost", "test", "-v", "--jobs", jobs]
    with subprocess.Popen(
        words,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as running:
        assert running.stdout is not None
        begun = [running.stdout.readline().split()[1] for _ in range(2)]
        # Which waits for somebody to read it.
        (folder / "pipe.lua").write_text("return 1", "utf-8")
        code = None
        while code is None:
            running.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = running.wait(0.05)
        # Which ends only when no process has it any more.
        rest = running.stdout.read()

    assert begun == ["push.luatest.yaml::first", "push.luatest.yaml::second"]
    assert (rest, code) == ("", -number)


SENDS = """local body, why = require("socket.http").request("http://push.example/")
if not body then error(why) end"""


def test_faults(tmp_path: Path) -> None:
    """
    ``--faults`` adds what faults of the endpoint do; an error that one brings out of a script is a failure.
    """
    (tmp_path / "push.lua").write_text(HANDLER % SENDS, "utf-8")
    (tmp_path / "push.luatest.yaml").write_text("endpoint: {/: 200}\n" + GOOD, "utf-8")

    wrong = luahost("test", "--fault", "fire", cwd=tmp_path)
    table = luahost("test", "--fault", "refused", "--fault", "unavailable", cwd=tmp_path)
    lines = luahost("test", "--faults", "--json", cwd=tmp_path)

    assert (wrong.returncode, wrong.stdout) == (2, b"")
    assert table.returncode == 1
    assert table.stdout.decode().split("\n")[1:] == [
        "",
        "1 scenario under 2 faults: refused, unavailable",
        "",
        "push.lua",
        "  no transaction waits",
        "",
        "dovecot_lua_notify_event_message_new: 1 message",
        "  fault          lost  longest call  all calls",
        "  refused      1 of 1             -          -",
        "  unavailable  1 of 1             -          -",
        "  error under refused:",
        "    push.lua:6: connection refused",
        "",
    ]
    found = [json.loads(line) for line in lines.stdout.splitlines()]
    assert found[-1] == {
        "faults": {"names": [*FAULTS], "scenarios": 1, "others": 0, "not_run": 0, "left_out": []}
    }
    assert {one["fault"] for one in found[2:-1]} == set(FAULTS)


def test_what_ended_early_is_not_run_under_faults(folder: Path) -> None:
    """
    ``-x`` means to look at the first failure; nothing comes after it.
    """
    (folder / "push.luatest.yaml").write_text(TWO + "  - name: third\n", "utf-8")
    done = luahost("test", "-x", "--fault", "refused", cwd=folder)

    assert done.returncode == 1
    assert done.stdout.decode().split("\n")[-2].startswith("1 failed, 1 passed, 1 not run in ")


def test_the_documents_know_every_option() -> None:
    """
    ``docs/scenarios.md`` has every option of the verb.
    """
    documents = (ROOT / "docs/scenarios.md").read_text("utf-8")
    verbs = argparse.ArgumentParser().add_subparsers()
    test.add_to(verbs)
    (verb,) = verbs.choices.values()
    options = [word for action in verb._actions for word in action.option_strings if action.dest != "help"]

    assert "--watch" in options
    assert [option for option in options if f"`{option}" not in documents] == []
