"""
Header sections.
"""

from __future__ import annotations

from luahost.message.headers import read_section


def test_sloppy_headers_are_headers() -> None:
    """
    Blanks before the colon, lines without one, folding with nothing in it: all as Dovecot has them.
    """
    data = b"SUBJECT \t: a \r\n\tb\n \n c\nno colon\nTo:\n x\nX: y\n\nbody"

    section = read_section(data, 0, lambda line: False)

    assert section.first == {b"subject": b"a \n\tb\n \n c", b"to": b"\n x"}
    assert data[section.body :] == b"body"


def test_the_first_and_the_last_of_a_name_are_kept() -> None:
    """
    Which of them counts is for the reader to say.
    """
    section = read_section(b"From: a\nfrom: b\nFROM: c\n", 0, lambda line: False)

    assert (section.first[b"from"], section.last[b"from"]) == (b"a", b"c")


def test_a_boundary_ends_headers() -> None:
    """
    Where the empty line was forgotten, the next part still begins.
    """
    data = b"To: a\n--x\nFrom: b\n"

    section = read_section(data, 0, lambda line: data.startswith(b"--x", line))

    assert section.first == {b"to": b"a"}
    assert data[section.body :] == b"--x\nFrom: b\n"
