"""
What a client knows of the selected mailbox while others change it.
"""

from __future__ import annotations

import pytest

from luahost.events import MessageNew
from luahost.host import Host
from luahost.store import Connection, operations
from luahost.store.operations import NewMessage
from tests.conftest import WriteScript
from tests.store.mail import Mail, events


def mail_with_news() -> Mail:
    """
    A client has selected INBOX with one message; then a delivery has brought another.
    """
    mail = Mail("2.3")
    mail.does("CREATE Work", "APPEND INBOX {n01}", "SELECT INBOX")
    other = Connection(mail.store, "bob", mail.dialect)
    mail.performs(operations.Deliver(message=NewMessage()), other)
    return mail


@pytest.mark.parametrize(
    "command",
    [
        "NOOP",
        "CHECK",
        "FETCH 1 (BODY[])",
        "FETCH 1 (UID FLAGS)",
        r"STORE 1 +FLAGS (\Seen)",
        "COPY 1 Work",
        "UID COPY 99 Work",
        "EXPUNGE",
        "APPEND Work {n01}",
        "SELECT INBOX",
    ],
)
def test_news(command: str) -> None:
    """
    After these commands the client can name what has come by its number.
    """
    mail = mail_with_news()
    mail.does(command)

    assert events(mail.does(r"STORE 2 +FLAGS (\Seen)"))[-1] == "MessageRead INBOX 2"


@pytest.mark.parametrize(
    "command",
    [
        "CREATE A",
        "DELETE Work",
        "RENAME Work A",
        "SUBSCRIBE Work",
        "UNSUBSCRIBE Work",
        "STATUS INBOX (MESSAGES)",
        'LIST "" *',
        "APPEND INBOX {n01} {empty literal}",
    ],
)
def test_no_news(command: str) -> None:
    """
    After these it cannot, by number or UID; and ``*`` is the last message that it knows.
    """
    mail = mail_with_news()
    mail.does(command)

    assert mail.does("UID COPY 2 INBOX") == []
    mail = mail_with_news()
    mail.does(command)
    assert mail.refusal("FETCH 2 (BODY[])")[1].startswith("Invalid messageset")
    assert events(mail.does(r"STORE 1:* +FLAGS (\Deleted)"))[-1] == "MessageTrash INBOX 1"


def test_a_session_knows_what_it_was_told(script: WriteScript) -> None:
    """
    In one session there are no secrets: a delivery or an event is followed by what refers to it.
    """
    host = Host(script("function dovecot_lua_notify_begin_txn() end"))
    with host.session("bob") as session:
        session.deliver({"subject": "one"})
        session.read("1")
        session.deliver({"subject": "two"})
        session.read("2")
        session.notify(MessageNew(mailbox="INBOX", uid=3, uid_validity=1))
        session.read("3")
        status = session.mail_store.status("bob", "INBOX")

    assert (status.messages, status.unseen) == (3, 0)
