"""
Every key of the fixture format, as ``docs/fixtures.md`` has it.
"""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from luahost import events, message
from luahost.sources import Deliver, Happening, Input, MailboxState, MessageState, Notify, Rollback
from luahost.sources.fixture import read_fixture
from luahost.sources.steps import Step

ROOT = Path(__file__).parents[2]
WHEN = "when: [MailboxCreate: {mailbox: Work}]\n"
SHORT = "From: alice@example.org\nSubject: Hi\n\nHello\n"


def read(text: str, *, file: str = "bob.yaml") -> Input:
    return read_fixture(text.encode(), file=file)


@pytest.mark.parametrize(
    ("written", "user"),
    [
        ("", None),
        ("user: bob", {"username": "bob"}),
        ("user: 007", {"username": "007"}),
        ("user: 'null'", {"username": "null"}),
        ("user: {username: bob}", {"username": "bob"}),
        ("user: {username: bob, home: /srv/bob}", {"username": "bob", "home": "/srv/bob"}),
        ("user: {username: bob, uid: 0, gid: 4294967295}", {"username": "bob", "uid": 0, "gid": 4294967295}),
        ("user: {username: bob, service: imap}", {"username": "bob", "service": "imap"}),
        ("user: {username: bob, session_id: abc}", {"username": "bob", "session_id": "abc"}),
        ("user: {username: bob, session_id: }", {"username": "bob", "session_id": None}),
        (
            "user: {username: bob, session_create_time: 1560928320}",
            {"username": "bob", "session_create_time": 1560928320},
        ),
        (
            "user: {username: bob, nonexistent: true, anonymous: yes, autocreated: On, mail_debug: TRUE}",
            {
                "username": "bob",
                "nonexistent": True,
                "anonymous": True,
                "autocreated": True,
                "mail_debug": True,
            },
        ),
        (
            "user: {username: bob, fuzzy_search: false, dsyncing: no, admin: Off, session_restored: FALSE}",
            {
                "username": "bob",
                "fuzzy_search": False,
                "dsyncing": False,
                "admin": False,
                "session_restored": False,
            },
        ),
    ],
)
def test_user(written: str, user: dict[str, Any] | None) -> None:
    """
    ``user`` is a name or any of MailUser's fields, and MailUser takes them.
    """
    found = read(f"{written}\n{WHEN}")

    assert found.user == user
    for key, value in (user or {"username": "bob"}).items():
        assert getattr(found.mail_user(), key) == value


def test_the_command_line_may_name_another_user() -> None:
    """
    A given name goes before the fixture's; what else is known of the user stays.
    """
    found = read("user: {username: bob, service: imap}\n" + WHEN).mail_user("carol")

    assert (found.username, found.home, found.service) == ("carol", "/home/carol", "imap")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("http://127.0.0.1:8080/push", "http://127.0.0.1:8080/push"),
        ("yes", "yes"),
        ("true", "true"),
        ("010", "010"),
        ("1.50", "1.50"),
        ("2019-06-19", "2019-06-19"),
        ("12:30:00", "12:30:00"),
        ("null", "null"),
        ("~", "~"),
        ("", ""),
        ("''", ""),
        ("'a: b'", "a: b"),
        (r'"a\tb"', "a\tb"),
        ("!!str 5", "5"),
        ("Päivä 日本 😀", "Päivä 日本 😀"),
        ("|\n    two\n    lines", "two\nlines\n"),
        ("&anchor text", "text"),
    ],
)
def test_settings_are_text_as_it_is_written(written: str, value: str) -> None:
    """
    A setting is what stands in the file: no number is rounded and ``yes`` does not become true.
    """
    assert read(f"settings:\n  key: {written}\n{WHEN}").settings == {"key": value}


@pytest.mark.parametrize(
    ("written", "mailboxes"),
    [
        ("", {}),
        ("INBOX:", {"INBOX": MailboxState()}),
        ("inbox: {}", {"INBOX": MailboxState()}),
        ("Work/Päiv: {uid_validity: 4294967295}", {"Work/Päiv": MailboxState(uid_validity=4294967295)}),
        ("Work: {subscribed: true}", {"Work": MailboxState(subscribed=True)}),
        (
            "Work: {metadata: {/private/comment: hello, /shared/n: 010, /private/empty: }}",
            {
                "Work": MailboxState(
                    metadata={"/private/comment": "hello", "/shared/n": "010", "/private/empty": ""}
                )
            },
        ),
        ("Work: {messages: }", {"Work": MailboxState()}),
        ("Work: {messages: [{uid: 1}]}", {"Work": MailboxState(messages=(MessageState(uid=1),))}),
        (
            r"Work: {messages: [{uid: 9, flags: [\Seen, \Answered, \Seen], keywords: [b, a, b]}, {uid: 2}]}",
            {
                "Work": MailboxState(
                    messages=(
                        MessageState(uid=9, flags=("\\Answered", "\\Seen"), keywords=("b", "a")),
                        MessageState(uid=2),
                    )
                )
            },
        ),
    ],
)
def test_mailboxes(written: str, mailboxes: dict[str, MailboxState]) -> None:
    """
    A mailbox has a UIDVALIDITY, messages, metadata and a subscription, none of which must be given.
    """
    assert read(f"mailboxes:\n  {written}\n{WHEN}").mailboxes == mailboxes


