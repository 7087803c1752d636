"""
The beginning of a message's text, as one line for a notification.

Dovecot's algorithm (2.3.19.1 and 2.4.1 alike): white space shrinks to single spaces, lines that begin
with ``>`` are set aside and shown only if there is nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable

from luahost import patterns

MAX_CHARACTERS = 200

_WHITE = " \t\n\r\v\f"
_TOKEN = patterns.compile(r"\n|[ \t\r\v\f]+|[^ \t\n\r\v\f]+")
_UNSEEN = str.maketrans("", "", "\0\ufeff")


def make_snippet(pieces: Iterable[str]) -> str:
    """
    The snippet of a text.

    Args:
        pieces: The text, cut anywhere. No more is taken than the snippet needs.
    """
    text, quoted = _Line(MAX_CHARACTERS), _Line(MAX_CHARACTERS - len(">"))
    line = text
    is_line_start, is_space_due = True, False
    for token in (found[0] for piece in pieces for found in _TOKEN.finditer(piece)):
        if is_line_start:
            line = quoted if token[0] == ">" else text
        if token[0] in _WHITE:
            is_space_due = is_space_due or bool(line.words)
        else:
            word = token[is_line_start and line is quoted :].translate(_UNSEEN)
            # The space between is the next line's, even if it is the first thing on the other side.
            if word and not line.add(word, is_space_due) and line is text:
                break
            is_space_due = is_space_due and not word
        is_line_start = token == "\n"
    if quoted.words and not text.words:
        return ">" + "".join(quoted.words)
    return "".join(text.words)


class _Line:
    """
    Words, up to a number of characters.
    """

    def __init__(self, room: int) -> None:
        self.room = room
        self.words: list[str] = []

    def add(self, word: str, with_space: bool) -> bool:
        """
        Add a word or the rest of one. False: it does not all fit, and nothing more will.

        Args:
            word: At least one character.

            with_space: Whether a space comes first. At the beginning that costs room without being seen.
        """
        if with_space:
            if self.room < 2:
                self.room = 0
                return False
            if self.words:
                self.words.append(" ")
            self.room -= 1
        if self.room:
            self.words.append(word[: self.room])
        is_fitting = len(word) <= self.room
        self.room -= min(len(word), self.room)
        return is_fitting
