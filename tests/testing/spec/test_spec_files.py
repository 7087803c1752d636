"""
A spec as a file: what it needs to be used at all, what it says of itself, and what it may see of others.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.errors import InputError
from luahost.testing.spec import load
from luahost.testing.spec.directives import directives
from tests.ordinary_user import ordinary_user
from tests.testing.spec.conftest import NOTIFY, RunSpec, it, report


def test_what_a_spec_can_require(run_spec: RunSpec) -> None:
    """
    Besides what the script can, a spec requires luassert's modules; the script itself sees none of busted's
    words.
    """
    outcomes = run_spec(
        """
        require "busted.runner"()
        local luassert, spy, say = require "luassert", require "luassert.spy", require "say"
        it("has them", function()
          luassert.is_true(spy == require("busted").spy)
          luassert.equal(_G.assert, real_assert)
          luassert.is_nil(_G.describe)
          luassert.is_function(require("socket.http").request)
          assert.error_matches(function() require("nowhere") end, "module 'nowhere' not found")
        end)
        """,
        script=NOTIFY + "real_assert = assert\n",
    )

    assert [outcome.result for outcome in outcomes] == ["passed"], report(outcomes[0])


def test_dialects_and_versions(run_spec: RunSpec) -> None:
    """
    The file says in which dialects and Lua versions its tests run, and who runs it may say otherwise.
    """
    head = "-- luahost: dialects 2.3, 2.4\n-- luahost: lua 5.3 5.4\n"
    outcomes = run_spec(it("push:deliver()", head), script=NOTIFY)
    assert [outcome.variant for outcome in outcomes] == [
        "2.3-lua5.3",
        "2.3-lua5.4",
        "2.4-lua5.3",
        "2.4-lua5.4",
    ]
    assert {outcome.result for outcome in outcomes} == {"passed"}

    (outcome,) = run_spec(it("assert.equal('Lua 5.5', _VERSION)", head), dialects=("2.4",), lua=("5.5",))
    assert (outcome.variant, outcome.result) == ("", "passed")


def test_a_script_that_does_not_load(run_spec: RunSpec) -> None:
    """
    Its spec is one test that fails, with the script's line.
    """
    (outcome,) = run_spec(it("push:deliver()"), script="local x = = 1\n")

    assert (outcome.name, outcome.result) == ("the script", "failed")
    assert outcome.problems[0].place == "push.lua:1"


def test_no_other_file_is_shown(run_spec: RunSpec, tmp_path: Path) -> None:
    """
    A report has lines of the spec and of what was loaded, and of no file that a chunk is only called by.
    """
    (tmp_path / "secret.txt").write_text("the secret\n")
    script = NOTIFY + 'function tell() load("error(\'no\')", "@secret.txt")() end\n'
    outcomes = run_spec(
        """
        it("calls", function() tell() end)
        it("acts", function()
          stub(_G, "dovecot_lua_notify_end_txn").invokes(tell)
          push:deliver()
        end)
        """,
        script=script,
    )

    assert [outcome.problems[0].place for outcome in outcomes] == ["secret.txt:1"] * 2
    assert not [outcome.report for outcome in outcomes if "the secret" in outcome.report]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("it(", "push_spec.lua:1: unexpected symbol near <eof>"),
        ("\nlocal x = nil .. 1", "push_spec.lua:2: attempt to concatenate a nil value"),
        ('it("a", 5)', "push_spec.lua:1: bad argument #2 to 'it' (function expected, got number)"),
        ("push:deliver()", "push_spec.lua:1: push:deliver belongs in a test, or in before_each and the like"),
        (
            "-- luahost: dialect 2.3",
            'push_spec.lua:1: there is no directive "dialect"; did you mean dialects?',
        ),
        ("\n-- luahost: dialects 2.5", 'push_spec.lua:2: no dialect "2.5"; did you mean 2.'),
        ("-- luahost: lua 5.9", 'push_spec.lua:1: no Lua "5.9"; did you mean 5.'),
        ("-- luahost: set x", "push_spec.lua:1: a setting is NAME=VALUE"),
        ("-- luahost: user", "push_spec.lua:1: user needs a value behind it"),
        ("-- luahost: limit x=1", "push_spec.lua:1: there is no limit 'x'"),
        ("-- luahost: seed x", 'push_spec.lua:1: a seed is a whole number, not "x"'),
        ("-- luahost: script none.lua", "push_spec.lua:1: there is no script none.lua"),
        ("-- luahost: limit call_instructions=20000\nwhile true do end", "push_spec.lua:2: luahost stopped"),
    ],
)
def test_a_file_that_cannot_be_used(run_spec: RunSpec, source: str, words: str) -> None:
    """
    What is wrong with a spec file as a whole is said with its line.
    """
    with pytest.raises(InputError) as caught:
        run_spec(source)

    assert words in str(caught.value)


def test_a_script_that_cannot_be_read() -> None:
    """
    It is the spec file that cannot be used: others are.
    """
    with ordinary_user() as folder:
        (folder / "push.lua").write_text("")
        (folder / "push.lua").chmod(0)
        for text in ("", "-- luahost: script push.lua\n"):
            with pytest.raises(
                InputError, match=r"the script \S+/push\.lua cannot be read: Permission denied"
            ):
                directives(text.encode(), file=f"{folder}/push_spec.lua")


def test_a_spec_without_a_script(tmp_path: Path) -> None:
    """
    A spec that names no script, and is named for none, says how to name one.
    """
    (tmp_path / "push_spec.lua").write_text(it(""))

    with pytest.raises(InputError, match=r"-- luahost: script push\.lua"):
        load(f"{tmp_path}/push_spec.lua")


def test_directives(run_spec: RunSpec) -> None:
    """
    Comments say whose mail it is, and what is there before.
    """
    head = (
        "\ufeff-- luahost: user alice@example.org\r\n-- luahost: ignore=any it is for luahost check\n"
        "-- luahost: mailbox Work\n"
        "-- luahost: debug\n-- luahost: seed 7\n-- luahost: set a = b c\n"
    )
    body = """
      push:deliver{mailbox = "Work"}
      assert.equal("alice@example.org", push.user)
      assert.equal("MessageNew", push.events[1].name)
      assert.equal("debug", push.logs[1].level)
      assert.equal("b c", os.getenv("a"))
    """
    (outcome,) = run_spec(it(body, head), script=NOTIFY, dialects=("2.3",))

    assert outcome.result == "passed", report(outcome)