MESSAGE_IDS = {"mailbox": "INBOX", "uid": 3}
SAVED = r"""
    uid: 3
    uid_validity: 7
    mailbox: Work
    date: -1
    tz: -330
    from: Alice <alice@example.org>
    to: 2019
    subject: ~
    snippet: ''
    message_id: <1@example.org>
    from_address: alice@example.org
    from_display_name: Alice
    to_address: bob@example.com
    to_display_name: Bob
    flags: [\Seen, \Flagged]
    keywords: [$Todo]
"""
SAVED_FIELDS = {
    "uid": 3,
    "uid_validity": 7,
    "mailbox": "Work",
    "date": -1,
    "tz": -330,
    "from_": "Alice <alice@example.org>",
    "to": "2019",
    "subject": None,
    "snippet": "",
    "message_id": "<1@example.org>",
    "from_address": "alice@example.org",
    "from_display_name": "Alice",
    "to_address": "bob@example.com",
    "to_display_name": "Bob",
    "flags": ("\\Flagged", "\\Seen"),
    "keywords": ("$Todo",),
}


@pytest.mark.parametrize(
    ("written", "happening"),
    [
        ("MailboxCreate: {mailbox: Work}", Happening(events.MailboxCreate, {"mailbox": "Work"})),
        ("MailboxDelete: {mailbox: Work}", Happening(events.MailboxDelete, {"mailbox": "Work"})),
        ("MailboxSubscribe: {mailbox: Work}", Happening(events.MailboxSubscribe, {"mailbox": "Work"})),
        ("MailboxUnsubscribe: {mailbox: Work}", Happening(events.MailboxUnsubscribe, {"mailbox": "Work"})),
        (
            "MailboxRename: {mailbox: New, mailbox_old: Old}",
            Happening(events.MailboxRename, {"mailbox": "New", "mailbox_old": "Old"}),
        ),
        ("MessageRead: {uid: 3}", Happening(events.MessageRead, MESSAGE_IDS)),
        ("MessageTrash: {uid: '3'}", Happening(events.MessageTrash, MESSAGE_IDS)),
        ("MessageExpunge: {uid: 3, mailbox: inbox}", Happening(events.MessageExpunge, MESSAGE_IDS)),
        (
            r"FlagsSet: {uid: 3, flags: [\Seen], keywords: [a]}",
            Happening(events.FlagsSet, {**MESSAGE_IDS, "flags": ("\\Seen",), "keywords": ("a",)}),
        ),
        (
            r"FlagsClear: {uid: 3, flags: [\Seen], flags_old: [\Seen, \Draft],"
            " keywords: [a], keywords_old: [b, a]}",
            Happening(
                events.FlagsClear,
                {
                    **MESSAGE_IDS,
                    "flags": ("\\Seen",),
                    "flags_old": ("\\Seen", "\\Draft"),
                    "keywords": ("a",),
                    "keywords_old": ("b", "a"),
                },
            ),
        ),
        (f"MessageNew:{SAVED}", Happening(events.MessageNew, SAVED_FIELDS)),
        (f"MessageAppend:{SAVED}", Happening(events.MessageAppend, SAVED_FIELDS)),
    ],
)
def test_events(written: str, happening: Happening) -> None:
    """
    Each of the twelve events takes its own fields and is a transaction of its own.
    """
    assert read(f"when:\n- {written}").steps == (Notify((happening,)),)


def test_every_field_of_every_event_has_a_place_in_the_shipped_example() -> None:
    """
    fixtures/every-event.yaml shows all twelve events with all their fields, but the headers that other
    fields stand for.
    """
    path = ROOT / "fixtures" / "every-event.yaml"
    shown: dict[type[events.Event], set[str]] = {}
    for step in read_fixture(path.read_bytes(), file=str(path)).steps:
        assert isinstance(step, Notify)
        shown.update({happening.kind: set(happening.fields) for happening in step.events})

    assert shown == {kind: {field.name for field in fields(kind)} - {"headers"} for kind in events.EVENTS}


