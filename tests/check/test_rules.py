"""
Every rule finds what its bad example shows, and no rule has anything against its good one.
"""

from __future__ import annotations

import pytest

from luahost.check import Options, check_text
from luahost.check.rule import Rule
from luahost.check.rules import RULES
from tests.check.rules_page import PAGE, page

NAMES = [rule.name for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_bad_example(rule: type[Rule]) -> None:
    """
    A rule finds what its bad example shows, as bad as it says, and where it says.
    """
    asked = Options(rules={rule.name: rule.severity})
    report = check_text("push.lua", rule.example("bad").encode(), asked)

    assert rule.name in [finding.rule for finding in report.findings]


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_good_example(rule: type[Rule]) -> None:
    """
    No rule finds anything in a good example; the rule itself not even if it is asked for.
    """
    asked = Options(rules={rule.name: rule.severity})
    report = check_text("push.lua", rule.example("good").encode(), asked)

    assert report.findings == ()


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_named_for_people(rule: type[Rule]) -> None:
    """
    A rule has an identifier that can be typed, and says in words what it finds and why that is bad.
    """
    assert rule.name.replace("-", "").isalpha()
    assert rule.title
    assert rule.reason.endswith(".")


def test_names_are_unique() -> None:
    """
    No two rules have the same identifier.
    """
    assert len(set(NAMES)) == len(NAMES)


def test_page() -> None:
    """
    ``docs/rules.md`` is made from the rules (`make docs` writes it).
    """
    assert PAGE.read_text("utf-8") == page()
