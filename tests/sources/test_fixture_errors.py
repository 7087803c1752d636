"""
What is said about a fixture that is none: the words and the line.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.errors import InputError
from luahost.sources.fixture import read_fixture

WHEN = "when: [MailboxCreate: {mailbox: Work}]\n"
EVENT_NAMES = (
    "FlagsClear, FlagsSet, MailboxCreate, MailboxDelete, MailboxRename, MailboxSubscribe, MailboxUnsubscribe,"
    " MessageAppend, MessageExpunge, MessageNew, MessageRead, MessageTrash"
)
ONE_WORD = '2: an item of when is one word and what belongs to it, such as "deliver: hello.eml"'
UINT32 = "a number from 1 to 4294967295"

ALL_WORDS = (
    "deliver, append, store, read, copy, move, expunge, create, delete, rename, subscribe, unsubscribe, "
    "replay, transaction, rollback"
)


def complaint(text: str, *, file: str = "f.yaml") -> str:
    with pytest.raises(InputError) as caught:
        read_fixture(text.encode(), file=file)
    assert caught.value.file == file
    return str(caught.value).removeprefix(f"{file}:")


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (
            "# nothing\n",
            "1: a fixture is a mapping with the keys user, settings, mailboxes, when, found nothing",
        ),
        ("- a\n", "1: a fixture is a mapping with the keys user, settings, mailboxes, when, found a list"),
        (
            "\nhello\n",
            '1: a fixture is a mapping with the keys user, settings, mailboxes, when, found "hello"',
        ),
        (
            "user: bob\n\nsetings:\n  a: b\n" + WHEN,
            '3: unknown key "setings" at the top; did you mean settings?',
        ),
        (
            "user: bob\n",
            "1: when is missing, so nothing would happen; add it with an item such as - deliver: hello.eml",
        ),
        (
            "user: bob\nwhen:\n",
            "2: when is empty, so nothing would happen; add an item such as - deliver: hello.eml",
        ),
        ("when: []\n", "1: when is empty, so nothing would happen; add an item such as - deliver: hello.eml"),
        ("when:\n  deliver: a.eml\n", "1: when is a list, found a mapping"),
        ("user: bob\nuser: carol\n" + WHEN, '2: the key "user" is there twice, first in line 1'),
        ("? [user]\n: bob\n" + WHEN, "1: a key is text, found a list"),
        ("<<: bob\n" + WHEN, '1: << is a mapping or a list of mappings, found "bob"'),
        ("<<:\n  - bob\n" + WHEN, '2: << is a mapping or a list of mappings, found "bob"'),
    ],
)
def test_top(written: str, words: str) -> None:
    """
    A fixture is a mapping with known keys and something under ``when``.
    """
    assert complaint(written) == words


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("user:\n", "1: user is a name, found nothing"),
        ("user: ''\n", '1: user is a name, found ""'),
        ("user: [bob]\n", "1: user is a mapping, found a list"),
        ("user: {home: /srv}\n", "1: username is missing in user"),
        ("user: {username: }\n", "1: username is a name, found nothing"),
        ("user:\n  username: bob\n  home:\n", "3: home is text, found nothing"),
        (
            "user:\n  username: bob\n  uid: one\n",
            '3: uid is a number from 0 to 4294967295, found "one"',
        ),
        ("user: {username: bob, gid: -1}\n", '1: gid is a number from 0 to 4294967295, found "-1"'),
        ("user: {username: bob, admin: maybe}\n", '1: admin is true or false, found "maybe"'),
        ("user: {username: bob, admin: }\n", "1: admin is true or false, found nothing"),
        ("user: {username: bob, admin: [yes]}\n", "1: admin is true or false, found a list"),
        (
            "user: {username: bob, session_create_time: 2019-06-19}\n",
            '1: session_create_time is a number of seconds since 1970, found "2019-06-19"',
        ),
        (
            "user:\n  username: bob\n  name: Bob\n",
            '3: unknown key "name" in user; did you mean username?',
        ),
        ("settings: [a]\n", "1: settings is a mapping, found a list"),
        ("settings: a\n", '1: settings is a mapping, found "a"'),
        ("settings:\n  a:\n    b: c\n", "2: a is text, found a mapping"),
        ('settings: {"\\e[31m": []}\n', '1: "\ufffd[31m" is text, found a list'),
        ("settings:\n  a: 1\n  b: 2\n  a: 3\n", '4: the key "a" is there twice, first in line 2'),
    ],
)
def test_user_and_settings(written: str, words: str) -> None:
    """
    A user is a name or known fields of the right kind; settings are text.
    """
    assert complaint(written + WHEN) == words


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("[INBOX]", "1: mailboxes is a mapping, found a list"),
        ("{INBOX: 7}", '1: INBOX is a mapping, found "7"'),
        ("{'': }", "1: Invalid mailbox name: Name is empty"),
        ("{a//b: }", "1: Invalid mailbox name: Has adjacent hierarchy separators"),
        ("\n  INBOX:\n  inbox:", '3: the mailbox "INBOX" is there twice'),
        (
            "\n  Work:\n    size: 1",
            '3: unknown key "size" in the mailbox "Work"; there are uid_validity, messages, metadata,'
            " subscribed",
        ),
        ("{W: {uid_validity: 0}}", f'1: uid_validity is {UINT32}, found "0"'),
        ("{W: {uid_validity: }}", f"1: uid_validity is {UINT32}, found nothing"),
        ("{W: {subscribed: 1}}", '1: subscribed is true or false, found "1"'),
        ("{W: {messages: 3}}", '1: messages is a list, found "3"'),
        ("{W: {messages: [3]}}", '1: a message is a mapping, found "3"'),
        ("\n  W:\n    messages:\n      - {flags: []}", "4: uid is missing in a message"),
        (
            "\n  W:\n    messages:\n      - uid: 1\n        flag: []",
            '5: unknown key "flag" in a message; did you mean flags?',
        ),
        ("\n  W:\n    messages:\n      - {uid: 1}\n      - {uid: 1}", "5: uid 1 is there twice"),
        (r"{W: {messages: [{uid: 1, flags: \Seen}]}}", r'1: flags is a list, found "\Seen"'),
        (
            "\n  W:\n    messages:\n      - uid: 1\n        flags:\n          - \\Seen\n          - \\Sean",
            r'7: unknown flag "\Sean"; there are \Answered \Flagged \Deleted \Seen \Draft \Recent,'
            " and keywords for the rest",
        ),
        ("{W: {messages: [{uid: 1, flags: [[]]}]}}", "1: a flag is text, found a list"),
        (
            r"{W: {messages: [{uid: 1, keywords: [\Seen]}]}}",
            r'1: a keyword is a word without a backslash, found "\Seen"',
        ),
        (
            "{W: {messages: [{uid: 1, keywords: ['']}]}}",
            '1: a keyword is a word without a backslash, found ""',
        ),
        ("{W: {messages: [{uid: 1, keywords: [~]}]}}", "1: a keyword is text, found nothing"),
        ("{W: {metadata: [a]}}", "1: metadata is a mapping, found a list"),
        (
            "\n  W:\n    metadata:\n      comment: hello",
            '4: a metadata key begins with /private/ or /shared/, found "comment"',
        ),
        ("{W: {metadata: {/private/a: [b]}}}", "1: /private/a is text, found a list"),
    ],
)
def test_mailboxes(written: str, words: str) -> None:
    """
    Mailboxes have names that Dovecot takes, and messages with UIDs, flags and keywords.
    """
    assert complaint(f"mailboxes: {written}\n{WHEN}") == words


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("- MesageNew: {uid: 1}", "2: unknown event MesageNew; did you mean MessageNew?"),
        ("- Deliver: a.eml", "2: unknown event Deliver; did you mean deliver?"),
        ("- Xyzzy: {uid: 1}", f"2: unknown event Xyzzy; there are {EVENT_NAMES}"),
        ("- delivre: a.eml", '2: unknown word "delivre"; did you mean deliver?'),
        (
            "- xyzzy: a.eml",
            f'2: unknown word "xyzzy"; there are {ALL_WORDS} and the events',
        ),
        ("- ' ': a.eml", f'2: unknown word " "; there are {ALL_WORDS} and the events'),
        (
            "- hello.eml",
            f'{ONE_WORD}, found "hello.eml"',
        ),
        (
            "- {}",
            f"{ONE_WORD}, found a mapping",
        ),
        (
            "- deliver: a.eml\n    mailbox: Work",
            '2: an item of when has one key, found "deliver", "mailbox";'
            " indent what belongs to the first one deeper",
        ),
        ("- MessageRead:", "2: uid is missing in MessageRead"),
        ("- MessageRead: 1", '2: MessageRead is a mapping, found "1"'),
        ("- MessageRead: {uid: one}", f'2: uid is {UINT32}, found "one"'),
        ("- MessageRead: {uid: 0}", f'2: uid is {UINT32}, found "0"'),
        ("- MessageRead: {uid: 010}", f'2: uid is {UINT32}, found "010"'),
        ("- MessageRead: {uid: 1.0}", f'2: uid is {UINT32}, found "1.0"'),
        ("- MessageRead: {uid: 4294967296}", f'2: uid is {UINT32}, found "4294967296"'),
        ("- MessageRead: {uid: " + "9" * 5000 + "}", f'2: uid is {UINT32}, found "{"9" * 60}…"'),
        ("- MessageRead: {uid: ٣}", f'2: uid is {UINT32}, found "٣"'),
        ("- MessageRead: {uid: [1]}", f"2: uid is {UINT32}, found a list"),
        ("- MessageRead:\n      uid: 1\n      uid_validity: x", f'4: uid_validity is {UINT32}, found "x"'),
        (
            "- MessageRead: {uid: 1, mailbox: a//b}",
            "2: Invalid mailbox name: Has adjacent hierarchy separators",
        ),
        ("- MessageRead: {uid: 1, mailbox: }", "2: mailbox is text, found nothing"),
        (
            "- MessageRead: {uid: 1, subject: Hi}",
            '2: unknown key "subject" in MessageRead; there are mailbox, uid, uid_validity',
        ),
        (
            "- MessageNew: {uid: 1, from_: a}",
            '2: unknown key "from_" in MessageNew; did you mean from?',
        ),
        ("- MessageNew: {uid: 1, from: }", "2: from is text, found nothing"),
        ("- MessageNew: {uid: 1, date: today}", '2: date is a number of seconds since 1970, found "today"'),
        (
            "- MessageNew: {uid: 1, date: 9223372036854775808}",
            '2: date is a number of seconds since 1970, found "9223372036854775808"',
        ),
        ("- MessageNew: {uid: 1, tz: +0200}", '2: tz is a number from -6039 to 6039, found "+0200"'),
        ("- MailboxCreate: {}", "2: mailbox is missing in MailboxCreate"),
        ("- MailboxRename: {mailbox: a}", "2: mailbox_old is missing in MailboxRename"),
        ("- transaction:", "2: transaction has no events; list at least one under it"),
        ("- rollback: []", "2: rollback has no events; list at least one under it"),
        ("- transaction: {MessageRead: {uid: 1}}", "2: transaction is a list, found a mapping"),
        (
            "- transaction:\n    - deliver: a.eml",
            "3: deliver is a transaction of its own; only events stand here",
        ),
        ("- rollback:\n    - MesageNew: {uid: 1}", "3: unknown event MesageNew; did you mean MessageNew?"),
        ("- deliver:", "2: deliver is a file, a message or a mapping, found nothing"),
        ("- deliver: ''", '2: deliver is a file or a message, found ""'),
        ("- deliver: [a.eml]", "2: deliver is a file, a message or a mapping, found a list"),
        ("- deliver: {mailbox: Work}", "2: message is missing in deliver"),
        ("- deliver: {message: }", "2: message is a file or a message, found nothing"),
        (
            "- deliver: {message: 'A: b', to: Work}",
            '2: unknown key "to" in deliver; there are message, mailbox, flags, keywords, subscribe',
        ),
    ],
)
def test_when(written: str, words: str) -> None:
    """
    An item of ``when`` is one known word with the fields that it needs.
    """
    assert complaint(f"when:\n  {written}\n") == words


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("deliver: missing.eml", 'deliver "{folder}/missing.eml": no such file'),
        ("deliver: {message: missing.eml}", 'message "{folder}/missing.eml": no such file'),
        (
            "deliver: Hello you",
            'deliver "{folder}/Hello you": no such file; a message that is written here begins with a '
            "header, such as Subject: Hello",
        ),
        ("deliver: /missing.eml", 'deliver "/missing.eml": no such file'),
        ("deliver: .", 'deliver "{folder}/.": this is a directory; name one of the files in it'),
        (
            "deliver: empty.eml",
            'deliver "{folder}/empty.eml": the file is empty; a message or a fixture is needed',
        ),
        (r'deliver: "a\0b"', 'deliver "{folder}/a\ufffdb": no file can have this name'),
    ],
)
def test_messages_beside_the_fixture(tmp_path: Path, written: str, words: str) -> None:
    """
    A message that cannot be read is the fixture's fault, in the fixture's line.
    """
    tmp_path.joinpath("empty.eml").touch()

    found = complaint(f"when:\n- {written}\n", file=f"{tmp_path}/f.yaml")

    assert found == "2: " + words.format(folder=tmp_path)


def test_aliases_cannot_stand_for_more_than_a_million_values() -> None:
    """
    A page of aliases that repeat each other ends early.
    """
    # Each line is a transaction of a thousand events with a hundred keywords each, and there are ten of them.
    event = "{FlagsSet: {uid: 1, keywords: [" + "a, " * 100 + "]}}"
    written = f"- &t {{transaction: [&e {event}" + ", *e" * 1000 + "]}" + "\n- *t" * 10

    assert complaint(f"when:\n{written}\n").endswith(": more than 1000000 values; aliases repeat too much")
