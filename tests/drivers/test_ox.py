"""
The OX driver: whom it tells of what, and when. tests/live compares the same with Dovecot 2.3.19.1.
"""

from __future__ import annotations

import re

import pytest

from luahost.dialects import dialect
from luahost.drivers import DriverContext, DriverEntry
from luahost.drivers.ox import OxDriver, user_in
from luahost.effects import Effects, Http, Log
from luahost.egress import Egress
from luahost.events import MessageAppend, MessageNew
from luahost.runtime import LuaState
from luahost.store import MailUser, MemoryStore
from luahost.testing import ManualClock
from tests.api.scripted_endpoint import OK, ScriptedEndpoint
from tests.conftest import WriteScript
from tests.drivers.ox_session import KEY, MAIL, PREFIX, delivered, ox, session, switched_on

BODY = (
    '{"user":"bob","event":"messageNew","folder":"INBOX","imap-uidvalidity":1,"imap-uid":1,'
    '"from":"=?utf-8?q?=C3=84lice?= <alice@barfoo.org>","subject":"Hi","snippet":"Hello there","unseen":1}'
)

NEW = MessageNew(mailbox="INBOX", uid=1, uid_validity=1, subject="Hi")


def test_a_delivery() -> None:
    """
    The endpoint gets one PUT with Basic credentials, with Dovecot's header fields in Dovecot's order.
    """
    with ScriptedEndpoint(OK) as endpoint:
        log = delivered(ox(f"http://lo%67in:pa%40ss@{endpoint.place}/x/y?q=1"))

        (head,) = endpoint.heads
        assert re.sub("(?m)^Date: .*GMT$", "Date: …", head.replace("\r\n", "\n")).split("\n") == [
            "PUT /x/y?q=1 HTTP/1.1",
            f"Host: {endpoint.place}",
            "Date: …",
            "Authorization: Basic bG9naW46cGFAc3M=",
            f"Content-Length: {len(BODY)}",
            "Connection: Keep-Alive",
            "Content-Type: application/json; charset=utf-8",
        ]
        assert [body.decode() for body in endpoint.bodies] == [BODY]
    assert log == [
        "debug: User (bob)",
        "debug: Handling MessageNew event",
        "debug: Got status of mailbox 'INBOX': (unseen: 1)",
        f"debug: Sending notification: {BODY}",
        "debug: Notification sent successfully: 200 OK",
    ]


def test_without_debugging() -> None:
    """
    What went well is not told of.
    """
    with ScriptedEndpoint(OK) as endpoint, session([ox(endpoint.url)], debug=False) as opened:
        opened.deliver(MAIL)

    assert opened.effects.of(Log) == []
    assert len(opened.effects.of(Http)) == 1


def test_credentials_stay_inside() -> None:
    """
    The exchange is an effect; user and password are in none.
    """
    with (
        ScriptedEndpoint(OK) as endpoint,
        session([ox(f"http://lo%67in:pa%40ss@{endpoint.place}/x")]) as opened,
    ):
        opened.deliver(MAIL)

    (exchange,) = opened.effects.of(Http)
    assert (exchange.method, exchange.url, exchange.status) == ("PUT", f"{endpoint.url}/x", 200)
    assert ("Authorization", "***") in exchange.headers
    assert exchange.body.decode() == BODY
    assert exchange.transaction == 1
    for secret in ("login", "lo%67in", "pa@ss", "pa%40ss", "bG9naW46cGFAc3M="):
        assert secret not in repr(list(opened.effects))


def test_the_documents_dialect() -> None:
    """
    The event has its RFC 5423 name.
    """
    with ScriptedEndpoint(OK) as endpoint:
        delivered(ox(endpoint.url), dialect="documented")

        (body,) = endpoint.bodies
    assert b'"event":"MessageNew"' in body


@pytest.mark.parametrize("name", ["documented", "2.3", "2.4"])
def test_not_switched_on(name: str) -> None:
    """
    Without METADATA nothing is sent; the key in the line is the one it is kept under.
    """
    log = delivered(ox("http://127.0.0.1:1/"), dialect=name, store=MemoryStore())

    assert set(log) == {f"debug: Skipped because not active ({KEY} METADATA not set)"}


def test_no_metadata_at_all() -> None:
    """
    Without a dictionary for METADATA every transaction is an error.
    """
    store = MemoryStore(attributes=False)
    store.create("bob", "INBOX")

    assert delivered(ox("http://127.0.0.1:1/"), store=store) == [
        "error: Skipped because unable to get attribute: Mailbox attributes not enabled"
    ]


@pytest.mark.parametrize("value", ["", "user", "x=y", "USER=a", " user=a", "us\x01ter=a"])
def test_metadata_without_a_user(value: str) -> None:
    """
    It is an error, and nothing is sent.
    """
    log = delivered(ox("http://127.0.0.1:1/"), store=switched_on(value))

    assert log == ["error: No user provided in config"]


