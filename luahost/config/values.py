"""
Values: what is written after the ``=`` as text, with variables and ``<FILE`` resolved.

A value that nobody asks for may be as broken as it likes: most settings of a configuration are other
parts' business, and luahost need not be able to read the keys of the TLS certificate.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from luahost.config.files import Files, UnreadableFileError
from luahost.config.lines import BLANKS, beside
from luahost.config.origin import ConfigError, Origin
from luahost.config.quoting import QUOTES, unquoted
from luahost.dataclass import dataclass

MAX_VALUE = 1024 * 1024
"""Characters of a value; twenty lines that double each other's variables are a million."""

ENVIRONMENT = "$ENV:"

Lookup = Callable[[str], str | None]
"""The value of a variable by what follows its ``$``; None if there is none."""


@dataclass(frozen=True, slots=True)
class Value:
    """
    What a setting is set to.

    Attributes:
        text: With variables replaced; empty if there is a ``fault``.

        origin: Where it is set.

        fault: Why it cannot be used.

        file: The file that the text is read from when somebody asks for it.
    """

    text: str
    origin: Origin
    fault: ConfigError | None = None
    file: str | None = None

    def used(self, files: Files) -> str:
        """
        The text.

        Raises:
            ConfigError: It cannot be used.
        """
        if self.fault is not None:
            raise self.fault
        return self.text if self.file is None else file_content(self.file, self.origin, files)


def read_value(written: str, origin: Origin, lookup: Lookup, files: Files) -> str:
    """
    The text of a value as it is written.

    Raises:
        ConfigError: It names a variable or a file that is not there, or grows too long.
    """
    text = unquoted(written)
    if text is not None:
        return text
    if written.startswith("<"):
        return file_content(file_named(written), origin, files)
    # What begins with a quote is taken as it is, even if the quote is never closed.
    if "$" not in written or written.startswith(QUOTES):
        return written
    text = " ".join(word_value(word, origin, lookup) for word in words_of(written))
    if len(text) > MAX_VALUE:
        raise origin.error(f"the value is longer than {MAX_VALUE} characters with its variables")
    return text


def value_of(written: str, origin: Origin, lookup: Lookup, files: Files, *, meant: bool) -> Value:
    """
    What a setting is: its value, the file that it takes that from, or what is wrong with it.

    Args:
        written: As it stands there.

        origin: Where.

        lookup: What variables are.

        files: What files hold.

        meant: Whether somebody asks for it: then a file is read, and what is wrong with it raised.

    Raises:
        ConfigError: It cannot be had.
    """
    if not meant and written.startswith("<"):
        return Value("", origin, file=file_named(written))
    try:
        return Value(read_value(written, origin, lookup, files), origin)
    except ConfigError as error:
        if meant:
            raise
        return Value("", origin, error)


def words_of(written: str) -> list[str]:
    """
    The words between blanks. A tab divides only after a blank, as in Dovecot.
    """
    words, rest = [], written
    while rest:
        word, _, rest = rest.partition(" ")
        words.append(word)
        rest = rest.lstrip(BLANKS)
    return words


def word_value(word: str, origin: Origin, lookup: Lookup) -> str:
    """
    A word, or what a variable stands for.
    """
    if not word.startswith("$"):
        return word
    if word.startswith(ENVIRONMENT):
        return os.environ.get(word.removeprefix(ENVIRONMENT), "")
    value = lookup(word.removeprefix("$"))
    if value is None:
        raise origin.error(
            f"Unknown variable: {word}; a $ at the beginning of a word names a setting that is set above, "
            "put the value in quotes if it is not meant so"
        )
    return value


def file_named(written: str) -> str:
    """
    The file that ``<FILE`` names.
    """
    return written[1:].lstrip(BLANKS)


def file_content(name: str, origin: Origin, files: Files) -> str:
    """
    All of the file that ``<NAME`` names, line ends included.
    """
    try:
        data = files.read(beside(origin.file, name))
    except UnreadableFileError as error:
        raise origin.error(
            f"Can't open file {name}: {error}; the value begins with <, so it is read"
        ) from None
    return data.partition(b"\0")[0].decode("utf-8", "surrogateescape")
