"""
HTML made readable.
"""

from __future__ import annotations

import pytest

from luahost.message.html_text import html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a<b>b</b></p>", "a b "),
        ("a<br>\nb", "a \nb"),
        ('<a title=">">x', "x"),
        ("a <!-- b > c --> d", "a  d"),
        ("a<!-- b -- > c", "a c"),
        ("<style>p { }</style>x<script>if (a<b) y()</script>z", "x z"),
        ("<script>y</script >z", ""),
        ("<![CDATA[<b>]]>x", "<b>x"),
        ("&lt;&auml;&#228;&#xe4;&apos;&nbsp;", "<äää'\u00a0"),
        ("&bogus;&Amp;&#0xd800; &amp x", " amp x"),
        ("AT&T 1 < 2", "ATT 1 "),
        ("<blockquote>a<br>b</blockquote>c", "\n> a\n> b\nc"),
        ("<blockquote>a<blockquote>b</blockquote>c</blockquote>d", "\n> a\n> b\n> c\nd"),
    ],
)
def test_only_words_remain(html: str, text: str) -> None:
    """
    Tags are spaces, quotes are marked, entities are characters, and the rest is nothing.
    """
    assert "".join(html_to_text(html)) == text
