"""
Operations, one session at a time: the transactions that they open and what they leave in the store.

``tests.conformance`` holds the store against real servers; here stand the rules one by one, among them
those that a real 2.3.19.1 was asked about without a recording.
"""

from __future__ import annotations

import contextlib

import pytest

from luahost.dialects import DIALECTS
from luahost.events import MessageAppend
from luahost.store import MAILDIR, SDBOX, Connection, MailboxError, Storage, operations, perform
from luahost.store.actions import Commit, Notify
from luahost.store.operations import NewMessage
from tests.store.mail import Mail, events


@pytest.mark.parametrize(
    ("dialect", "told"),
    [
        ("documented", ["FlagsSet INBOX 1 flags=\\Seen", "MessageRead INBOX 1"]),
        ("2.3", ["FlagsClear INBOX 1", "FlagsSet INBOX 1 flags=\\Seen", "MessageRead INBOX 1"]),
        ("2.4", ["FlagsClear INBOX 1", "FlagsSet INBOX 1 flags=\\Seen", "MessageRead INBOX 1"]),
    ],
)
def test_reading(dialect: str, told: list[str]) -> None:
    """
    Reading sets the flag once; real servers tell of nothing cleared too, the documents do not.
    """
    mail = Mail(dialect)
    mail.does("STATUS INBOX (MESSAGES)", "APPEND INBOX {n01}", "SELECT INBOX")
    # Another client: what came is not recent to it.
    mail.connection = Connection(mail.store, "bob", mail.dialect)

    first = mail.does("SELECT INBOX", "FETCH 1 (BODY[])")
    again = mail.does("FETCH 1 (BODY[])", "FETCH 1 (BODY.PEEK[])")

    assert events(first) == told
    assert again == []


@pytest.mark.parametrize(
    ("commands", "documented", "real"),
    [
        (
            ["STORE 1 +FLAGS (foo)"],
            ["FlagsSet INBOX 1 keywords=foo"],
            ["FlagsClear INBOX 1", "FlagsSet INBOX 1 keywords=foo"],
        ),
        (
            ["STORE 1 +FLAGS (foo bar)", "STORE 1 -FLAGS (bar)"],
            ["FlagsClear INBOX 1 keywords=bar keywords_old=foo,bar"],
            ["FlagsClear INBOX 1 keywords=bar keywords_old=foo,bar", "FlagsSet INBOX 1"],
        ),
        (
            [r"STORE 1 +FLAGS (\Flagged)", r"STORE 1 FLAGS (\Seen foo)"],
            [
                r"FlagsClear INBOX 1 flags=\Flagged flags_old=\Flagged,\Recent",
                r"FlagsSet INBOX 1 flags=\Seen keywords=foo",
                "MessageRead INBOX 1",
            ],
            [
                r"FlagsClear INBOX 1 flags=\Flagged flags_old=\Flagged,\Recent",
                r"FlagsSet INBOX 1 flags=\Seen keywords=foo",
                "MessageRead INBOX 1",
            ],
        ),
        ([r"STORE 1 +FLAGS (\Seen)", r"STORE 1 +FLAGS (\Seen)"], [], []),
        (["STORE 1 -FLAGS (nosuch)"], [], []),
        (["UID STORE 99 FLAGS (a)"], [], []),
        (["EXAMINE INBOX", r"STORE 1 +FLAGS (\Seen)"], [], []),
    ],
)
def test_flags(commands: list[str], documented: list[str], real: list[str]) -> None:
    """
    What a STORE tells of: one FlagsClear and one FlagsSet for flags and keywords together, or nothing.
    """
    for dialect, wanted in [("documented", documented), ("2.3", real), ("2.4", real)]:
        mail = Mail(dialect)
        mail.does("STATUS INBOX (MESSAGES)", "APPEND INBOX {n01}", "SELECT INBOX", *commands[:-1])

        assert events(mail.does(commands[-1])) == wanted, dialect


def test_keywords_have_one_spelling_and_the_mailboxes_order() -> None:
    """
    A keyword is what it was at first, in order of first use, and in a copy as the target has it.
    """
    mail = Mail("2.3")
    mail.does("STATUS INBOX (MESSAGES)", "CREATE Work", "APPEND Work (B zz A) {n01}", "SELECT INBOX")

    told = mail.does("APPEND INBOX (b a) {n01}", "APPEND INBOX (A c B) {n02}", "COPY 2 Work")

    assert events(told) == [
        "MessageAppend INBOX 1 keywords=b,a",
        "MessageAppend INBOX 2 keywords=b,a,c",
        "MessageAppend Work 2 keywords=B,A,c",
    ]


