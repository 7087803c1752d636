"""
The words of Lua's text: what a comment is, a string, a name, a number.

By the manual of Lua 5.4, section 3.1, with what 5.1, 5.5 and LuaJIT add; no word has another meaning in any
of them.
"""

from __future__ import annotations

import re

from luahost import patterns

WORDS = patterns.compile(
    rb"""
    (?P<skipped> [ \t\r\f\v\n]+ | --\[(?P<comment>=*)\[ .*? \](?P=comment)\] | --[^\n]* )
  | (?P<text> \[(?P<long>=*)\[ .*? \](?P=long)\]
            | "(?: \\z\s* | \\. | [^"\\] )*" | '(?: \\z\s* | \\. | [^'\\] )*' )
  | (?P<name> [A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]* )
  | (?P<number> \.?[0-9](?: [eEpP][+-] | [0-9A-Za-z_.] )* )
  | (?P<symbol> :: | \.\.\. | \.\. | . )
    """,
    re.VERBOSE | re.DOTALL,
)
"""Every word of a file, with what stands between words as ``skipped``."""


def on_one_line(source: bytes) -> bytes:
    """
    The same program on one line, as long as no string of it has a line break.
    """
    return b"".join(b" " if word["skipped"] is not None else word[0] for word in WORDS.finditer(source))
