"""
Operations, one session at a time: the transactions that they open and what they leave in the store.

``tests.conformance`` holds the store against real servers; here stand the rules one by one, among them
those that a real 2.3.19.1 was asked about without a recording.
"""

from __future__ import annotations

import pytest

from luahost.dialects import DIALECTS
from luahost.events import MessageAppend
from luahost.store import MAILDIR, SDBOX, Connection, Storage, operations, perform
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


def test_a_read_only_mailbox_learns_keywords() -> None:
    """
    A keyword that STORE names has that spelling afterwards, though nothing is stored.
    """
    mail = Mail("2.3")

    mail.does("APPEND INBOX {n01}", "EXAMINE INBOX")

    assert mail.does("STORE 1 +FLAGS (One)") == []
    assert events(mail.does("APPEND INBOX (one) {n02}")) == ["MessageAppend INBOX 2 keywords=One"]


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


def test_doveadm_leaves_messages_recent() -> None:
    r"""
    What comes is ``\Recent`` to doveadm, and after it to the first client all the same.
    """
    mail = Mail("2.3")
    mail.does("CREATE Work", "APPEND Work {n01}")
    client = mail.connection
    mail.connection = Connection(mail.store, "bob", mail.dialect, client=False)

    by_doveadm = mail.does("SELECT Work", r"STORE 1 +FLAGS (\Flagged)")
    mail.connection = client
    by_client = mail.does("SELECT Work", r"STORE 1 -FLAGS (\Flagged)")

    assert events(by_doveadm)[0] == r"FlagsClear Work 1 flags_old=\Recent"
    assert events(by_client)[0] == r"FlagsClear Work 1 flags=\Flagged flags_old=\Flagged,\Recent"


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
    ("command", "sees"),
    [
        ("NOOP", True),
        ("FETCH 1 (BODY[])", True),
        ("FETCH 1 (BODY.PEEK[])", False),
        ("FETCH 2 (BODY[])", False),
        ("STORE 2 +FLAGS (\\Seen)", True),
        ("EXPUNGE", True),
        ("COPY 1 Work", False),
        ("COPY 1 INBOX", True),
        ("UID COPY 99 Work", True),
        ("MOVE 1 Work", True),
        ("APPEND INBOX {n03}", True),
        ("APPEND Work {n03}", False),
    ],
)
def test_not_every_command_looks_for_recent_messages(command: str, sees: bool) -> None:
    r"""
    What comes into the selected mailbox becomes the client's ``\Recent`` by commands that change this mailbox
    or ask for news. After others it is known, and not recent yet.
    """
    mail = Mail("2.3")
    mail.does("CREATE Work", r"APPEND INBOX {n01} (\Seen) {n02}", "SELECT INBOX")
    others = Connection(mail.store, "bob", mail.dialect)
    mail.performs(operations.Deliver(message=NewMessage()), others)
    mail.does(command)

    assert events(mail.does(r"UID STORE 3 +FLAGS (\Draft)"))[0] == (
        r"FlagsClear INBOX 3 flags_old=\Recent" if sees else "FlagsClear INBOX 3"
    )


@pytest.mark.parametrize("storage", [MAILDIR, SDBOX])
@pytest.mark.parametrize("command", ["FETCH 2 (BODY.PEEK[])", "FETCH 1:2 (BODY[])", "COPY 2 Work"])
def test_a_new_message_is_opened(command: str, storage: Storage) -> None:
    r"""
    Who reads or copies a message that came since they last looked sees it as ``\Recent`` in a Maildir.
    """
    mail = Mail("2.3", storage)
    mail.does("CREATE Work", "APPEND INBOX {n01}", "SELECT INBOX")
    mail.performs(operations.Deliver(message=NewMessage()), mail.beside().connection)
    mail.does("FETCH 1 (FLAGS)")

    told = [*mail.does(command), *mail.does(r"STORE 2 +FLAGS (\Seen \Draft)")]

    cleared = next(words for words in events(told) if words.startswith("FlagsClear INBOX 2"))
    assert (r"\Recent" in cleared) == (storage is MAILDIR)


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