@pytest.mark.parametrize(
    ("value", "user"),
    [
        ("user=11@3", "11@3"),
        ("user=", ""),
        ("user=a\tuser=b", "b"),
        ("foo\tuser=z\tevents=MessageNew", "z"),
        ("\tuser=a\t", "a"),
        ("user=a\tb", "a"),
        ("user=a=b", "a=b"),
        ("user=a\x01tb\x01nc\x01rd\x011e", "a\tb\nc\rd\x01e"),
        ("user=a\x01xb\x01", "axb"),
        ("us\x01er=k", "k"),
        ("user=a\x010b", "a"),
    ],
)
def test_the_user_in_metadata(value: str, user: str) -> None:
    """
    Fields with tabs between them, escaped as Dovecot escapes tabs; the last user counts.
    """
    assert user_in(value) == user


def test_whose_message_it_is() -> None:
    """
    The mail user's, or METADATA's where that is asked for.
    """
    store = switched_on("user=11@3")
    with ScriptedEndpoint(OK) as endpoint:
        log = delivered(ox(endpoint.url), store=store)
        delivered(ox(endpoint.url, user_from_metadata="no"), store=store)

        users = [body.partition(b",")[0] for body in endpoint.bodies]
    assert log[0] == "debug: User (11@3)"
    assert users == [b'{"user":"bob"', b'{"user":"11@3"']


def test_another_user_by_the_documents() -> None:
    """
    Nothing is sent, unless METADATA's user is asked for.
    """
    store = switched_on("user=11@3")
    with ScriptedEndpoint(OK) as endpoint:
        log = delivered(ox(endpoint.url), store=store, dialect="documented")
        assert endpoint.bodies == []
        delivered(ox(endpoint.url, user_from_metadata=""), store=store, dialect="documented")

        (body,) = endpoint.bodies
    assert log == ["info: Skipped because the METADATA is of user 11@3, not of bob (set user_from_metadata?)"]
    assert body.startswith(b'{"user":"11@3"')


def test_other_mailboxes() -> None:
    """
    Only INBOX is watched. METADATA is asked for before that is looked at, and read after.
    """
    with session([ox("http://127.0.0.1:1/")], store=switched_on("nonsense")) as opened:
        opened.create("Work")
        opened.deliver(MAIL, mailbox="Work")
        opened.append(MAIL, mailbox="Work")
        store_without = switched_on(None)
    with session([ox("http://127.0.0.1:1/")], store=store_without) as other:
        other.create("Work")

    skipped = "Skipped because Work is not a watched mailbox"
    assert [log.text.removeprefix(PREFIX) for log in opened.effects.of(Log) if "Skipped" in log.text] == [
        skipped
    ] * 3
    assert "not active" in other.effects.of(Log)[-2].text


def test_what_is_no_delivery() -> None:
    """
    Dovecot looks at INBOX for each message that changed there, and sends nothing.
    """
    with session([ox("http://127.0.0.1:1/")], user=MailUser("bob", service="imap")) as opened:
        opened.append(MAIL)
        opened.read("1")
        opened.subscribe("INBOX")

    said = [log.text.removeprefix(PREFIX) for log in opened.effects.of(Log) if log.prefix == PREFIX]
    assert [words for words in said[2:] if not words.startswith(("User", "Handling"))] == [
        "Got status of mailbox 'INBOX': (unseen: 1)",
        "Got status of mailbox 'INBOX': (unseen: 0)",
    ]
    assert opened.effects.of(Http) == []


def test_rollback() -> None:
    """
    What was not committed is not sent.
    """
    with session([ox("http://127.0.0.1:1/")]) as opened:
        opened.rollback(NEW)

    assert opened.effects.of(Http) == []


@pytest.mark.parametrize(
    ("name", "sent"), [("documented", [1, 2, 2]), ("2.3", [0, 1, 2]), ("2.4", [0, 1, 2])]
)
def test_when_it_is_sent(name: str, sent: list[int]) -> None:
    """
    By the documents when the transaction is over; in Dovecot, where a session has one delivery, in the end,
    and in any case before the next transaction. The exchange belongs to its own.
    """
    counts = []
    with ScriptedEndpoint(OK) as endpoint:
        with session([ox(endpoint.url)], dialect=name) as opened:
            for _ in range(2):
                opened.deliver(MAIL)
                counts.append(len(endpoint.bodies))
        counts.append(len(endpoint.bodies))

    assert counts == sent
    assert [exchange.transaction for exchange in opened.effects.of(Http)] == [1, 2]


def test_several_messages() -> None:
    """
    All are put together, with the unseen count of the whole; then they are sent in order.
    """
    with ScriptedEndpoint(OK) as endpoint:
        with session([ox(endpoint.url)]) as opened:
            opened.notify(NEW, MessageNew(mailbox="INBOX", uid=2, uid_validity=1, subject="Ho"))

        assert [re.findall(r'(?:uid|unseen)":(\d+)', body.decode()) for body in endpoint.bodies] == [
            ["1", "2"],
            ["2", "2"],
        ]
    words = [type(effect).__name__ for effect in opened.effects]
    assert words[-4:] == ["Http", "Log", "Http", "Log"]


