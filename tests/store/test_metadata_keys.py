"""
METADATA keys, as Dovecot 2.3.19.1 takes and lists them.
"""

from __future__ import annotations

import pytest

from luahost.store import MailboxError
from luahost.store.metadata_keys import check_changeable, fixed, listed, scope_of, user_key

SERVER = "vendor/vendor.dovecot/pvt/server/"
OWN = ["comment", "specialuse"]


@pytest.mark.parametrize(
    ("key", "stored"),
    [
        ("/private/a", f"/private/{SERVER}a"),
        ("/shared/a/B", f"/shared/{SERVER}a/B"),
        ("/private/", f"/private/{SERVER}"),
        (f"/private/{SERVER}a", f"/private/{SERVER}{SERVER}a"),
    ],
)
def test_what_belongs_to_the_user_has_a_prefix(key: str, stored: str) -> None:
    """
    The prefix stands between scope and rest, every time.
    """
    assert user_key(key) == stored


@pytest.mark.parametrize(
    "key", ["", "/", "a", "/private", "/privatea", "/PRIVATE/a", "private/a", "/public/a"]
)
def test_a_key_has_a_scope(key: str) -> None:
    """
    Two beginnings there are, in lower case.
    """
    with pytest.raises(MailboxError, match="Invalid key prefix, must be /private/ or /shared/"):
        scope_of(key)


@pytest.mark.parametrize(
    ("mailbox", "key", "own"),
    [
        ("INBOX", "/private/specialuse", True),
        ("Work", "/private/specialuse", True),
        ("INBOX", "/shared/specialuse", False),
        ("INBOX", f"/shared/{SERVER}admin", True),
        ("INBOX", f"/shared/{SERVER}comment", True),
        ("Work", f"/shared/{SERVER}comment", False),
        ("INBOX", f"/private/{SERVER}comment", False),
        ("INBOX", "/private/comment", False),
        ("INBOX", "/shared/comment", False),
    ],
)
def test_some_entries_are_dovecots(mailbox: str, key: str, own: bool) -> None:
    """
    They cannot be changed, all others can.
    """
    assert fixed(mailbox, key) is own
    if own:
        with pytest.raises(MailboxError, match=f"The {key} attribute cannot be changed"):
            check_changeable(mailbox, key)
    else:
        check_changeable(mailbox, key)


@pytest.mark.parametrize(
    ("prefix", "ends"),
    [
        ("/private/", ["ab", "c/x", "c/y", "comment", "specialuse"]),
        ("/private/c", ["/x", "/y"]),
        ("/private/c/", ["x", "y"]),
        ("/private/com", []),
        ("/private/comment", [""]),
        ("/private/comment/", [""]),
        ("/private/ab", [""]),
        ("/private//", OWN),
        ("/shared/", ["z", "comment", f"{SERVER}admin", f"{SERVER}comment"]),
        ("/shared/z", [""]),
        ("/shared/vendor", ["vendor.dovecot/pvt/server/admin", "vendor.dovecot/pvt/server/comment"]),
        ("/shared/vendor/", ["vendor.dovecot/pvt/server/admin", "vendor.dovecot/pvt/server/comment"]),
        ("/shared/ven", []),
        (f"/shared/{SERVER}", ["admin", "comment"]),
    ],
)
def test_lists(prefix: str, ends: list[str]) -> None:
    """
    Stored keys by their characters, Dovecot's own by levels, in two rows.
    """
    stored = ["/private/c/y", "/private/c/x", "/private/ab", "/shared/z"]

    assert listed(stored, "INBOX", prefix) == ends


def test_entries_of_inbox_are_listed_of_every_mailbox() -> None:
    """
    Once the prefix names a level, Dovecot forgets whose they are.
    """
    assert listed([], "Work", "/shared/") == ["comment"]
    assert listed([], "Work", "/shared/vendor/vendor.dovecot/pvt") == ["server/admin", "server/comment"]
    assert listed([f"/shared/{SERVER}admin"], "Work", f"/shared/{SERVER}") == ["admin", "comment"]


def test_own_entries_that_are_set_are_listed_once() -> None:
    """
    A comment that is set is in its place among those that are.
    """
    assert listed(["/private/comment", "/private/a"], "Work", "/private/") == ["a", "comment", "specialuse"]


def test_without_a_dictionary_there_are_fewer() -> None:
    """
    Comments would need a place to be kept in.
    """
    assert listed([], "Work", "/private/", dictionary=False) == ["specialuse"]
    assert listed([], "Work", "/shared/", dictionary=False) == []
    assert listed([], "INBOX", "/shared/", dictionary=False) == [f"{SERVER}admin", f"{SERVER}comment"]