def test_keywords_after_one_that_is_given_twice_are_lost() -> None:
    """
    Dovecot forgets them, in whatever case the second one is; the mailbox knows them all the same.
    """
    mail = Mail("2.3")
    mail.does("STATUS INBOX (MESSAGES)")

    told = mail.does("APPEND INBOX (one ONE two) {n01}", "SELECT INBOX", "STORE 1 +FLAGS (three three two)")

    assert events(told) == [
        "MessageAppend INBOX 1 keywords=one",
        "FlagsClear INBOX 1 keywords_old=one",
        "FlagsSet INBOX 1 keywords=three",
    ]
    assert mail.store.status("bob", "INBOX").keywords == ("one", "two", "three")


def test_move_has_two_transactions_at_once() -> None:
    """
    The target's transaction begins and ends first, and the messages are gone when the source's ends.
    """
    mail = Mail("2.3")
    mail.does("CREATE Work", "APPEND INBOX {n01} {n02}", "SELECT INBOX")

    told = mail.does("MOVE 1:2 Work")

    assert told[:2] == ["begin 3", "begin 4"]
    assert told[2:5] == ["MessageAppend Work 1", "MessageAppend Work 2", "end 3"]
    assert told[5:] == ["MessageExpunge INBOX 1", "MessageExpunge INBOX 2", "end 4"]
    assert mail.store.status("bob", "INBOX").messages == 0
    assert mail.store.status("bob", "Work").messages == 2


def test_a_copy_has_the_messages_fields() -> None:
    """
    What is copied or moved is told of with the headers that it came with.
    """
    mail = Mail("2.4")
    mail.does("STATUS INBOX (MESSAGES)", "CREATE Work", "APPEND INBOX {mime_q_utf8}", "SELECT INBOX")

    (copy,) = [
        action.event
        for operation in mail.reader.operations("COPY 1 Work")
        for action in perform(mail.connection, operation)
        if isinstance(action, Notify)
    ]

    assert isinstance(copy, MessageAppend)
    assert copy.subject == "päivää"


def test_a_failed_append_leaves_nothing() -> None:
    """
    An APPEND that fails after a message begins and ends without success, and keeps none.
    """
    mail = Mail("2.3")
    mail.does("STATUS INBOX (MESSAGES)")

    assert mail.does("APPEND INBOX {n01} {empty literal}") == ["begin 2", "failed 2"]
    assert mail.does("APPEND INBOX {empty literal}") == []
    assert mail.store.status("bob", "INBOX").messages == 0
    assert events(mail.does("APPEND INBOX {n01}")) == ["MessageAppend INBOX 1"]


def test_the_store_changes_between_begin_and_end() -> None:
    """
    Whoever asks while a transaction begins finds the mailbox as it was; when it ends, as it is.
    """
    mail = Mail("2.3")
    mail.does("CREATE INBOX")
    counts = []
    for operation in mail.reader.operations("APPEND INBOX {n01}"):
        for action in perform(mail.connection, operation):
            counts.append((type(action), mail.store.status("bob", "INBOX").messages))

    assert counts == [(Notify, 0), (Commit, 1)]


