"""
The page of dialects is the table of dialects.
"""

from __future__ import annotations

from tests.dialects_page import PAGE, page


def test_the_page_is_made_from_the_table() -> None:
    """
    ``docs/dialects.md`` is what ``make docs`` writes.
    """
    assert PAGE.read_text("utf-8") == page(), "run: make docs"
