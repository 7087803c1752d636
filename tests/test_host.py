"""
``Host`` and ``Session``: the engine with its parts put together, as its users have it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from luahost.effects import Call, Effect, Log, Print
from luahost.errors import UsageError
from luahost.events import MailboxCreate, MessageNew
from luahost.host import Host, Session
from luahost.message import read
from luahost.store import MailUser, MemoryStore
from tests.conftest import WriteScript

NEW = MessageNew(mailbox="INBOX", uid=1, uid_validity=7, subject="Hi")

PUSH = """
function dovecot_lua_notify_begin_txn(user) print(user:plugin_getenv("url"), user.username) return user end
function dovecot_lua_notify_end_txn(ctx, success) print("end", success) end
function dovecot_lua_notify_event_message_new(ctx, event) print(event.subject) end
"""


def printed(session: Session) -> list[str]:
    """
    What the script printed.
    """
    return [effect.text.removesuffix("\n") for effect in session.effects.of(Print)]


def test_session(script: WriteScript, lua: str) -> None:
    """
    A host runs its script with its settings, for a user given by name or in full.
    """
    host = Host(script(PUSH), settings={"url": "http://x/"}, lua=lua, trusted=True, http="deny")
    with host.session("bob") as session:
        session.notify(NEW)
        session.rollback(NEW)
    with host.session(MailUser("alice")) as other:
        other.notify(NEW)

    assert printed(session) == ["http://x/\tbob", "Hi", "end\ttrue", "http://x/\tbob", "end\tfalse"]
    assert printed(other) == ["http://x/\talice", "Hi", "end\ttrue"]


def test_transaction(script: WriteScript) -> None:
    """
    A transaction begins at its first event and commits at the end of its block.
    """
    with Host(script(PUSH), http="deny").session("bob") as session:
        with session.transaction() as transaction:
            assert printed(session) == []
            transaction.notify(NEW)
            assert printed(session) == ["nil\tbob"]
        assert printed(session)[1:] == ["Hi", "end\ttrue"]
    assert {effect.transaction for effect in session.effects} == {1}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dialect": "2.0"}, "no dialect 2.0; there are "),
        ({"lua": "4.0"}, "no Lua 4.0; there are "),
        ({"http": "maybe"}, "no egress policy 'maybe'; there are "),
    ],
)
def test_unknown_options(script: WriteScript, options: dict[str, Any], words: str) -> None:
    """
    An option that does not exist is the operator's error, and is told of at once.
    """
    with pytest.raises(UsageError) as caught:
        Host(script(PUSH), **options)
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize(("text", "loaded"), [(PUSH, True), ("x = = 1", False)])
def test_loaded(script: WriteScript, text: str, loaded: bool) -> None:
    """
    A script that cannot be loaded raises nothing: the effects say why, and the session can be used.
    """
    with Host(script(text), http="deny").session("bob") as session:
        session.notify(NEW)
        assert session.loaded is loaded

    assert bool(session.effects.failures) is not loaded


def test_listener(script: WriteScript) -> None:
    """
    A listener hears of every effect of every session, in order.
    """
    heard: list[Effect] = []
    host = Host(script(PUSH), http="deny", listener=heard.append)
    with host.session("bob") as one, host.session("bob") as two:
        one.notify(NEW)
        two.notify(NEW)

    assert heard == [*one.effects, *two.effects]


def test_debug(script: WriteScript) -> None:
    """
    Dovecot's debug lines are written if they are asked for.
    """
    with Host(script(PUSH), http="deny", debug=True).session("bob") as session:
        session.notify(NEW)
    with Host(script(PUSH), http="deny").session("bob") as quiet:
        quiet.notify(NEW)

    assert "lua: Calling dovecot_lua_notify_begin_txn(bob)" in [line.text for line in session.effects.of(Log)]
    assert quiet.effects.of(Log) == []


def test_store(script: WriteScript) -> None:
    """
    The script asks the store that the session was given, which learns of what is committed.
    """
    store = MemoryStore()
    store.set_metadata("bob", "INBOX", "/private/a", "kept")
    text = (
        "function dovecot_lua_notify_begin_txn(user) return user end "
        "function dovecot_lua_notify_end_txn() end "
        "function dovecot_lua_notify_event_message_new(user) local m = user:mailbox('INBOX') "
        "print(m:metadata_get('/private/a'), m:status(1).messages) end"
    )
    host = Host(script(text), http="deny")
    for _ in range(2):
        with host.session("bob", store=store) as session:
            session.notify(NEW)
            session.rollback(MailboxCreate(mailbox="Work"))

    assert printed(session) == ["kept\t1"]
    assert store.status("bob", "INBOX").messages == 1


def test_neighbours_and_folders(script: WriteScript) -> None:
    """
    A script finds modules in its own folder and then in the host's.
    """
    path = script("return 'near'", "near.lua")
    script("return 'far'", "lib/far.lua")
    host = Host(
        script("print((require('near'))) print((require('far')))"),
        http="deny",
        folders=[path.replace("near.lua", "lib")],
    )
    with host.session("bob") as session:
        pass

    assert printed(session) == ["near", "far"]


def test_deliver(script: WriteScript) -> None:
    """
    A delivered message is a MessageNew with the next UID, and is in the mailbox when a handler runs.
    """
    text = (
        "function dovecot_lua_notify_begin_txn(user) return user end "
        "function dovecot_lua_notify_end_txn() end "
        "function dovecot_lua_notify_event_message_new(user, event) "
        "print(event.mailbox, event.uid, event.subject, event.snippet, event.flags[1], event.keywords[1], "
        "user:mailbox(event.mailbox):status(1).messages) end"
    )
    message = read(b"Subject: Hello\n\nHey guys\n")
    with Host(script(text), http="deny").session("bob") as session:
        session.deliver(message)
        session.deliver(message, mailbox="Work")
        session.deliver(message, flags=["\\Seen"], keywords=["mine"])

    assert printed(session) == [
        "INBOX\t1\tHello\tHey guys\tnil\tnil\t1",
        "Work\t1\tHello\tHey guys\tnil\tnil\t1",
        "INBOX\t2\tHello\tHey guys\t\\Seen\tmine\t2",
    ]


def test_block_raises(script: WriteScript) -> None:
    """
    A session that ends by an exception still lets its script go.
    """
    path = script("function script_deinit() end")
    sessions: list[Session] = []

    def interrupted() -> None:
        with Host(path, http="deny").session("bob") as session:
            sessions.append(session)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert sessions[0].effects.of(Call) == [Call(function="script_deinit")]


def test_what_cannot_be_committed_is_rolled_back(script: WriteScript) -> None:
    """
    A mailbox that no mailbox can be called is an error for the caller, and the script hears of its end.
    """
    with Host(script(PUSH)).session("bob") as session:
        with pytest.raises(UsageError, match="MessageNew: Invalid mailbox name"):
            session.notify(MessageNew(mailbox="a//b", uid=1, uid_validity=7))

        ended = [call.success for call in session.effects.of(Call) if call.function.endswith("end_txn")]
    assert ended == [False]


def test_a_transaction_left_open_is_rolled_back_with_the_session(script: WriteScript) -> None:
    """
    The end of a session is the end of its transactions.
    """
    with Host(script(PUSH)).session("bob") as session:
        session.transaction().notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=7))

    ended = [call.success for call in session.effects.of(Call) if call.function.endswith("end_txn")]
    assert ended == [False]


def test_a_session_works_only_in_its_block(script: WriteScript) -> None:
    """
    Before and after it, there is no script to call.
    """
    session = Host(script(PUSH)).session("bob")

    with pytest.raises(RuntimeError, match="`with` block"):
        session.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=7))


def test_settings_are_text(script: WriteScript) -> None:
    """
    A setting that is no text is refused where it is given.
    """
    settings: dict[str, Any] = {"limit": 5}

    with pytest.raises(UsageError, match="the setting limit is text, not 5"):
        Host(script(PUSH), settings=settings)


STATUS = """
local function told(name)
  return function(ctx, event)
    local box = ctx:mailbox("INBOX")
    local now = box:status(dovecot.storage.STATUS_MESSAGES, dovecot.storage.STATUS_UNSEEN)
    print(name, now.messages, now.unseen)
    box:free()
  end
