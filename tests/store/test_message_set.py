"""
Sets of messages, as IMAP writes them.
"""

from __future__ import annotations

import pytest

from luahost.errors import UsageError
from luahost.store import MailboxError, MessageSet

UIDS = [2, 3, 5, 9]


@pytest.mark.parametrize(
    ("text", "by_uid", "places"),
    [
        ("1", False, [1]),
        ("1:3", False, [1, 2, 3]),
        ("3:1", False, [1, 2, 3]),
        ("4,1,1", False, [1, 4]),
        ("*", False, [4]),
        ("3:*", False, [3, 4]),
        ("*:2", False, [2, 3, 4]),
        ("5", True, [3]),
        ("1:3", True, [1, 2]),
        ("4", True, []),
        ("9:5", True, [3, 4]),
        ("*", True, [4]),
        ("99:*", True, [4]),
        ("1:4294967295", True, [1, 2, 3, 4]),
    ],
)
def test_places(text: str, by_uid: bool, places: list[int]) -> None:
    """
    Places come in order and once, and UIDs that are not there are passed over.
    """
    assert MessageSet(text, by_uid).places(UIDS) == places


@pytest.mark.parametrize("text", ["1", "*", "1:*"])
def test_an_empty_mailbox_has_no_uids(text: str) -> None:
    """
    In an empty mailbox a set of UIDs finds nothing, and a set of places is refused.
    """
    assert MessageSet(text, by_uid=True).places([]) == []
    with pytest.raises(MailboxError):
        MessageSet(text).places([])


@pytest.mark.parametrize("text", ["5", "1,5", "5:*"])
def test_a_place_beyond_the_end_is_refused(text: str) -> None:
    """
    A place where no message is makes the whole set invalid.
    """
    with pytest.raises(MailboxError, match=r"Invalid messageset .*: the mailbox has 4 messages"):
        MessageSet(text).places(UIDS)


@pytest.mark.parametrize("text", ["", "0", "a", "1;2", "1:", ":1", "1,", "-1", "4294967296", "1:2:3", "１"])
def test_what_is_no_set(text: str) -> None:
    """
    What IMAP could not read is refused where it is written.
    """
    with pytest.raises(UsageError, match="a set of messages is like"):
        MessageSet(text)
