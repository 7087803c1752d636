"""
HTML → text for the snippet. No parser of HTML: only what Dovecot does to find readable words.

Every tag is a space, or in a quote a new line that begins with ``>`` as in plain text; comments and the
content of scripts and styles are nothing. Entities are those of HTML 4 and ``&apos;``; they need their
semicolon, and what looks like one and is none is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from luahost import patterns

_WHITE = " \t\n\r\v\f"

_MARK = patterns.compile(r"[<&]")
_ENTITY = patterns.compile(r"&([^; \t\r\n]{0,9});")
_CUT_ENTITY = patterns.compile(r"&[^; \t\r\n]{0,10}\Z")
_NUMBER = {10: patterns.compile("[0-9]+"), 16: patterns.compile("[0-9A-Fa-f]+")}
_TAG = patterns.compile(r"""<(?:[^>"']|"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+')*+>""", re.DOTALL)
_CDATA = patterns.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\]{0,2}\Z)", re.DOTALL | re.IGNORECASE)
_CONTAINER = patterns.compile(r"<(script|style|blockquote)[ \t\r\n>]", re.IGNORECASE)
_END = {
    "script": patterns.compile("</script>", re.IGNORECASE),
    "style": patterns.compile("</style>", re.IGNORECASE),
}
_QUOTE_END = patterns.compile("</blockquote>", re.IGNORECASE)
_DASHES = patterns.compile(r"--[ \t\r\n]*+(.|\Z)", re.DOTALL)
"""In a comment: ``>`` behind the dashes ends it; any other character takes the dashes with it."""


def html_to_text(html: str) -> Iterator[str]:
    """
    The text of an HTML document, in pieces. Line ends of the source stay.
    """
    return _Converter(html).pieces()


class _Converter:
    """
    A place in a document, how many quotes it is in, and the last character of the text so far.
    """

    def __init__(self, html: str) -> None:
        self.html = html
        self.at = 0
        self.quotes = 0
        self.last = "\n"

    def pieces(self) -> Iterator[str]:
        """
        The text that follows.
        """
        while self.at < len(self.html):
            piece = self._pass_one()
            self.last = piece[-1:] or self.last
            yield piece

    def _pass_one(self) -> str:
        """
        Pass one text, entity, comment or tag and say what it reads as.
        """
        html, at = self.html, self.at
        mark = _MARK.search(html, at)
        if mark is None or mark.start() > at:
            self.at = mark.start() if mark else len(html)
            return html[at : self.at]
        if mark[0] == "&":
            entity = _ENTITY.match(html, at)
            if _CUT_ENTITY.match(html, at):
                self.at = len(html)
                return ""
            self.at = entity.end() if entity else at + 1
            return _entity_text(entity[1]) if entity else ""
        if html.startswith("<!--", at):
            self._skip_comment()
            return ""
        if cdata := _CDATA.match(html, at):
            self.at = cdata.end()
            return cdata[1]
        return self._pass_tag()

    def _skip_comment(self) -> None:
        dashes = None
        for dashes in _DASHES.finditer(self.html, self.at + len("<!--")):
            if dashes[1] == ">":
                self.at = dashes.end()
                return
        self.at = len(self.html)

    def _pass_tag(self) -> str:
        container = _CONTAINER.match(self.html, self.at)
        name = container[1].lower() if container else ""
        tag = _TAG.match(self.html, self.at)
        self.at = tag.end() if tag else len(self.html)
        if name == "blockquote":
            self.quotes += 1
        elif name:
            end = _END[name].search(self.html, self.at)
            self.at = end.end() if end else len(self.html)
        elif self.quotes and tag and _QUOTE_END.fullmatch(tag[0]):
            self.quotes -= 1
            if not self.quotes:
                return "\n"
        if self.quotes and name not in _END:
            return "\n> "
        # A tag behind white space is nothing, so that a line may still begin with ">".
        return "" if self.last in _WHITE else " "


def _entity_text(name: str) -> str:
    if name.startswith("#"):
        return _character(name[1:])
    return _named_entities().get(name, "")


def _character(number: str) -> str:
    digits, base = (number[1:], 16) if number.startswith("x") else (number, 10)
    if not _NUMBER[base].fullmatch(digits):
        return ""
    code = int(digits, base)
    return "" if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF else chr(code)


@lru_cache(maxsize=1)
def _named_entities() -> dict[str, str]:
    # Imported late: two thousand names that few messages need.
    from html.entities import html5, name2codepoint

    return {name: html5[name + ";"] for name in (*name2codepoint, "apos")}
