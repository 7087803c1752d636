"""
Operations on mail under ``when``: what is written, what is asked of the store, and what is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from luahost import Host, message
from luahost.effects import Print
from luahost.errors import InputError
from luahost.sources import Deliver, Perform
from luahost.sources.fixture import read_fixture
from luahost.store import MemoryStore, MessageSet
from luahost.store.operations import (
    Append,
    Copy,
    Create,
    Delete,
    Expunge,
    Fetch,
    Move,
    NewMessage,
    Rename,
    StoreFlags,
    Subscribe,
    Unsubscribe,
)

HI = message.read(b"Subject: Hi")
NEW = NewMessage(fields=HI)


def steps(when: str) -> Sequence[Any]:
    """
    The steps of a fixture with this item under ``when``.
    """
    return read_fixture(b"when:\n" + when.encode(), file="x.yaml").steps


@pytest.mark.parametrize(
    ("item", "operation"),
    [
        ("append: 'Subject: Hi'", Append(messages=(NEW,))),
        ("append: {message: 'Subject: Hi', mailbox: Work}", Append(messages=(NEW,), mailbox="Work")),
        (
            r"append: {message: 'Subject: Hi', flags: [\Seen], keywords: [a]}",
            Append(messages=(NewMessage(fields=HI, flags=("\\Seen",), keywords=("a",)),)),
        ),
        (
            r"append: {messages: ['Subject: Hi', {message: 'Subject: Hi', flags: [\Draft]}], fails: yes}",
            Append(messages=(NEW, NewMessage(fields=HI, flags=("\\Draft",))), fails=True),
        ),
        (
            r"store: {messages: '1:3', add: [\Seen, a]}",
            StoreFlags(messages=MessageSet("1:3"), change="add", flags=("\\Seen",), keywords=("a",)),
        ),
        (
            "store: {uids: 7, mailbox: Work, replace: []}",
            StoreFlags(messages=MessageSet("7", by_uid=True), change="replace", mailbox="Work"),
        ),
        (
            "store: {messages: 1, remove: [b]}",
            StoreFlags(messages=MessageSet("1"), change="remove", keywords=("b",)),
        ),
        ("read: 1", Fetch(messages=MessageSet("1"))),
        ("read: {uids: 1:*, mailbox: A}", Fetch(messages=MessageSet("1:*", by_uid=True), mailbox="A")),
        ("copy: {messages: 1, to: Work}", Copy(messages=MessageSet("1"), to="Work")),
        ("move: {uids: '2', to: A, mailbox: B}", Move(messages=MessageSet("2", True), to="A", mailbox="B")),
        ("expunge:", Expunge()),
        ("expunge: {uids: 2, mailbox: A}", Expunge(messages=MessageSet("2", True), mailbox="A")),
        ("create: A/B", Create(mailbox="A/B")),
        ("delete: A", Delete(mailbox="A")),
        ("rename: {mailbox: A, to: B}", Rename(mailbox="A", to="B")),
        ("subscribe: A", Subscribe(mailbox="A")),
        ("unsubscribe: A", Unsubscribe(mailbox="A")),
    ],
)
def test_what_is_asked(item: str, operation: Any) -> None:
    """
    An item is one operation, which knows the line that asks for it.
    """
    assert steps(f"\n  - {item}\n") == (Perform(operation, "x.yaml", 3),)


def test_a_delivery_may_subscribe() -> None:
    """
    A delivery can be told to subscribe to the mailbox that it makes.
    """
    item = "  - deliver: {message: 'Subject: Hi', mailbox: Work, subscribe: yes}"

    assert steps(item) == (Deliver(message=HI, mailbox="Work", subscribe=True),)


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("append: {mailbox: A}", "append takes either a message or a list of messages"),
        (
            r"append: {messages: ['A: b'], flags: [\Seen]}",
            "each of several messages has its own flags and keywords",
        ),
        (r"append: {message: 'A: b', flags: [\Recent]}", r"Invalid system flag \RECENT"),
        (r"append: {messages: [{message: 'A: b', flags: [\Recent]}]}", r"Invalid system flag \RECENT"),
        ("store: {messages: 1}", "store takes one of add, remove and replace"),
        (r"store: {messages: 1, add: [\Seen], remove: []}", "store takes one of add, remove and replace"),
        ("store: {add: [a]}", "store takes either messages (places such as 1:3) or uids"),
        (r"store: {messages: 1, add: [\Nosuch]}", r"Invalid system flag \NOSUCH"),
        ("read: all", "a set of messages is like 1:3,5,* and not 'all'"),
        ("read: 0", "a set of messages is like 1:3,5,* and not '0'"),
        ("move: {messages: 1}", "to is missing in move"),
        ("copy: {messages: 1, uids: 1, to: A}", "copy takes either messages (places such as 1:3) or uids"),
        ("rename: {mailbox: A}", "to is missing in rename"),
        ("create:", "create is text, found nothing"),
        (
            "deliver: {message: 'A: b', mailbox: a.b}",
            "Character not allowed in mailbox name: '.'",
        ),
    ],
)
def test_what_cannot_be_asked(item: str, words: str) -> None:
    """
    What makes no operation is told of when the fixture is read, with its line.
    """
    with pytest.raises(InputError) as caught:
        steps(f"  - {item}\n")

    assert str(caught.value) == f"x.yaml:2: {words}"


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("copy: {messages: 1, to: Nosuch}", "Invalid messageset 1: the mailbox has 0 messages"),
        ("move: {uids: 1, mailbox: Nosuch, to: INBOX}", "Mailbox doesn't exist: Nosuch"),
        ("create: INBOX", "Mailbox already exists"),
        ("create: a//b", "Invalid mailbox name: Has adjacent hierarchy separators"),
        ("delete: INBOX", "INBOX can't be deleted"),
        ("subscribe: Nosuch", "Mailbox doesn't exist: Nosuch"),
    ],
)
def test_what_is_refused(tmp_path: Path, item: str, words: str) -> None:
    """
    What a mail server would refuse is told of when it is performed, with its line and the server's words.
    """
    script = tmp_path / "push.lua"
    script.write_text("")
    (step,) = steps(f"\n  - {item}\n")

    with Host(script).session("bob", store=MemoryStore()) as session, pytest.raises(InputError) as caught:
        step.perform(session)

    assert str(caught.value) == f"x.yaml:3: {words}"


CALLED = """
for _, event in ipairs({ "mailbox_create", "message_new", "message_append" }) do
  _G["dovecot_lua_notify_event_" .. event] = function(_, e) print(e.name, e.mailbox) end
