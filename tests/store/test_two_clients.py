"""
Two clients of one user who have selected the same mailbox: what each knows of what the other did.

As a real 2.3.19.1 has it.
"""

from __future__ import annotations

import pytest

from luahost.store import MailboxError
from tests.store.mail import Mail, events


def two_clients() -> tuple[Mail, Mail]:
    """
    The first has four messages, and the second has just removed 2 and 4.
    """
    mail = Mail("2.3")
    mail.does("CREATE A", "CREATE B", "APPEND A {n01} {n02} {n03} {n04}", "SELECT A")
    other = mail.beside()
    other.does("SELECT A", r"STORE 2,4 +FLAGS (\Deleted)", "EXPUNGE")
    return mail, other


@pytest.mark.parametrize(
    ("command", "uid"),
    [
        ("STORE 1 +FLAGS (one)", 2),
        ("FETCH 1 (BODY[])", 2),
        ("CREATE C", 2),
        ("STATUS A (MESSAGES)", 2),
        ("UID STORE 1 +FLAGS (one)", 3),
        ("UID FETCH 1 (BODY[])", 3),
        ("COPY 1 B", 3),
        ("MOVE 3 B", 1),
        ("APPEND B {n01}", 3),
        ("EXPUNGE", 3),
        ("NOOP", 3),
    ],
)
def test_removed_messages_keep_their_places(command: str, uid: int) -> None:
    """
    Until the client may be told of what is gone, which is not by commands that name messages by their places.
    """
    mail, _ = two_clients()
    mail.does(command)

    place = 1 if command.startswith("MOVE") else 2
    assert events(mail.does(f"STORE {place} +FLAGS (two)"))[0].startswith(f"FlagsClear A {uid}")


def test_what_is_gone_can_be_told_of_once_more() -> None:
    r"""
    A client that has not been told sets flags of removed messages, and expunges those that had ``\Deleted``.
    """
    mail, _ = two_clients()

    assert events(mail.does("STORE 2 +FLAGS (one)")) == [
        r"FlagsClear A 2",
        "FlagsSet A 2 keywords=one",
    ]
    assert events(mail.does("EXPUNGE")) == ["MessageExpunge A 2", "MessageExpunge A 4"]
    assert mail.store.status("bob", "A").messages == 2
    assert mail.does("EXPUNGE") == []


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("COPY 2 B", []),
        ("COPY 1:3 B", ["begin 4", "failed 4"]),
        ("UID COPY 2:3 B", []),
        ("MOVE 1:2 B", []),
    ],
)
def test_what_is_gone_cannot_be_copied(command: str, told: list[str]) -> None:
    """
    Nothing is copied then; the transaction begins if it is not the first that is gone.
    """
    mail, _ = two_clients()
    [operation] = mail.reader.operations(command)
    seen: list[str] = []

    with pytest.raises(MailboxError, match="Some of the requested messages no longer exist") as caught:
        mail.performs(operation, told=seen)

    assert caught.value.code == "EXPUNGEISSUED"
    assert seen == told
    assert mail.store.status("bob", "B").messages == 0


@pytest.mark.parametrize(
    ("command", "known"),
    [("STORE 1 -FLAGS (Two)", False), ("STORE 1 +FLAGS (Two)", True), ("NOOP", False)],
)
def test_keywords_that_were_only_named_are_known_to_their_session(command: str, known: bool) -> None:
    """
    The spelling and the order of first use go with the session, unless a message has had the keyword.
    """
    mail = Mail("2.3")
    mail.does("CREATE A", "APPEND A {n01} {n02}", "SELECT A", command)
    mail.connection.close()
    other = mail.beside()

    told = other.does("SELECT A", "STORE 2 +FLAGS (one two)")

    assert events(told)[1] == f"FlagsSet A 2 keywords={'Two,one' if known else 'one,two'}"
    assert other.store.status("bob", "A").keywords == (("Two", "one") if known else ("one", "two"))
