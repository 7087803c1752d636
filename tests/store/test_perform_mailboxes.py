"""
Operations on mailboxes: which are made by the way, refused, renamed and removed, and what scripts hear of it.
"""

from __future__ import annotations

import contextlib

import pytest

from luahost.store import MAILDIR, SDBOX, MailboxError, Storage, operations
from luahost.store.operations import NewMessage
from tests.store.mail import Mail, events


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


@pytest.mark.parametrize(
    ("commands", "known"),
    [
        (["CREATE A", "DELETE A"], False),
        (["CREATE A/B"], False),
        (["CREATE A", "CREATE A/B", "DELETE A"], True),
        (["CREATE A", "CREATE A/B", "DELETE A", "DELETE A/B", "CREATE A/B"], False),
        (["CREATE A", "CREATE A/B", "DELETE A", "RENAME A/B Z"], False),
        (["CREATE A", "CREATE A/B", "DELETE A", "RENAME A/B Z", "CREATE A/B"], True),
        (["CREATE A", "CREATE A/B", "RENAME A Z"], False),
        (["CREATE A", "CREATE A/B", "RENAME A Z", "CREATE A/B"], True),
        (["CREATE A", "CREATE A/B", "DELETE A", "RENAME A Z", "CREATE A/B"], False),
    ],
)
def test_a_maildir_remembers_the_name_above_a_mailbox(commands: list[str], known: bool) -> None:
    """
    The name of a mailbox that went before those below it can be subscribed to as long as there is one below.
    """
    mail = Mail("2.3")
    mail.does(*commands)

    if known:
        assert events(mail.does("SUBSCRIBE A")) == ["MailboxSubscribe A"]
    else:
        assert mail.refusal("SUBSCRIBE A") == (None, "Mailbox doesn't exist: A")


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


@pytest.mark.parametrize("rename", ["RENAME Nosuch A/B", "RENAME Nosuch A", "RENAME X A/B"])
def test_rename_makes_the_directories_above_the_new_name(rename: str) -> None:
    """
    Where mailboxes are directories: for a mere directory too, and in 2.3 though there is nothing to rename.
    """
    mail = Mail("2.3", SDBOX)
    mail.does("CREATE X/")
    with contextlib.suppress(MailboxError):
        mail.does(rename)

    if rename.endswith("/B"):
        assert events(mail.does("SUBSCRIBE A")) == ["MailboxSubscribe A"]
    else:
        assert mail.refusal("SUBSCRIBE A") == (None, "Mailbox doesn't exist: A")


def test_a_refused_rename_leaves_a_directory_there() -> None:
    """
    A directory stays if it was to be the new name of nothing.
    """
    mail = Mail("2.3", SDBOX)
    mail.does("CREATE X/")

    assert mail.refusal("RENAME Nosuch X")[0] == "ALREADYEXISTS"
    assert events(mail.does("DELETE X")) == ["MailboxDelete X"]
