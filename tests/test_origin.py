"""
What effects have from Dovecot's own events above them. Dovecot 2.3.19.1 was asked.
"""

from __future__ import annotations

import pytest

from luahost import Host, MailUser, MemoryStore
from luahost.effects import NamedEvent
from luahost.events import EVENTS
from luahost.host import Session
from luahost.store import MessageSet, operations
from luahost.store.operations import NewMessage, Operation
from tests.conftest import WriteScript

FUNCTIONS = ["script_init", "dovecot_lua_notify_begin_txn", "dovecot_lua_notify_end_txn", "script_deinit"]
SCRIPT = "\n".join(
    f"function {name}() dovecot.event():set_name('{name}'):log_info('') return 0 end"
    for name in [*FUNCTIONS, *(event.handler for event in EVENTS)]
)
"""A script with every function; each sends a named event."""

OWN = "push_notification_"
"""How the names of Dovecot's own events begin."""


def run(
    script: WriteScript,
    user: MailUser,
    *operation: Operation,
    dialect: str = "2.3",
    store: MemoryStore | None = None,
) -> Session:
    """
    A session of this user in which these operations are carried out, with debugging on.
    """
    with Host(script(SCRIPT), dialect=dialect, debug=True).session(user, store=store) as session:
        for one in operation:
            session.perform(one)
    return session


@pytest.mark.parametrize(
    ("username", "service", "categories"),
    [
        ("bob", "imap", "imap push-notification service:imap storage"),
        ("bob", "lmtp", "lmtp push-notification service:lmtp smtp-server storage"),
        ("bob", "lda", "lda push-notification service:lda storage"),
        ("bob", "doveadm", "push-notification service:doveadm storage"),
        ("raw-mail-user", "lmtp", "push-notification service:lmtp storage"),
    ],
)
def test_categories(script: WriteScript, username: str, service: str, categories: str) -> None:
    """
    A service has its categories; scripts' events have ``lua`` besides.
    """
    create = operations.Create(mailbox="Work")
    session = run(script, MailUser(username, service=service), create)

    found = {(event.source, event.categories) for event in session.effects.of(NamedEvent)}
    expected = tuple(categories.split())
    assert found == {("driver", expected), ("script", tuple(sorted((*expected, "lua"))))}


@pytest.mark.parametrize(
    ("dialect", "service"),
    [("documented", {"service": "lmtp"}), ("2.3", {}), ("2.4", {"service": "lmtp"})],
)
@pytest.mark.parametrize(("username", "shown"), [("bob", "bob"), ("raw-mail-user", "raw mail user")])
def test_fields(
    script: WriteScript, dialect: str, service: dict[str, str], username: str, shown: str
) -> None:
    """
    Every event says whose it is, a script's which script sent it, and from 2.4 on which service it was.
    """
    session = run(script, MailUser(username), dialect=dialect)

    path = session.host.drivers[0].file
    assert [dict(event.inherited) for event in session.effects.of(NamedEvent)] == [
        {"user": shown, "script": path, **service}
    ] * 2


def store_with_mail() -> MemoryStore:
    """
    INBOX with a message that is to be deleted, and Work with another.
    """
    store = MemoryStore()
    with Host("nowhere.lua", dialect="2.3").session("bob", store=store) as session:
        session.append({}, flags=["\\Deleted"])
        session.create("Work")
        session.append({}, mailbox="Work")
    return store


ONE = MessageSet("1")
NEW = NewMessage()


@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        (operations.Append(messages=(NEW,), mailbox="inbox"), {"mailbox": "INBOX"}),
        (operations.StoreFlags(messages=ONE, change="add", flags=("\\Seen",)), {"mailbox": "INBOX"}),
        (operations.Fetch(messages=ONE, mailbox="inbox"), {"mailbox": "INBOX"}),
        (operations.Copy(messages=ONE, to="Work"), {"mailbox": "INBOX"}),
        (operations.Move(messages=ONE, to="Work"), {"mailbox": "INBOX"}),
        (operations.Expunge(), {"mailbox": "INBOX"}),
        (operations.Create(mailbox="A/B/"), {"mailbox": "A/B"}),
        (operations.Delete(mailbox="Work"), {"mailbox": "Work"}),
        (operations.Rename(mailbox="Work", to="Other"), {"old_mailbox": "Work", "new_mailbox": "Other"}),
        (operations.Subscribe(mailbox="inbox"), {"mailbox": "INBOX"}),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, dict) else "",
)
def test_commands(script: WriteScript, operation: Operation, fields: dict[str, str]) -> None:
    """
    While an IMAP command is carried out, all events have its mailboxes; before and after it, none.
    """
    session = run(script, MailUser("bob", service="imap"), operation, store=store_with_mail())

    first, *during, last = [
        {name: value for name, value in event.inherited.items() if name not in ("user", "script")}
        for event in session.effects.of(NamedEvent)
    ]
    assert (first, last) == ({}, {})
    assert during
    assert all(found == fields for found in during)


def test_close(script: WriteScript) -> None:
    """
    CLOSE has the mailbox that was selected.
    """
    close: list[Operation] = [operations.Select(mailbox="INBOX"), operations.Unselect(expunge=True)]
    session = run(script, MailUser("bob", service="imap"), *close, store=store_with_mail())

    _, *during, _ = session.effects.of(NamedEvent)
    assert {event.inherited.get("mailbox") for event in during} == {"INBOX"}


def test_append_that_makes_the_inbox(script: WriteScript) -> None:
    """
    APPEND has its mailbox only when it has found it; what Dovecot's own event says is another thing.
    """
    append = operations.Append(messages=(NEW,))
    session = run(script, MailUser("bob", service="imap"), append, dialect="2.4")

    said = [
        (event.name, event.inherited.get("mailbox"), event.fields.get("mailbox"))
        for event in session.effects.of(NamedEvent)
        if event.name in ("dovecot_lua_notify_begin_txn", "push_notification_finished")
    ]
    assert said == [
        ("dovecot_lua_notify_begin_txn", None, None),
        ("push_notification_finished", None, "INBOX"),
        ("dovecot_lua_notify_begin_txn", "INBOX", None),
        ("push_notification_finished", "INBOX", None),
    ]


def test_deliveries_have_no_command(script: WriteScript) -> None:
    """
    In LMTP no event has a mailbox from above, whatever is done.
    """
    deliver = operations.Deliver(message=NEW)
    session = run(script, MailUser("bob"), deliver, operations.Create(mailbox="Work"))

    assert all("mailbox" not in event.inherited for event in session.effects.of(NamedEvent))
