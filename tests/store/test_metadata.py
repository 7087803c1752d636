"""
What keeps METADATA: the same from memory and from a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from luahost.store import MemoryMetadata, MetadataStore
from luahost.store.metadata_sqlite import SqliteMetadata


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MetadataStore]:
    """
    A store with nothing in it.
    """
    if request.param == "memory":
        yield MemoryMetadata()
        return
    file = SqliteMetadata(tmp_path / "metadata.sqlite")
    yield file
    file.close()


def test_nothing_is_there_before_it_is_set(store: MetadataStore) -> None:
    """
    Asking and removing are no mistakes where nothing is.
    """
    store.unset("bob", "INBOX", "/private/a")
    store.delete("bob", "INBOX")
    store.rename("bob", "INBOX", "Old")

    assert store.get("bob", "INBOX", "/private/a") is None
    assert store.list("bob", "INBOX") == {}


@pytest.mark.parametrize(
    "value",
    ["v", "", "two\nlines\t", "a\0b", "Päivää 🙂", "\udcffbytes", "x" * 1_000_000],
    ids=["text", "empty", "lines", "NUL", "UTF-8", "no UTF-8", "long"],
)
def test_any_text_is_kept_as_it_is(store: MetadataStore, value: str) -> None:
    """
    Values, keys and names are bytes to a mail server, and come back as they went in.
    """
    for user, mailbox, key in (
        ("bob", "INBOX", "/private/a"),
        ("b\udcffb", "Työ/Päiv\udcc3", "/shared/\udcff"),
    ):
        store.set(user, mailbox, key, value)

        assert store.get(user, mailbox, key) == value
        assert store.list(user, mailbox) == {key: value}


def test_set_replaces_and_unset_removes(store: MetadataStore) -> None:
    """
    The last value counts.
    """
    store.set("bob", "INBOX", "/private/a", "1")
    store.set("bob", "INBOX", "/private/a", "2")
    store.set("bob", "INBOX", "/private/b", "3")
    store.unset("bob", "INBOX", "/private/b")

    assert store.list("bob", "INBOX") == {"/private/a": "2"}


def test_user_mailbox_and_key_tell_entries_apart(store: MetadataStore) -> None:
    """
    Nothing of one user, mailbox or key is seen under another, in whatever case it is written.
    """
    places = [
        ("bob", "INBOX", "/private/a"),
        ("Bob", "INBOX", "/private/a"),
        ("bob", "Work", "/private/a"),
        ("bob", "work", "/private/a"),
        ("bob", "INBOX", "/private/A"),
        ("bob", "INBOX", "/shared/a"),
    ]
    for number, (user, mailbox, key) in enumerate(places):
        store.set(user, mailbox, key, str(number))

    assert [store.get(*place) for place in places] == ["0", "1", "2", "3", "4", "5"]


def test_a_prefix_is_the_beginning_of_a_key(store: MetadataStore) -> None:
    """
    A list has what begins with these characters, in order; no character has another meaning.
    """
    for key in ("/private/b", "/private/a/x", "/private/ab", "/shared/a", "/private/%", "/private/_b"):
        store.set("bob", "INBOX", key, "")

    assert list(store.list("bob", "INBOX", "/private/a")) == ["/private/a/x", "/private/ab"]
    assert list(store.list("bob", "INBOX", "/private/%")) == ["/private/%"]
    assert list(store.list("bob", "INBOX", "/private/_")) == ["/private/_b"]
    assert list(store.list("bob", "INBOX", "/s")) == ["/shared/a"]


def test_rename_takes_entries_along(store: MetadataStore) -> None:
    """
    The mailbox's entries are found under its new name, and nothing that was there before; others stay.
    """
    store.set("bob", "Work", "/private/a", "work")
    store.set("bob", "Work/Sub", "/private/a", "sub")
    store.set("bob", "Other", "/private/old", "gone")
    store.set("alice", "Work", "/private/a", "of alice")

    store.rename("bob", "Work", "Other")
    store.rename("bob", "Other", "Other")

    assert store.list("bob", "Work") == {}
    assert store.list("bob", "Other") == {"/private/a": "work"}
    assert store.list("bob", "Work/Sub") == {"/private/a": "sub"}
    assert store.list("alice", "Work") == {"/private/a": "of alice"}


def test_delete_drops_a_mailboxs_entries(store: MetadataStore) -> None:
    """
    Of that mailbox everything goes, of others nothing.
    """
    store.set("bob", "Work", "/private/a", "1")
    store.set("bob", "Work", "/shared/b", "2")
    store.set("bob", "Work/Sub", "/private/c", "3")

    store.delete("bob", "Work")

    assert store.list("bob", "Work") == {}
    assert store.list("bob", "Work/Sub") == {"/private/c": "3"}
