"""
What RFC 5322 and RFC 2045 call lexical tokens: comments, atoms, quoted strings, phrases.

The readers of addresses, dates and content types share this one ``Lexer`` over a header's value. It
reads as leniently as Dovecot 2.3.19.1 and 2.4.1 do, which is not what the RFCs say: bytes from 128 up
are letters, and dots may stand where they like in names and local parts.
"""

from __future__ import annotations

import re

from luahost import patterns

_BLANK = patterns.compile(rb"[ \t\r\n]*")
_ATOM = patterns.compile(rb"[!#-'*+\-/0-9=?A-Z^-~\x80-\xff]*")
_DOTTED_WORD = patterns.compile(rb"[!#-'*+\-./0-9=?A-Z^-~\x80-\xff]*")
_DOTS = patterns.compile(rb"\.*")
_MIME_TOKEN = patterns.compile(rb"[!#-'*+\-.0-9A-Z^-~\x80-\xff]*")
_COMMENT_MARK = patterns.compile(rb"[()\\]")
_QUOTED = patterns.compile(rb'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_QUOTED_PAIR = patterns.compile(rb"\\(.)", re.DOTALL)
_LINE_END = patterns.compile(rb"\r?\n")


class Malformed(ValueError):
    """
    The value does not go on as the grammar wants it. Never leaves this package.
    """


class Lexer:
    """
    A place in a header's value, and what can be read from there.

    Every reader leaves the place after what it read and the blanks and comments that follow; each
    raises ``Malformed`` where its token does not begin or end, or where a comment does not end. Some
    write onto a buffer as they go, so that what stood before the fault is not lost.

    Attributes:
        at: The place.

        comment: Content of the comment that was passed last, empty before the first. Of one that does
            not end, the lines before its last.
    """

    def __init__(self, value: bytes) -> None:
        self.value = value
        self.at = 0
        self.comment = b""

    @property
    def next(self) -> bytes:
        """
        The byte at the place, empty at the end.
        """
        return self.value[self.at : self.at + 1]

    def skip_blanks(self) -> None:
        """
        Pass white space and comments.
        """
        while True:
            self.at = self._end(_BLANK)
            if self.next != b"(":
                return
            self._skip_comment()

    def atom(self) -> bytes:
        """
        RFC 5322's atom.
        """
        return self._word(_ATOM)

    def token(self) -> bytes:
        """
        RFC 2045's token.
        """
        return self._word(_MIME_TOKEN)

    def token_or_nothing(self) -> bytes:
        """
        RFC 2045's token, or nothing where none begins.
        """
        return self.token() if self._end(_MIME_TOKEN) > self.at else b""

    def dotted_atoms(self) -> bytes:
        """
        A dot-atom with blanks and comments allowed round its dots, as domains have it.
        """
        parts = [self.atom()]
        while self.next == b".":
            self.at += 1
            self.skip_blanks()
            parts.append(self.atom())
        return b".".join(parts)

    def dots(self) -> bytes:
        """
        Any number of dots. What follows must follow at once.
        """
        start = self.at
        self.at = self._end(_DOTS)
        return self.value[start : self.at]

    def quoted(self, onto: bytearray) -> None:
        """
        Add the content of a quoted string, without its quoting and line ends; of one that does not end,
        the lines before its last.
        """
        found = _QUOTED.match(self.value, self.at)
        if found is None:
            onto += _unfinished(self.value[self.at + 1 :])
            self.at = len(self.value)
            raise Malformed
        self.at = found.end()
        onto += _unquote(found[1])
        self.skip_blanks()

    def phrase(self, onto: bytearray) -> None:
        """
        Add words and quoted strings, with one space between any two. There may be none.
        """
        if self.next == b".":
            raise Malformed
        while True:
            if self.next == b'"':
                self.quoted(onto)
            else:
                start, self.at = self.at, self._end(_DOTTED_WORD)
                onto += self.value[start : self.at]
                self.skip_blanks()
            if self.next != b'"' and self._end(_DOTTED_WORD) == self.at:
                return
            onto += b" "

    def _end(self, pattern: re.Pattern[bytes]) -> int:
        found = pattern.match(self.value, self.at)
        return found.end() if found else self.at

    def _word(self, pattern: re.Pattern[bytes]) -> bytes:
        start, self.at = self.at, self._end(pattern)
        if start == self.at:
            raise Malformed
        word = self.value[start : self.at]
        self.skip_blanks()
        return word

    def _skip_comment(self) -> None:
        start, depth = self.at + 1, 0
        while True:
            mark = _COMMENT_MARK.search(self.value, self.at)
            if mark is None:
                self.at = len(self.value)
                self.comment = _unfinished(self.value[start:])
                raise Malformed
            self.at = mark.end()
            if mark[0] == b"\\":
                self.at += 1
                continue
            depth += 1 if mark[0] == b"(" else -1
            if depth == 0:
                self.comment = _unquote(self.value[start : mark.start()])
                return


def _unquote(text: bytes) -> bytes:
    return _QUOTED_PAIR.sub(rb"\1", _LINE_END.sub(b"", text))


def _unfinished(text: bytes) -> bytes:
    """
    What has been taken of a text when its end proves to be missing: all up to the last line or quoted pair.
    """
    return _unquote(text[: max(text.rfind(b"\n"), text.rfind(b"\\", 0, -1), 0)])
