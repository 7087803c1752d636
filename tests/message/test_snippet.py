"""
The snippet of a text.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from luahost.message.snippet import make_snippet


@pytest.mark.parametrize(
    ("text", "snippet"),
    [
        ("", ""),
        (" \r\n\t a \n\n b\u00a0 c \n", "a b\u00a0 c"),
        ("> q1\n> q2\n", ">q1 q2"),
        ("On x wrote:\n> q\nreply", "On x wrote: reply"),
        (" > no quote", "> no quote"),
        ("\0a\ufeffb", "ab"),
        ("x" * 300, "x" * 200),
        ("ä" * 300, "ä" * 200),
        ("x" * 199 + " y", "x" * 199),
        ("x" * 198 + " yz", "x" * 198 + " y"),
        ("> " + "q" * 300, ">" + "q" * 199),
        ("> " + "q" * 300 + "\nreply", "reply"),
        ("> q\n" + "x" * 300, "x" * 199),
    ],
)
def test_a_snippet_is_one_line(text: str, snippet: str) -> None:
    """
    Single spaces, quotes only for want of anything else, at most 200 characters. Where the pieces were
    cut does not show.
    """
    assert make_snippet([text]) == snippet
    assert make_snippet(text) == snippet


def test_no_more_is_read_than_is_shown() -> None:
    """
    Of an endless text only the beginning is asked for.
    """

    def endless() -> Iterator[str]:
        while True:
            yield "word "

    assert make_snippet(endless()) == "word " * 39 + "word"