READ_1 = Happening(events.MessageRead, {"mailbox": "INBOX", "uid": 1})
READ_2 = Happening(events.MessageRead, {"mailbox": "INBOX", "uid": 2})
HEADER_ONLY = message.read(b"Subject: Hi")


@pytest.mark.parametrize(
    ("written", "step"),
    [
        ("transaction: [MessageRead: {uid: 1}]", Notify((READ_1,))),
        ("transaction: [MessageRead: {uid: 1}, MessageRead: {uid: 2}]", Notify((READ_1, READ_2))),
        ("rollback: [MessageRead: {uid: 1}, MessageRead: {uid: 2}]", Rollback((READ_1, READ_2))),
        ("deliver: hello.eml", Deliver(message=message.read(SHORT.encode()))),
        ("deliver: folder/../hello.eml", Deliver(message=message.read(SHORT.encode()))),
        ("deliver: '1560937320.M1P2.host:2,S'", Deliver(message=message.read(b"Subject: from a Maildir\n"))),
        ("deliver: 'Subject: Hi'", Deliver(message=HEADER_ONLY)),
        (
            "deliver: |\n    From: alice@example.org\n    Subject: Hi\n\n    Hello\n",
            Deliver(message=message.read(SHORT.encode())),
        ),
        ("deliver: |\n\n    Hello\n", Deliver(message=message.read(b"\nHello\n"))),
        ("deliver: {message: hello.eml}", Deliver(message=message.read(SHORT.encode()))),
        (
            r"deliver: {message: 'Subject: Hi', mailbox: Work, flags: [\Flagged], keywords: [$Todo]}",
            Deliver(message=HEADER_ONLY, mailbox="Work", flags=("\\Flagged",), keywords=("$Todo",)),
        ),
        ("deliver: 'Subject: Päivä'", Deliver(message=message.read("Subject: Päivä".encode()))),
    ],
)
def test_transactions_and_deliveries(tmp_path: Path, written: str, step: Step) -> None:
    """
    A message stands in the fixture or in a file beside it; several events may share a transaction.
    """
    tmp_path.joinpath("folder").mkdir()
    tmp_path.joinpath("hello.eml").write_text(SHORT)
    tmp_path.joinpath("1560937320.M1P2.host:2,S").write_text("Subject: from a Maildir\n")

    assert read(f"when:\n- {written}", file=str(tmp_path / "bob.yaml")).steps == (step,)


def test_items_of_when_are_steps_in_order() -> None:
    """
    Each item becomes one step, whatever it is.
    """
    found = read(
        "when:\n- MessageRead: {uid: 1}\n- rollback: [MessageRead: {uid: 1}]\n- MessageRead: {uid: 2}\n"
    )

    assert found.steps == (Notify((READ_1,)), Rollback((READ_1,)), Notify((READ_2,)))


@pytest.mark.parametrize(
    ("written", "settings"),
    [
        ("settings: {<<: {a: 1}}", {"a": "1"}),
        ("settings: {<<: {a: 1}, a: 2}", {"a": "2"}),
        ("settings: {<<: [{a: 1}, {a: 2, b: 3}]}", {"a": "1", "b": "3"}),
        ("settings: {<<: [{<<: {a: 1}}, {a: 2}]}", {"a": "1"}),
        ("settings: {<<: [&a {x: 1}, &b {x: 2}, *a]}", {"x": "1"}),
        ("settings: {<<: [{<<: &a {x: 1}}, {x: 2}, *a]}", {"x": "1"}),
        ("settings: {a: &text 1, b: *text}", {"a": "1", "b": "1"}),
        ("settings: {a: &x 1, b: &x 2, c: *x}", {"a": "1", "b": "2", "c": "2"}),
        ("settings: &s {a: 1, <<: *s}", {"a": "1"}),
        ("settings: &s {a: 1, <<: [{<<: *s, b: 2}]}", {"a": "1", "b": "2"}),
    ],
)
def test_aliases_and_merge_keys(written: str, settings: dict[str, str]) -> None:
    """
    A mapping's own keys go before merged ones, the first merged before the second; circles are fine.
    """
    assert read(f"{written}\n{WHEN}").settings == settings


@pytest.mark.parametrize("path", sorted(ROOT.glob("fixtures/*.yaml")), ids=lambda path: path.name)
def test_shipped_fixtures_can_be_read(path: Path) -> None:
    """
    Each fixture that luahost ships is one.
    """
    assert read_fixture(path.read_bytes(), file=str(path)).steps


EXAMPLES = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "fixtures.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_in_the_documentation_can_be_read(tmp_path: Path, example: str) -> None:
    """
    What docs/fixtures.md shows works as it stands.
    """
    tmp_path.joinpath("hello.eml").write_text(SHORT)

    assert read(example, file=str(tmp_path / "bob.yaml")).steps
