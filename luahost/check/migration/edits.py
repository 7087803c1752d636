"""
Changes of a text, and how they look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import unified_diff

from luahost.check.finding import Edit


def applied(text: bytes, edits: Iterable[Edit]) -> bytes:
    """
    A text with its changes. Of changes that overlap the first one counts, and equal ones are one.
    """
    pieces: list[bytes] = []
    at = 0
    for edit in apart(edits):
        pieces += (text[at : edit.start], edit.text.encode("utf-8", "surrogateescape"))
        at = edit.end
    return b"".join([*pieces, text[at:]])


def apart(edits: Iterable[Edit]) -> Iterator[Edit]:
    """
    The changes in order, without those that would change what another one has changed.
    """
    at = -1
    for edit in sorted(dict.fromkeys(edits), key=lambda edit: (edit.start, edit.end)):
        if edit.start >= at:
            yield edit
            at = edit.end if edit.end > edit.start else edit.start


def difference(file: str, before: bytes, after: bytes) -> str:
    """
    What has changed, as ``diff -u`` shows it; empty if nothing has.
    """
    old, new = (text.decode("utf-8", "replace").splitlines() for text in (before, after))
    lines = unified_diff(old, new, file, file, lineterm="")
    return "".join(line + "\n" for line in lines)
