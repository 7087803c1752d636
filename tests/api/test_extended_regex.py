"""
Extended regular expressions: what the C library finds, in time that does not explode.
"""

from __future__ import annotations

import ctypes
import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from luahost.api.extended_regex import occurs

LIBC = ctypes.CDLL(None)
EXTENDED, NO_SUBEXPRESSIONS = 1, 8


def c_library(pattern: str, text: str) -> bool | str:
    """
    What ``regexec`` finds, or how ``regcomp`` complains.
    """
    compiled = ctypes.create_string_buffer(256)
    code = LIBC.regcomp(compiled, pattern.encode(), EXTENDED | NO_SUBEXPRESSIONS)
    if code:
        words = ctypes.create_string_buffer(200)
        LIBC.regerror(code, compiled, words, 200)
        return words.value.decode()
    matched: bool = LIBC.regexec(compiled, text.encode(), 0, None, 0) == 0
    LIBC.regfree(compiled)
    return matched


def ours(pattern: str, text: str) -> bool | str:
    """
    The same of luahost's.
    """
    try:
        return occurs(pattern, text)
    except re.error as error:
        return str(error)


WORDS = r"""
a b ab . ^ $ ( ) | * + ? {2} {1,2} {,1} {1,} [ab] [^a] [a-b] [[:digit:]] []a] [^]] [a-] ] } - 1 _
\w \W \b \< \> \. \\
"""
PIECES = st.sampled_from(WORDS.split())


@settings(max_examples=150)
@given(st.lists(PIECES, max_size=8).map("".join), st.text("ab1_ .-]}", max_size=8))
@example("a|*b", "a")
@example("(|a)b", "b")
@example("()", "")
@example("a)", "a)")
@example("^*a", "a")
@example("a||b", "")
def test_as_the_c_library(pattern: str, text: str) -> None:
    """
    Random patterns are found where the C library finds them, and refused in its words.
    """
    assert ours(pattern, text) == c_library(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("[b-a]", ""),
        ("[[:nosuch:]]", ""),
        ("[a", ""),
        ("a\\", ""),
        ("(a", ""),
        ("a{2,1}", ""),
        ("a{x}", ""),
        ("*a", ""),
        ("+", ""),
        ("[[.a.]-c]", "b"),
        ("[[=a=]]", "a"),
        ("a{40000}", ""),
    ],
)
def test_complaints(pattern: str, text: str) -> None:
    """
    A pattern that is none has the C library's words.
    """
    assert ours(pattern, text) == c_library(pattern, text)


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "(a|a)*b", "(a*)*b", "(.*)(.*)(.*)(.*)[^a]", "a{0,200}a{0,200}b"]
)
def test_time(pattern: str) -> None:
    """
    Patterns that backtrack for ever elsewhere are done at once.
    """
    before = time.process_time()
    occurs(pattern, "a" * 400 + "!")
    assert time.process_time() - before < 5


@pytest.mark.parametrize("pattern", ["(a{1,1000}){1,1000}", "((a{99}){99}){99}", "(" * 500 + ")" * 500])
def test_size(pattern: str) -> None:
    """
    A pattern whose program would be too long is refused.
    """
    assert ours(pattern, "a") == "Regular expression too big"


def test_no_backreferences() -> None:
    """
    Backreferences have no program.
    """
    assert ours("(a)\\1", "aa") == "Invalid back reference"