end
function dovecot_lua_notify_begin_txn(user) told("begin")(user) return user end
function dovecot_lua_notify_end_txn(ctx, success) told("end")(ctx) end
for _, event in ipairs({ "message_new", "message_append", "message_read", "message_expunge" }) do
  _G["dovecot_lua_notify_event_" .. event] = told(event)
end
"""


def test_operations(script: WriteScript) -> None:
    """
    Two messages arrive, one is read, one is moved: the script hears what it would in Dovecot, and the
    mailbox's status is as it was when a transaction begins and as it is when it ends.
    """
    with Host(script(STATUS), dialect="2.3", http="deny").session("bob") as session:
        session.create("Work")
        before = len(printed(session))
        session.deliver(read(b"Subject: one"))
        session.deliver(read(b"Subject: two"))
        session.read("1")
        session.move("2", "Work")
        session.store("1", add=[r"\Deleted"])
        session.expunge()

    assert [" ".join(line.split("\t")) for line in printed(session)[before:]] == [
        "begin 0.0 0.0",
        "message_new 1.0 1.0",
        "end 1.0 1.0",
        "begin 1.0 1.0",
        "message_new 2.0 2.0",
        "end 2.0 2.0",
        "begin 2.0 2.0",
        "message_read 2.0 1.0",
        "end 2.0 1.0",
        "begin 2.0 1.0",
        "begin 2.0 1.0",
        "message_append 2.0 1.0",
        "end 2.0 1.0",
        "message_expunge 1.0 0.0",
        "end 1.0 0.0",
        "begin 1.0 0.0",
        "end 1.0 0.0",
        "begin 1.0 0.0",
        "message_expunge 0.0 0.0",
        "end 0.0 0.0",
    ]


def test_every_word(script: WriteScript) -> None:
    """
    Each operation has its word, and they see each other's doing.
    """
    message = read(b"Subject: Hi")
    with Host(script(PUSH), http="deny").session("bob") as session:
        session.create("A")
        session.subscribe("A")
        session.append(message, message, mailbox="A", flags=[r"\Deleted", "kw"])
        session.append(message, fails=True)
        session.copy("1", "INBOX", mailbox="A")
        session.store("1", remove=[r"\Deleted", "kw"])
        session.store("2", replace=["other"], mailbox="A", uid=True)
        session.expunge("1", mailbox="A")
        session.rename("A", "B")
        session.unsubscribe("A")
        status = session.mail_store.status("bob", "B")
        assert (status.messages, status.uid_next, status.keywords) == (1, 3, ("kw", "other"))
        session.delete("B")
        assert session.mail_store.status("bob", "INBOX").messages == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda session: session.copy("1", "Nosuch"), "Invalid messageset 1: the mailbox has 0 messages"),
        (lambda session: session.create("a//b"), "Invalid mailbox name: Has adjacent hierarchy separators"),
        (lambda session: session.store("1"), "store takes one of add, remove and replace"),
        (lambda session: session.store("1", add=[r"\Sen"]), r"Invalid system flag \SEN"),
        (lambda session: session.read("one"), "a set of messages is like 1:3,5,* and not 'one'"),
    ],
)
def test_refused_operations(script: WriteScript, wrong: Callable[[Session], None], words: str) -> None:
    """
    What a mail server would refuse is the caller's error.
    """
    with Host(script(PUSH), http="deny").session("bob") as session, pytest.raises(UsageError) as caught:
        wrong(session)

    assert str(caught.value) == words
