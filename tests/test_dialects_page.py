"""
The page of dialects, and the README's table, are the table of dialects.
"""

from __future__ import annotations

from dataclasses import fields

from luahost.dialects import Dialect
from tests.dialects_page import GROUPS, PAGE, README, page, readme


def test_the_page_is_made_from_the_table() -> None:
    """
    ``docs/dialects.md`` is what ``make docs`` writes.
    """
    assert PAGE.read_text("utf-8") == page(), "run: make docs"


def test_the_readmes_table_is_made_from_the_table() -> None:
    """
    So is the table in the README.
    """
    text = README.read_text("utf-8")

    assert text == readme(text), "run: make docs"


def test_no_switch_stands_in_two_groups() -> None:
    """
    Each switch has one row, and each name in a group is a switch.
    """
    named = [name for names in GROUPS.values() for name in names.split()]

    assert len(named) == len(set(named))
    assert set(named) <= {field.name for field in fields(Dialect)}