end
function dovecot_lua_notify_begin_txn() end
function dovecot_lua_notify_end_txn() end
function script_init() return 0 end
"""


@pytest.mark.parametrize(
    ("dialect", "mailboxes", "told"),
    [
        ("documented", "", ["MessageNew\tINBOX"]),
        ("2.3", "", ["MailboxCreate\tINBOX", "MessageNew\tINBOX"]),
        ("2.3", "mailboxes: {INBOX: }\n", ["MessageNew\tINBOX"]),
        ("2.4", "", ["MailboxCreate\tINBOX", "MessageNew\tINBOX"]),
        ("2.4", "mailboxes: {Work: }\n", ["MessageNew\tINBOX"]),
    ],
)
def test_a_user_without_mailboxes_is_new(
    tmp_path: Path, dialect: str, mailboxes: str, told: list[str]
) -> None:
    """
    Where a fixture has no mailboxes, the first delivery makes INBOX, and real servers tell of it.
    """
    script = tmp_path / "push.lua"
    script.write_text(CALLED)
    given = read_fixture((mailboxes + "when:\n  - deliver: 'Subject: Hi'\n").encode(), file="x.yaml")
    store = MemoryStore()
    given.prepare(store, "bob")

    with Host(script, dialect=dialect).session("bob", store=store) as session:
        for step in given.steps:
            step.perform(session)

    assert [effect.text.strip() for effect in session.effects.of(Print)] == told