@pytest.mark.parametrize("name", ["documented", "2.3"])
def test_sent_when_every_driver_has_ended(script: WriteScript, name: str) -> None:
    """
    A slow endpoint holds up no driver that has mail to tell of, and Lua's hear nothing of it.
    """
    path = script(
        "function dovecot_lua_notify_begin_txn() end\n"
        "function dovecot_lua_notify_end_txn() print('end') end\n"
        "function dovecot_lua_notify_event_message_new(ctx, event) print(event.subject) end\n"
    )
    lua = DriverEntry(name="lua", options={"file": path}, setting="push_notification_driver2")
    with ScriptedEndpoint(OK) as endpoint:
        drivers = [ox(endpoint.url), lua]
        with session(drivers, debug=False, dialect=name) as opened:
            opened.deliver(MAIL)

    assert [(type(effect).__name__, effect.driver) for effect in opened.effects] == [
        ("Call", "push_notification_driver2"),
        ("Call", "push_notification_driver2"),
        ("Print", "push_notification_driver2"),
        ("Call", "push_notification_driver2"),
        ("Print", "push_notification_driver2"),
        ("Http", "push_notification_driver"),
    ]


def test_dlog_prints_what_ox_asks_for() -> None:
    """
    From, Subject and snippet, but neither date nor To; then comes the answer, when all is over.
    """
    dlog = DriverEntry(name="dlog", setting="push_notification_driver2")
    with ScriptedEndpoint(OK) as endpoint, session([ox(endpoint.url), dlog]) as opened:
        opened.deliver(MAIL)

    said = [log.text for log in opened.effects.of(Log)]
    assert [words for words in said if words.startswith("MessageNew: ")] == [
        "MessageNew: From [=?utf-8?q?=C3=84lice?= <alice@barfoo.org>]",
        "MessageNew: Snippet [Hello there]",
        "MessageNew: Subject [Hi]",
    ]
    end = said.index("Called end_txn push_notification plugin hook.")
    assert said[end + 1 : end + 3] == [
        "push-notification: Push notification transaction completed",
        "push-notification-ox: Notification sent successfully: 200 OK",
    ]


@pytest.mark.parametrize(
    ("name", "service", "late"),
    [("2.3", "lmtp", True), ("2.3", "lda", False), ("2.4", "lmtp", False), ("documented", "lmtp", False)],
)
def test_who_logs_the_answer(name: str, service: str, late: bool) -> None:
    """
    In 2.3 LMTP has let its user go when an answer comes.
    """
    user = MailUser("bob", service=service)
    with ScriptedEndpoint(OK) as endpoint, session([ox(endpoint.url)], dialect=name, user=user) as opened:
        opened.deliver(MAIL)

    first, *_, last = [log for log in opened.effects.of(Log) if log.prefix == PREFIX]
    assert first.process is not None
    assert first.process.startswith(f"{service}(bob)<")
    assert last.text.startswith(f"{PREFIX}Notification sent")
    assert last.process == (f"lmtp({first.process.split('<')[1][:-1]})" if late else first.process)


def no_state(script: str) -> LuaState:
    """
    The OX driver has no Lua state.
    """
    raise AssertionError(script)


@pytest.mark.parametrize(("name", "lifetime_seconds"), [("documented", 5), ("2.3", 5), ("2.4", 5000)])
def test_what_is_there_is_kept(name: str, lifetime_seconds: int) -> None:
    """
    METADATA that was found holds for the cache's lifetime, which 2.4 takes a thousand times too long; what
    was not found is asked for again.
    """
    clock = ManualClock(1000.9)
    store = switched_on(None)
    context = DriverContext(
        username="bob",
        settings={},
        dialect=dialect(name),
        effects=Effects(),
        new_state=no_state,
        debug=True,
        store=store,
        way=Egress("deny"),
        clock=clock,
    )
    driver = OxDriver(ox("http://127.0.0.1:1/", cache_lifetime="5s"), context)
    assert driver.open()

    assert driver.begin(1, "INBOX") is None
    store.set_metadata("bob", "INBOX", KEY, "user=bob")
    assert driver.begin(2, "INBOX") is not None
    store.set_metadata("bob", "INBOX", KEY, None)
    clock.advance(lifetime_seconds - 1)
    assert driver.begin(3, "INBOX") is not None
    clock.advance(1)
    assert driver.begin(4, "INBOX") is None


def test_no_cache() -> None:
    """
    A lifetime of 0 asks every time.
    """
    store = switched_on()
    with session([ox("http://127.0.0.1:1/", cache_lifetime="0")], store=store) as opened:
        opened.append(MAIL)
        store.set_metadata("bob", "INBOX", KEY, None)
        opened.notify(MessageAppend(mailbox="INBOX", uid=2, uid_validity=1))

    assert "not active" in opened.effects.of(Log)[-2].text
