r"""
Configuration files as logical lines: comments gone, continued lines joined, included files in their place.

The rules are those of ``doveconf`` 2.3.19.1, odd ones included: a line goes on after a ``\`` at its end,
and if a comment or an empty line comes next, the whole beginning is lost without a word. Here it leaves a
:class:`~luahost.config.origin.Note`.

Knows nothing of settings and sections; that is ``statements``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from luahost.config.files import Files, UnreadableFileError
from luahost.config.origin import ConfigError, Note, Origin
from luahost.dataclass import dataclass

MAX_FILES = 10_000
"""Files read for one configuration; ten files that include the next one twice are a thousand reads."""

MAX_BYTES = 64 * 1024 * 1024
"""Bytes read for one configuration."""

BLANKS = " \t"

HIDDEN_IN_URL = "#hidden_use-P_to_show#"
"""What ``doveconf -n`` writes for login and password, and then reads as a comment itself."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """
    A logical line that holds something: no blanks at its ends, no comment.
    """

    text: str
    origin: Origin


OpenFile = tuple[str, str, Iterator[tuple[Origin, bytes]]]
"""Path, identity, and the lines not read so far."""


class LineReader:
    """
    Reads one configuration, from its first file to the last line of all that it includes.

    Attributes:
        notes: What was odd so far.
    """

    def __init__(self, files: Files) -> None:
        self.notes: list[Note] = []
        self._files = files
        self._pending: list[str] = []
        self._pending_at: Origin | None = None
        self._files_left = MAX_FILES
        self._bytes_left = MAX_BYTES

    def lines(self, path: str) -> Iterator[Line]:
        """
        Every logical line.

        Raises:
            ConfigError: The file cannot be read, or an ``!include`` in it cannot be followed.
        """
        try:
            data = self._files.read(path)
        except UnreadableFileError as error:
            words = "no such file" if error.absent else f"cannot be read: {error}"
            raise ConfigError(words, file=path) from None
        yield from self._lines(path, data)
        self._drop_pending("the file ends")

    def _lines(self, path: str, data: bytes) -> Iterator[Line]:
        """
        The lines of a file and of those that it includes; without recursion, which deep includes would end.
        """
        stack = [self._open(path, data)]
        while stack:
            open_path, _, numbered = stack[-1]
            for origin, raw in numbered:
                text = self._joined(origin, raw)
                if text is None:
                    continue
                pattern, optional = include_of(text)
                if pattern is None:
                    yield Line(text, origin)
                    continue
                identities = {identity for _, identity, _ in stack}
                stack += reversed(self._included(pattern, optional, origin, open_path, identities))
                break
            else:
                stack.pop()

    def _open(self, path: str, data: bytes) -> OpenFile:
        if data.startswith(BYTE_ORDER_MARK):
            words = "the file begins with a byte order mark, which Dovecot does not take; save it without one"
            raise Origin(path, 1).error(words)
        numbered = ((Origin(path, number), raw) for number, raw in enumerate(data.split(b"\n"), 1))
        return path, self._files.identity(path), numbered

    def _joined(self, origin: Origin, raw: bytes) -> str | None:
        """
        The logical line that a physical one ends; None if it ends none.
        """
        # A NUL ends a line for Dovecot. Values are not always UTF-8.
        text = raw.removesuffix(b"\r").partition(b"\0")[0].decode("utf-8", "surrogateescape").strip(BLANKS)
        if not text or text.startswith("#"):
            if self._pending_at is not None:
                self._drop_pending("a comment follows" if text else "an empty line follows")
            return None
        text = self._without_comment(text, origin)
        if text.endswith("\\"):
            piece = text[:-1].rstrip(BLANKS)
            if piece:
                self._pending.append(piece)
            self._pending_at = self._pending_at or origin
            return None
        text = " ".join([*self._pending, text])
        self._pending, self._pending_at = [], None
        return text

    def _without_comment(self, text: str, origin: Origin) -> str:
        end = comment_in(text)
        if end is None:
            return text
        if text.startswith(HIDDEN_IN_URL, end):
            words = "doveconf hid a secret here, and the rest of the line with it; doveconf -nP shows them"
            self.notes.append(Note(origin, words))
        elif text[end - 1] not in BLANKS:
            self.notes.append(
                Note(origin, 'the "#" begins a comment; put a blank before it, or quotes around')
            )
        return text[:end].rstrip(BLANKS)

    def _drop_pending(self, why: str) -> None:
        if self._pending and self._pending_at is not None:
            words = f"this line is lost: it ends with \\ and {why}, so Dovecot drops it"
            self.notes.append(Note(self._pending_at, words))
        self._pending, self._pending_at = [], None

    def _included(
        self, pattern: str, optional: bool, origin: Origin, path: str, identities: set[str]
    ) -> list[OpenFile]:
        """
        The files that an ``!include`` in ``path`` names, while those of these identities are open.
        """
        found = []
        names = self._files.matches(beside(path, pattern))
        if not names and not optional:
            words = f"!include {pattern}: no such file; !include_try takes it if there is one"
            raise origin.error(words)
        for name in names:
            included = self._open(name, self._included_data(name, optional, origin))
            if included[1] in identities:
                raise origin.error(f"Recursive include file: {name}")
            found.append(included)
        return found

    def _included_data(self, name: str, optional: bool, origin: Origin) -> bytes:
        self._files_left -= 1
        if self._files_left < 0:
            raise origin.error(f"more than {MAX_FILES} files are included")
        try:
            data = self._files.read(name)
        except UnreadableFileError as error:
            if error.directory:
                words = f"{name} is a directory, so nothing is included; Dovecot takes {name}/*.conf"
                self.notes.append(Note(origin, words))
            elif not optional:
                raise origin.error(f"!include {name}: cannot be read: {error}") from None
            return b""
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            raise origin.error(f"the included files are more than {MAX_BYTES} bytes")
        return data


def comment_in(text: str) -> int | None:
    """
    Where the comment of a line begins; a ``#`` within closed quotes begins none. None if there is none.
    """
    quote = ""
    at = 0
    while at < len(text):
        character = text[at]
        if quote:
            if character == "\\":
                at += 1
            elif character == quote:
                quote = ""
        elif character in "\"'":
            quote = character
        elif character == "#":
            return at
        at += 1
    return None


def include_of(text: str) -> tuple[str | None, bool]:
    """
    The pattern of an ``!include``, and whether it may match nothing; None for any other line.
    """
    for word, optional in (("!include", False), ("!include_try", True)):
        if text == word or (text.startswith(word) and text[len(word)] in BLANKS):
            return text[len(word) :].strip(BLANKS), optional
    return None, False


def beside(path: str, name: str) -> str:
    """
    A name as a file means it that stands in ``path``.
    """
    return os.path.join(os.path.dirname(path), name)