@pytest.mark.parametrize(
    ("dialect", "storage", "commands", "told"),
    [
        ("documented", MAILDIR, ["SELECT INBOX"], []),
        ("documented", SDBOX, ["APPEND INBOX {n01}"], ["MessageAppend INBOX 1"]),
        ("2.3", MAILDIR, ["SELECT INBOX"], ["MailboxCreate INBOX"]),
        ("2.3", MAILDIR, ["CREATE Work", "SELECT INBOX"], ["MailboxCreate Work"]),
        ("2.3", MAILDIR, ['LIST "" *', "SELECT INBOX"], []),
        ("2.3", SDBOX, ['LIST "" *', "SELECT INBOX"], ["MailboxCreate INBOX"]),
        ("2.3", SDBOX, ["CREATE Work", "SELECT INBOX"], ["MailboxCreate Work", "MailboxCreate INBOX"]),
        ("2.4", MAILDIR, ["CREATE Work", "SELECT INBOX"], ["MailboxCreate Work", "MailboxCreate INBOX"]),
        ("2.4", MAILDIR, ['LIST "" *', "SELECT INBOX"], ["MailboxCreate INBOX"]),
        ("2.3", MAILDIR, ["STATUS Nosuch (MESSAGES)", "CREATE INBOX"], ["MailboxCreate INBOX"]),
        ("2.3", SDBOX, ["CREATE INBOX/x"], ["MailboxCreate INBOX/x", "MailboxCreate INBOX"]),
        (
            "2.3",
            SDBOX,
            ["CREATE Work", "RENAME Work INBOX/x"],
            ["MailboxCreate Work", "MailboxRename INBOX/x Work"],
        ),
        ("2.4", SDBOX, ["CREATE Work"], ["MailboxCreate Work"]),
        ("2.4", SDBOX, ["CREATE INBOX", "SELECT INBOX"], ["MailboxCreate INBOX"]),
    ],
)
def test_inbox_is_made(dialect: str, storage: Storage, commands: list[str], told: list[str]) -> None:
    """
    When an INBOX that Dovecot makes by itself is told of.
    """
    mail = Mail(dialect, storage)
    told_of: list[str] = []
    for operation in (operation for command in commands for operation in mail.reader.operations(command)):
        with contextlib.suppress(MailboxError):
            told_of += mail.performs(operation)

    assert events(told_of) == told


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("SELECT A", False),
        ("STATUS A (MESSAGES)", False),
        ("APPEND A {n01}", False),
        ("DELETE A", False),
        ("RENAME A B", False),
        ("RENAME A A", False),
        ("RENAME INBOX B", False),
        ("SUBSCRIBE A", False),
        ("SUBSCRIBE INBOX", False),
        ("UNSUBSCRIBE A", True),
        ("DELETE INBOX", True),
        ("RENAME A A/B", True),
        ("RENAME A.B A.B", True),
        ("SELECT A.B", True),
        ("SUBSCRIBE A.B", True),
    ],
)
def test_a_search_for_a_mailbox_makes_the_folder(command: str, told: bool) -> None:
    """
    In a Maildir of 2.3, whoever looks for a mailbox makes INBOX without a word, found or not.
    """
    mail = Mail("2.3")
    for operation in mail.reader.operations(command):
        with contextlib.suppress(MailboxError):
            mail.performs(operation)

    assert events(mail.does("STATUS INBOX (MESSAGES)")) == (["MailboxCreate INBOX"] if told else [])


@pytest.mark.parametrize(
    ("dialect", "told"),
    [
        ("documented", []),
        ("2.3", ["MailboxCreate INBOX"]),
        ("2.4", ["MailboxCreate INBOX", "MailboxSubscribe INBOX"]),
    ],
)
def test_a_delivery_makes_what_it_needs(dialect: str, told: list[str]) -> None:
    """
    The first delivery makes INBOX and, where it is told to and does so, subscribes; later ones do not.
    """
    mail = Mail(dialect)
    delivery = operations.Deliver(message=NewMessage(), subscribe=True)

    assert events(mail.performs(delivery)) == [*told, "MessageNew INBOX 1"]
    assert events(mail.performs(delivery)) == ["MessageNew INBOX 2"]


def test_recent_is_for_the_first_client() -> None:
    r"""
    The client that selects a mailbox first sees what came as ``\Recent``, the next one does not.
    """
    mail = Mail("2.3")
    other = Connection(mail.store, "bob", mail.dialect)
    mail.performs(operations.Deliver(message=NewMessage()), other)
    mail.does("SELECT INBOX")
    mail.performs(operations.Select(), other)

    first = mail.does(r"STORE 1 +FLAGS (\Flagged)")
    mail.connection = other
    second = mail.does(r"STORE 1 -FLAGS (\Flagged)")

    assert events(first)[0] == r"FlagsClear INBOX 1 flags_old=\Recent"
    assert events(second) == [r"FlagsClear INBOX 1 flags=\Flagged flags_old=\Flagged"]


@pytest.mark.parametrize(
    ("command", "recent"),
    [("APPEND Work {n02}", 0), ("COPY 1 Work", 0), ("MOVE 1 Work", 0), ("APPEND Other {n02}", 1)],
)
def test_recent_where_the_client_has_selected_the_mailbox(command: str, recent: int) -> None:
    r"""
    When a script hears of a message that a client saves into the mailbox that it has selected, the client has
    seen it, so the script finds nothing recent there.
    """
    mail = Mail("2.3")
    mail.does("CREATE Work", "CREATE Other", "SELECT Work", "APPEND Work {n01}")
    [operation] = mail.reader.operations(command)
    where = "Other" if "Other" in command else "Work"

    seen = [
        mail.store.status("bob", where).recent
        for action in perform(mail.connection, operation)
        if isinstance(action, Commit)
    ]

    assert seen[0] == recent


