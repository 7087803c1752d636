"""
Scenario files and coverage in runs of pytest.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import pytest

from luahost.testing.collect import LOADERS
from luahost.testing.coverage.options import add_options
from luahost.testing.layout import lay_out
from luahost.testing.plugin.options import ENDINGS
from tests.testing.plugin.conftest import PLUGIN, RunPytest

pytest_plugins = ["pytester"]

SCENARIOS = """\
script: push.lua
scenarios:
- name: a mail arrives
  dialects: [documented, "2.3"]
  when: [deliver: "Subject: Hi"]
  then: {logs: [{info: "new: Hi"}]}
- name: a mail arrives, and more is expected
  when: [deliver: "Subject: Hi"]
  then: {logs: [{info: "new: Hello"}]}
- name: the script fails
  when: [deliver: "Subject: fail"]
- name: not yet
  pending: the script cannot do this yet
  when: [deliver: "Subject: fail"]
"""


def test_scenarios_are_tests(run_pytest: RunPytest, pytester: pytest.Pytester) -> None:
    """
    Each scenario is a test with the outcome and the words of ``luahost test``.
    """
    pytester.path.joinpath("push.luatest.yaml").write_text(SCENARIOS)
    result = run_pytest("", "-rs", "--junit-xml=junit.xml")

    result.assert_outcomes(passed=2, failed=2, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "*___ a mail arrives, and more is expected ___*",
            "push.luatest.yaml:*",
            "*--- what happened ---*",
            "*___ the script fails ___*",
            "push.lua:9: dovecot_lua_notify_event_message_new failed: no such luck",
            "SKIPPED*push.luatest.yaml:*: the script cannot do this yet",
        ]
    )
    result.stdout.no_fnmatch_line("*luahost/testing*")
    cases = ElementTree.parse(pytester.path / "junit.xml").getroot().iter("testcase")
    assert "a mail arrives[2.3-lua5.4]" in [case.get("name") for case in cases]


def test_specs_are_tests(run_pytest: RunPytest, pytester: pytest.Pytester) -> None:
    """
    Each test of a Lua spec is one of pytest's, in each of its dialects.
    """
    pytester.path.joinpath("push_spec.lua").write_text(
        """
        -- luahost: dialects 2.3 2.4
        describe("push.lua", function()
          it("hears of mail", function()
            push:deliver { subject = "Hi" }
            assert.are.equal("new: Ho", push.logs[1].text)
          end)
          pending("is not done yet")
        end)
        """
    )
    result = run_pytest("", "-rs")

    result.assert_outcomes(failed=2, skipped=2)
    result.stdout.fnmatch_lines(
        [
            "*___ push.lua hears of mail[[]2.4-lua5.4] ___*",
            "push_spec.lua:6: Expected objects to be equal.",
            "> 6 |*push.logs[[]1].text)",
            "*--- what happened ---*",
            "SKIPPED [[]2] push_spec.lua:8: *",
        ]
    )
    result.stdout.no_fnmatch_line("*luahost/testing*")


def test_names_of_any_bytes(run_pytest: RunPytest, pytester: pytest.Pytester) -> None:
    """
    Lua's strings need not be UTF-8, and what pytest keeps and writes has to be.
    """
    spec = b'describe("x", function() it("\xff", function() assert.equal("\xfe", "a") end) end)\n'
    pytester.path.joinpath("push_spec.lua").write_bytes(spec)
    result = run_pytest("", "--junit-xml=report.xml")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["FAILED push_spec.lua::x ?xff*"])
    assert r"x \xff" in pytester.path.joinpath("report.xml").read_text("utf-8")


def test_scenarios_are_selected(run_pytest: RunPytest, pytester: pytest.Pytester) -> None:
    """
    The command line's dialect and -k hold for scenarios, too.
    """
    pytester.path.joinpath("push.luatest.yaml").write_text(SCENARIOS)
    options = ["--luahost-dialect", "2.3", "--luahost-dialect", "2.4", "-k", "not more and arrives"]
    result = run_pytest("", *options, "-v")

    result.assert_outcomes(passed=2, deselected=6)
    assert result.ret == 0


def test_files_of_others(run_pytest: RunPytest, pytester: pytest.Pytester) -> None:
    """
    A project says which files are luahost's, for names that others use as well.
    """
    pytester.path.joinpath("push.luatest.yaml").write_text(SCENARIOS)
    pytester.makeini("[pytest]\nluahost_files = .luatest.yml\n")

    run_pytest("def test_a(): pass").assert_outcomes(passed=1)


def test_snapshots(run_pytest: RunPytest, pytester: pytest.Pytester) -> None:
    """
    ``--luahost-update`` writes snapshots, with which the next run compares.
    """
    scenario = 'when: [deliver: "Subject: {}"]\nthen: snapshot\n'
    pytester.path.joinpath("push.luatest.yaml").write_text(scenario.format("Hi"))
    run_pytest("", "--luahost-update").assert_outcomes(passed=1)

    pytester.path.joinpath("push.luatest.yaml").write_text(scenario.format("Ho"))
    result = run_pytest("")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*- *new: Hi*", "*+ *new: Ho*"])


def test_a_broken_scenario_file(run_pytest: RunPytest, pytester: pytest.Pytester) -> None:
    """
    A file that cannot be used is an error of collection, with its place.
    """
    pytester.path.joinpath("push.luatest.yaml").write_text("script: push.lua\nwhne: []\n")
    result = run_pytest("")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["push.luatest.yaml:2:1: *when*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_the_endings_are_those_of_luahost_test() -> None:
    """
    What ``luahost test`` runs pytest runs, too.
    """
    assert set(LOADERS) == set(ENDINGS)


TEST = """
    import pytest

    @pytest.mark.luahost(dialects=["documented", "2.3"])
    def test_a(push):
        push.deliver(subject="Hi")
    """


def test_coverage(run_pytest: RunPytest, pytester: pytest.Pytester) -> None:
    """
    Coverage of all tests and dialects together is shown, written and judged.
    """
    result = run_pytest(TEST, "--cov-lua-report=lcov:found.lcov", "--cov-lua-fail-under=99")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "=*= Lua coverage =*=",
            "push.lua *80%*",
            "lcov: found.lcov",
            "80.0% of the Lua lines ran, and 99% are asked for",
        ]
    )
    assert pytester.path.joinpath("found.lcov").exists()


def test_coverage_of_nothing(run_pytest: RunPytest) -> None:
    """
    Where no script ran, coverage says so; options that mean nothing end the run before it begins.
    """
    result = run_pytest("def test_a(): pass", "--cov-lua")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["=*= Lua coverage =*="])

    result = run_pytest("def test_a(): pass", "--cov-lua-report=pdf")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--cov-lua-report has no form 'pdf'; there are html, lcov, cobertura"])


def test_the_options_are_those_of_luahost_test(pytester: pytest.Pytester) -> None:
    """
    The plugin has every option that coverage has.
    """
    names: list[str] = []
    add_options(lambda name, **more: names.append(name))
    config = pytester.parseconfig(*PLUGIN)

    assert names
    assert all(config.getoption(name, default=json) is not json for name in names)


def test_the_first_project_passes(run_pytest: RunPytest, pytester: pytest.Pytester) -> None:
    """
    What ``luahost init`` lays out passes, and all lines of its script run.
    """
    assert all(laid.made for laid in lay_out("."))
    result = run_pytest(pytester.path.joinpath("test_push.py").read_text(), "--cov-lua", script=None)

    result.assert_outcomes(passed=18)
    result.stdout.fnmatch_lines(["push.lua *100% *100%"])
