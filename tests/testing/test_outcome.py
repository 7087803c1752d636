"""
What reports say of a case: its name, its problems and where to look.
"""

from __future__ import annotations

from luahost.testing import Outcome, Problem


def test_node_names_file_test_and_variant() -> None:
    """
    A report calls a case by its file, its name, and dialect and Lua if there is a choice.
    """
    outcome = Outcome(file="push.luatest.yaml", name="mail", variant="2.3-lua5.4", line=3, result="passed")

    assert outcome.node == "push.luatest.yaml::mail[2.3-lua5.4]"
    assert Outcome(file="a", name="b", line=1, result="passed").node == "a::b"


def test_report_has_place_message_and_detail() -> None:
    """
    The report lists each problem with the place to look at, and is empty if there is none.
    """
    problems = (
        Problem(message="one call too many", file="push.luatest.yaml", line=9, detail="- a\n+ b"),
        Problem(message="no such thing", file="push.lua"),
    )
    outcome = Outcome(file="push.luatest.yaml", name="mail", line=3, result="failed", problems=problems)

    assert outcome.report == "push.luatest.yaml:9: one call too many\n- a\n+ b\n\npush.lua: no such thing"
    assert Outcome(file="a", name="b", line=1, result="passed").report == ""