@pytest.mark.parametrize(
    ("commands", "recent"),
    [
        (["APPEND INBOX {n01}"], 1),
        (["APPEND INBOX {n01}", "APPEND INBOX {n02}", "APPEND INBOX {n03}"], 2),
        (["APPEND INBOX {n01} {n02}", "APPEND INBOX {n03}"], 1),
        (["APPEND INBOX {n01}", "STATUS INBOX (MESSAGES)", "APPEND INBOX {n02}"], 2),
        (["CREATE INBOX", "APPEND INBOX {n01}", "APPEND INBOX {n02}"], 2),
        (["CREATE Work", "APPEND INBOX {n01}", "APPEND INBOX {n02}"], 2),
        (['LIST "" *', "APPEND INBOX {n01}", "APPEND INBOX {n02}"], 2),
        (["APPEND INBOX {empty literal}", "APPEND INBOX {n01}", "APPEND INBOX {n02}"], 2),
        (["APPEND INBOX {n01} {empty literal}", "APPEND INBOX {n01}", "APPEND INBOX {n02}"], 2),
    ],
)
def test_recent_in_a_new_maildir_inbox(commands: list[str], recent: int) -> None:
    """
    What came first into an INBOX that no one has looked at is not recent once there is more.
    """
    mail = Mail("2.3")
    mail.does(*commands)

    assert mail.store.status("bob", "INBOX").recent == recent


@pytest.mark.parametrize(
    ("commands", "recent"),
    [
        ([r"APPEND INBOX {n01} (\Flagged) {n02} {n03}", "SELECT INBOX"], {3}),
        (["APPEND INBOX {n01} {n02} (one) {n03}", "STATUS INBOX (MESSAGES)", "SELECT INBOX"], set()),
        (["APPEND INBOX (one) {n01} {n02}", "APPEND INBOX {n01} {empty literal}", "SELECT INBOX"], {2}),
        (["APPEND INBOX {n01}", "APPEND INBOX (one) {n02}", "SELECT INBOX"], {2}),
        (["STATUS INBOX (MESSAGES)", "APPEND INBOX (one) {n01}", "SELECT INBOX"], {1}),
    ],
)
def test_recent_after_flags_in_a_new_maildir_inbox(commands: list[str], recent: set[int]) -> None:
    """
    If an APPEND made INBOX, a message with flags or keywords is not recent, nor are those before it.
    """
    mail = Mail("2.3")
    mail.does(*commands)

    assert mail.connection.selection is not None
    assert mail.connection.selection.recent == recent


def test_delete_tells_of_the_messages_first() -> None:
    """
    DELETE of a mailbox with messages has a transaction for them and one for the mailbox.
    """
    mail = Mail("2.4")
    mail.does("CREATE Work", "APPEND Work {n01} {n02}")

    told = mail.does("DELETE Work")

    assert told == [
        "begin 4",
        "MessageExpunge Work 1",
        "MessageExpunge Work 2",
        "end 4",
        "begin 5",
        "MailboxDelete Work",
        "end 5",
    ]


def test_large_transactions_come_in_hash_order() -> None:
    """
    Real servers tell of 67 messages beginning with the last; the documents know no such thing.
    """
    firsts = {}
    for dialect in DIALECTS:
        mail = Mail(dialect)
        mail.does("STATUS INBOX (MESSAGES)", "APPEND INBOX" + " {n01}" * 67, "SELECT INBOX")
        firsts[dialect] = events(mail.does(r"STORE 1:* +FLAGS (\Flagged)"))[-1].split()[2]

    assert firsts == {"documented": "67", "2.3": "66", "2.4": "66"}


