"""
Logical lines as statements: a setting, the beginning of a block, its end.

Both versions write them alike, but for 2.4's quoted keys; what a block's name and a setting's value mean is
not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from luahost import patterns
from luahost.config.lines import BLANKS, Line
from luahost.config.origin import Origin
from luahost.config.quoting import unescaped
from luahost.dataclass import dataclass

_QUOTED_KEY = patterns.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)

MAX_DEPTH = 100
"""Blocks in each other; the deepest useful configuration has six."""


@dataclass(frozen=True, slots=True)
class Block:
    """
    ``KIND { … }`` or ``KIND NAME { … }``; ``name`` is empty where none is written.
    """

    kind: str
    name: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Setting:
    """
    ``KEY = VALUE``.

    Attributes:
        blocks: The blocks that it stands in, the outermost first.

        written: The value as it is written, quotes included.
    """

    blocks: tuple[Block, ...]
    key: str
    written: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Opening:
    """
    The beginning of the last of ``blocks``; the others are around it.
    """

    blocks: tuple[Block, ...]

    @property
    def origin(self) -> Origin:
        """
        The line of the ``{``.
        """
        return self.blocks[-1].origin


Statement = Setting | Opening


def statements(lines: Iterable[Line], *, quoted_keys: bool = False) -> Iterator[Statement]:
    """
    The statements of a configuration, in order. A block may begin in one file and end in another.

    Args:
        lines: What is in the files.

        quoted_keys: Whether a key may stand in double quotes, as in 2.4.

    Raises:
        ConfigError: A line is no statement, or the braces do not fit; in Dovecot's words, with what to do.
    """
    blocks: tuple[Block, ...] = ()
    for line in lines:
        if line.text == "}":
            if not blocks:
                raise line.origin.error("Unexpected '}': no block is open here; is a { missing above?")
            blocks = blocks[:-1]
            continue
        key, rest = key_and_rest(line.text, quoted=quoted_keys)
        if rest.startswith("="):
            yield Setting(blocks, key, rest[1:].strip(BLANKS), line.origin)
            continue
        if len(blocks) >= MAX_DEPTH:
            raise line.origin.error(f"more than {MAX_DEPTH} blocks in each other; is a }} missing above?")
        blocks = (*blocks, Block(key, block_name(key, rest, line.origin), line.origin))
        yield Opening(blocks)
    if blocks:
        block = blocks[-1]
        title = " ".join(part for part in (block.kind, block.name) if part)
        raise block.origin.error(
            f"Missing '}}' (section started at {block.origin}): close {title} {{ with a }}"
        )


def key_and_rest(text: str, *, quoted: bool = False) -> tuple[str, str]:
    """
    The first word, and what follows it and its blanks. In quotes its backslashes stay.
    """
    if quoted and text.startswith('"'):
        found = _QUOTED_KEY.match(text)
        key, end = (found[1], found.end()) if found else (text[1:], len(text))
        return key, text[end:].lstrip(BLANKS)
    end = next((at for at, character in enumerate(text) if character in " \t="), len(text))
    return text[:end], text[end:].lstrip(BLANKS)


def block_name(kind: str, rest: str, origin: Origin) -> str:
    """
    The name between the kind of a block and its ``{``.
    """
    name = ""
    if not rest.startswith("{"):
        name, rest = title_and_rest(rest)
    if kind == "group" and name.startswith("@") and not rest.startswith("{"):
        # Of 2.4: group @label name {
        second, rest = title_and_rest(rest)
        name = f"{name} {second}"
    if not rest.startswith("{"):
        raise origin.error(f"Expecting '{{': {advice(kind, rest)}")
    if rest[1:].strip(BLANKS):
        words = f"Garbage after '{{': what is in {kind} {{ }} stands on lines of its own, and so does the }}"
        raise origin.error(words)
    return name


def title_and_rest(text: str) -> tuple[str, str]:
    """
    A block's name, in double quotes or one word, and what follows it and its blanks.
    """
    if not text.startswith('"'):
        end = next((at for at, character in enumerate(text) if character in BLANKS), len(text))
        return text[:end], text[end:].lstrip(BLANKS)
    # An escaped quote ends it all the same; the backslashes go afterwards.
    end = text.find('"', 1)
    if end < 0:
        return text, ""
    return unescaped(text[1:end]), text[end + 1 :].lstrip(BLANKS)


def advice(kind: str, rest: str) -> str:
    """
    What may be meant by a line that is neither a setting nor a block.
    """
    if kind.startswith("}"):
        return "a } stands alone on its line"
    if kind.endswith("{"):
        return (
            f"put a blank between {kind[:-1]} and {{" if kind != "{" else "a { follows the name of its block"
        )
    if kind.startswith("!"):
        return "after a ! only include and include_try are known"
    return "a line is KEY = VALUE, NAME { or }"