@pytest.mark.parametrize(
    ("storage", "command", "code", "words"),
    [
        (MAILDIR, "CREATE Work", "ALREADYEXISTS", "Mailbox already exists"),
        (MAILDIR, 'CREATE ""', "CANNOT", "Invalid mailbox name: Name is empty"),
        (MAILDIR, "CREATE /a", "CANNOT", "Invalid mailbox name: Begins with hierarchy separator"),
        (MAILDIR, "CREATE a//b", "CANNOT", "Invalid mailbox name: Has adjacent hierarchy separators"),
        (MAILDIR, "CREATE ~a", "CANNOT", "Invalid mailbox name: Begins with '~'"),
        (MAILDIR, "CREATE a.b", "CANNOT", "Character not allowed in mailbox name: '.'"),
        (SDBOX, "CREATE a/../b", "CANNOT", "Invalid mailbox name: Contains '..' part"),
        (MAILDIR, "CREATE " + 256 * "a", "CANNOT", "Mailbox name too long"),
        (MAILDIR, "DELETE INBOX", None, "INBOX can't be deleted"),
        (MAILDIR, 'DELETE ""', "CANNOT", "Storage root can't be deleted"),
        (MAILDIR, "DELETE Nosuch", "NONEXISTENT", "Mailbox doesn't exist: Nosuch"),
        (SDBOX, "DELETE A", None, "Mailbox has children, delete them first"),
        (MAILDIR, "RENAME INBOX x", "CANNOT", "Renaming INBOX isn't supported"),
        (MAILDIR, "RENAME Nosuch x", "NONEXISTENT", "Mailbox doesn't exist: Nosuch"),
        (MAILDIR, "RENAME Work A/B", "ALREADYEXISTS", "Target mailbox already exists"),
        (SDBOX, "RENAME Work A", "ALREADYEXISTS", "Target mailbox already exists"),
        (MAILDIR, "RENAME Work Work", "ALREADYEXISTS", "Can't rename mailbox to itself"),
        (MAILDIR, "RENAME Work Work/x", None, "Can't rename mailbox under its own child"),
        (MAILDIR, "RENAME Work x/", "CANNOT", "Invalid mailbox name: Ends with hierarchy separator"),
        (MAILDIR, "SUBSCRIBE Nosuch", None, "Mailbox doesn't exist: Nosuch"),
        (MAILDIR, "SUBSCRIBE a//b", None, "Mailbox doesn't exist: a//b"),
        (MAILDIR, "UNSUBSCRIBE a//b", "CANNOT", "Invalid mailbox name: Has adjacent hierarchy separators"),
        (MAILDIR, "APPEND Nosuch {n01}", "TRYCREATE", "Mailbox doesn't exist: Nosuch"),
        (MAILDIR, "SELECT Nosuch", None, "Mailbox doesn't exist: Nosuch"),
    ],
)
def test_refusals(storage: Storage, command: str, code: str | None, words: str) -> None:
    """
    What cannot be done is refused in the words of IMAP's answer, and tells of nothing.
    """
    mail = Mail("2.3", storage)
    mail.does("CREATE Work", "CREATE A/B")

    assert mail.refusal(command) == (code, words)


def test_rename_moves_what_is_below() -> None:
    """
    One event, and the mailboxes below have the new name too; subscriptions keep the old one.
    """
    mail = Mail("2.3")
    mail.does("CREATE A", "CREATE A/B", "APPEND A/B {n01}", "SUBSCRIBE A/B")

    assert events(mail.does("RENAME A Z")) == ["MailboxRename Z A"]
    assert mail.store.status("bob", "Z/B").messages == 1
    assert events(mail.does("UNSUBSCRIBE A/B", "UNSUBSCRIBE Z/B")) == ["MailboxUnsubscribe A/B"]


@pytest.mark.parametrize(
    ("commands", "told", "left"),
    [
        (["CREATE A/B", "RENAME A Z"], ["MailboxRename Z A"], ["INBOX", "Z/B"]),
        (["CREATE A/B", "CREATE Z", "RENAME A Z"], ["MailboxRename Z A"], ["INBOX", "Z", "Z/B"]),
        (["CREATE A/B", "RENAME A INBOX"], ["MailboxRename INBOX A"], ["INBOX", "INBOX/B"]),
        (
            ["CREATE A/B", "CREATE Z/B", "RENAME A Z", "RENAME A Y"],
            ["MailboxRename Z A", "MailboxRename Y A"],
            ["INBOX", "Y/B", "Z/B"],
        ),
        (
            ["CREATE A", "CREATE A/B", "CREATE Z/B", "RENAME A Z"],
            ["MailboxRename Z A"],
            ["A/B", "INBOX", "Z", "Z/B"],
        ),
        (
            ["CREATE A/B/B", "CREATE A/B/B/B", "RENAME A/B A"],
            ["MailboxRename A A/B"],
            ["A/B", "A/B/B", "INBOX"],
        ),
    ],
)
def test_rename_in_a_maildir_takes_names_one_by_one(
    commands: list[str], told: list[str], left: list[str]
) -> None:
    """
    A name that only mailboxes below it have can be renamed; those whose new name is taken stay.
    """
    mail = Mail("2.3")
    found = mail.does(*commands)

    assert [words for words in events(found) if words.startswith("MailboxRename")] == told
    assert sorted(mail.connection.account.mailboxes) == left


def test_inbox_renamed_leaves_a_new_one() -> None:
    """
    Where INBOX can be renamed its messages go, and the next to need INBOX gets a new one.
    """
    mail = Mail("2.3", SDBOX)
    mail.does("APPEND INBOX {n01}", "CREATE INBOX/below")

    assert events(mail.does("RENAME INBOX Old", "APPEND INBOX {n02}")) == [
        "MailboxRename Old INBOX",
        "MailboxCreate INBOX",
        "MessageAppend INBOX 1",
    ]
    assert mail.store.status("bob", "Old").messages == 1
    mail.store.open("bob", "INBOX/below")


def test_another_mailbox_becomes_inbox() -> None:
    """
    Once INBOX is renamed its name is free for others.
    """
    mail = Mail("2.3", SDBOX)
    mail.does("APPEND INBOX {n01}", "CREATE A", "APPEND A {n01} {n02}", "RENAME INBOX Old")

    assert events(mail.does("RENAME A INBOX", "APPEND INBOX {n03}")) == [
        "MailboxRename INBOX A",
        "MessageAppend INBOX 3",
    ]


@pytest.mark.parametrize(("dialect", "stays"), [("2.3", True), ("2.4", False)])
def test_directories_without_mailboxes(dialect: str, stays: bool) -> None:
    """
    In storage with directories, 2.3 keeps the parent of a mailbox that is gone and 2.4 does not.
    """
    mail = Mail(dialect, SDBOX)
    mail.does("CREATE A/B", "DELETE A/B")

    if stays:
        assert events(mail.does("SUBSCRIBE A")) == ["MailboxSubscribe A"]
        assert events(mail.does("DELETE A")) == ["MailboxDelete A"]
    else:
        assert mail.refusal("SUBSCRIBE A") == (None, "Mailbox doesn't exist: A")


@pytest.mark.parametrize(
    ("commands", "told"),
    [
        (["EXPUNGE"], ["MessageExpunge INBOX 1", "MessageExpunge INBOX 3"]),
        (["UID EXPUNGE 2:3"], ["MessageExpunge INBOX 3"]),
        (["UID EXPUNGE 99"], []),
        (["CLOSE"], ["MessageExpunge INBOX 1", "MessageExpunge INBOX 3"]),
        (["UNSELECT"], []),
        (["EXAMINE INBOX", "EXPUNGE", "CLOSE"], []),
        (["EXPUNGE", "EXPUNGE"], ["MessageExpunge INBOX 1", "MessageExpunge INBOX 3"]),
    ],
)
def test_expunge(commands: list[str], told: list[str]) -> None:
    r"""
    What is ``\Deleted`` goes, where it may, and nothing opens no transaction.
    """
    mail = Mail("2.3")
    mail.does(r"APPEND INBOX (\Deleted) {n01} {n02} (\Deleted) {n03}", "SELECT INBOX")

    assert events(mail.does(*commands)) == told


def test_highest_modseq() -> None:
    """
    A command's change of flags counts once and that of each keyword once, for however many messages.
    """
    mail = Mail("2.3")
    mail.does("CREATE W")
    counts = []
    for command in (
        "APPEND W {n01}",
        r"APPEND W (\Seen) {n01}",
        "APPEND W (k1 k2) {n01}",
        "APPEND W {n01} {n02}",
        "SELECT W",
        r"STORE 1:3 +FLAGS (\Draft)",
        r"STORE 2 +FLAGS (k3 \Flagged)",
        "STORE 3 FLAGS ()",
        r"STORE 1 -FLAGS (\Answered)",
        r"STORE 4:5 +FLAGS (\Deleted)",
        "EXPUNGE",
    ):
        mail.does(command)
        counts.append(mail.store.status("bob", "W").highest_modseq)

    assert counts == [2, 3, 6, 7, 7, 8, 10, 13, 13, 14, 15]
