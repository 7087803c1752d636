"""
METADATA beside the real ``doveadm mailbox metadata``: the same commands, the same answers.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from luahost.cli.command import parser
from luahost.dialects import DIALECTS
from luahost.errors import UsageError
from luahost.store import MAILDIR, SDBOX, Connection, MemoryStore, Storage, operations, perform
from luahost.store.metadata_keys import listed, user_key
from tests.debian import needs
from tests.live.doveadm import PACKAGES, Answer, Doveadm
from tests.live.releases import TESTED

pytestmark = needs(*PACKAGES)

Ask = Callable[..., Answer]
MAILBOXES = ("Work", "Work/Sub", "Päiv")
SERVER = "vendor/vendor.dovecot/pvt/server/"


@pytest.fixture
def doveadm() -> Iterator[Doveadm]:
    """
    A real mail user with a few mailboxes.
    """
    with Doveadm() as real:
        assert real("mailbox", "create", *MAILBOXES).fine
        yield real


@pytest.fixture
def ours(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Ask:
    """
    ``luahost metadata`` for the same user, with a database of its own.
    """
    command_line = parser("metadata")

    def ask(action: str, *words: str) -> Answer:
        database = tmp_path / "metadata.sqlite"
        fine, complaint = True, ""
        try:
            options = command_line.parse_args(
                ["metadata", action, "--db", str(database), "-u", "bob", *words]
            )
            options.act(options)
        except UsageError as error:
            fine, complaint = False, str(error)
        except SystemExit:
            fine = False
        sys.stdout.flush()
        return Answer(fine, capfdbinary.readouterr().out, complaint)

    return ask


def compare(doveadm: Doveadm, ours: Ask, *words: str) -> None:
    """
    One command to both. Lines of a list may come in any order, as from doveadm; to its words we may add
    what to do, and a command line that cannot be read has its words from ``argparse``.
    """
    real, mine = doveadm("mailbox", "metadata", *words), ours(*words)
    if words[0] == "list":
        assert sorted(mine.output.split(b"\n")) == sorted(real.output.split(b"\n")), words
    else:
        assert mine.output == real.output, words
    assert mine.fine == real.fine, (words, real.words, mine.words)
    if mine.words:
        assert real.words, words
        assert mine.words.startswith(real.words), words


COMMANDS = [
    ("set", "Work", "/private/a", "1"),
    ("set", "Work", "/PRIVATE/A/B", "two\nlines"),
    ("get", "Work", "/private/a"),
    ("get", "Work", "/private/a/b"),
    ("get", "Work", "/shared/a"),
    ("get", "Work/Sub", "/private"),
    ("list", "Work"),
    ("list", "-p", "Work"),
    ("list", "Work", "/private/a"),
    ("list", "-p", "Work", "/private/A"),
    ("list", "Work", "/shared"),
    ("list", "Work", "/private//"),
    ("unset", "Work", "/private/a"),
    ("unset", "Work", "/private/a"),
    ("get", "Work", "/private/a"),
    ("set", "-s", "", "/private/own", "of bob"),
    ("get", "", "/private/own", "-s"),
    ("get", "-s", "INBOX", f"/private/{SERVER}own"),
    ("list", "-s", ""),
    ("list", "-s", "-p", "", "/shared"),
    ("list", "-sp", "INBOX", "/private/vendor"),
    ("list", "INBOX", "/shared/vendor"),
    ("list", "INBOX", "/shared/vendor/"),
    ("list", "INBOX", "/shared/com"),
    ("list", "INBOX", "/shared/comment"),
    ("list", "INBOX", "/private/comment/"),
    ("set", "", "/private/a", "1"),
    ("get", "", "/private/a"),
    ("unset", "", "/private/a"),
    ("list", ""),
    ("get", "Work", ""),
    ("get", "Work", "/"),
    ("get", "Work", "A"),
    ("get", "Work", "/privatea"),
    ("set", "Work", "/public/A", "1"),
    ("list", "Work", "/Public"),
    ("set", "Work", "/private/specialuse", "\\Junk"),
    ("unset", "Work", "/private/specialuse"),
    ("get", "Work", "/private/specialuse"),
    ("set", "-s", "", "/shared/admin", "1"),
    ("unset", "-s", "", "/shared/comment"),
    ("get", "-s", "", "/shared/admin"),
    ("set", "Work", f"/shared/{SERVER}admin", "1"),
    ("set", "Work", "/private/comment", "hello"),
    ("list", "Work", "/private"),
    ("set", "Päiv", "/private/päivä", "\udcff ä"),
    ("get", "Päiv", "/private/päivä"),
    ("list", "Päiv", "/private/p"),
    ("set", "Work", "/private/empty", ""),
    ("get", "Work", "/private/empty"),
    ("list", "Work", "/private/empty"),
    ("set", "Work", "/private/long", "x" * 100_000),
    ("get", "Work", "/private/long"),
    ("set", "Work", "/private/" + "k" * 20_000, "long"),
    ("get", "Work", "/private/" + "K" * 20_000),
    ("set", "Work", "/private/neg", "--", "-5"),
    ("get", "--", "Work", "/private/neg"),
    ("get", "Work", "/private/a", "more"),
    ("set", "Work", "/private/a", "1", "2"),
    ("list", "Work", "/private", "more"),
    ("get", "-p", "Work", "/private/a"),
    ("get", "-x", "Work", "/private/a"),
    ("list", "a//b"),
]


def test_commands(doveadm: Doveadm, ours: Ask) -> None:
    """
    Every kind of argument, one command after the other on the same mail: output, refusals and words.
    """
    for words in COMMANDS[:-1]:
        compare(doveadm, ours, *words)

    # Of a mailbox that cannot be, doveadm lists what each mailbox has, and complains of each scope.
    real, mine = doveadm("mailbox", "metadata", *COMMANDS[-1]), ours(*COMMANDS[-1])
    assert not real.fine
    assert not mine.fine
    assert mine.words.rpartition(": ")[2] == real.words.rpartition(": ")[2]


RESTS = (
    "a",
    "A",
    "a/b",
    "ab",
    "a/",
    "comment",
    "specialuse",
    "admin",
    "v",
    "vendor/x",
    f"{SERVER}a",
    f"{SERVER}comment",
)
PREFIXES = ("", "/", "a", "a/", "com", "comment", "vendor", "vendor/", SERVER, SERVER[:-1])
VALUES = ("", "v", "two words", "tab\t", "line\n", "\\", "\x01", "päivää", "\udce4")


def random_command(choose: random.Random) -> list[str]:
    """
    A command without mistakes in its arguments; whether it is refused is another matter.
    """
    action = choose.choice(["get", "set", "set", "unset", "list"])
    scope = choose.choice(["/private/", "/shared/", "/Private/"])
    mailbox = choose.choice(["", "INBOX", "inbox", "Work", "Work/Sub"])
    words = [action, mailbox]
    if action != "list":
        words.append(scope + choose.choice(RESTS))
    elif choose.random() < 0.8:
        words.append(scope + choose.choice(PREFIXES))
    if action == "set":
        words.append(choose.choice(VALUES))
    options = ["-s"] if mailbox == "" or choose.random() < 0.2 else []
    options += ["-p"] if action == "list" and choose.random() < 0.5 else []
    for option in options:
        words.insert(choose.randint(1, len(words)), option)
    return words


def test_random_commands(doveadm: Doveadm, ours: Ask) -> None:
    """
    A hundred commands at random, always the same ones, that build on each other.
    """
    choose = random.Random(1)
    for _ in range(100):
        compare(doveadm, ours, *random_command(choose))


@pytest.mark.parametrize(
    ("kind", "storage"), [("maildir", MAILDIR), ("sdbox", SDBOX)], ids=["maildir", "sdbox"]
)
def test_mailboxes_come_and_go(kind: str, storage: Storage) -> None:
    """
    RENAME carries METADATA, of mailboxes below too, DELETE drops it, and INBOX takes the user's along.
    """
    store = MemoryStore(storage)
    connection = Connection(store, "bob", DIALECTS[TESTED.dialect])
    names = ("INBOX", *MAILBOXES)
    for name in names:
        store.create("bob", name)
        store.set_metadata("bob", name, "/private/of", name)
    store.set_metadata("bob", "INBOX", user_key("/private/own"), "bob")
    with Doveadm(kind) as real:
        assert real("mailbox", "create", *MAILBOXES).fine
        for name in names:
            assert real("mailbox", "metadata", "set", name, "/private/of", name).fine
        assert real("mailbox", "metadata", "set", "-s", "", "/private/own", "bob").fine
        steps: list[tuple[list[str], operations.Operation]] = [
            (["rename", "Work", "Other"], operations.Rename(mailbox="Work", to="Other")),
            # Otherwise a bug of Dovecot's gives the next mailbox of the old name the GUID of this one, and
            # METADATA is kept by GUID.
            (["status", "guid", "Other"], operations.Status(mailbox="Other")),
            (["create", "Work"], operations.Create(mailbox="Work")),
            (["delete", "Päiv"], operations.Delete(mailbox="Päiv")),
            (["create", "Päiv"], operations.Create(mailbox="Päiv")),
        ]
        if storage.inbox_can_be_renamed:
            steps.append((["rename", "INBOX", "Old"], operations.Rename(mailbox="INBOX", to="Old")))
        for words, operation in steps:
            assert real("mailbox", *words).fine
            list(perform(connection, operation))

        for name in {*store.account("bob").mailboxes, "INBOX"}:
            entries = store.metadata("bob", name)
            found = real("mailbox", "metadata", "list", name, "/private/o").output.decode().split("\n")[:-1]
            assert sorted(found) == listed(entries, name, "/private/o"), name
            kept = real("mailbox", "metadata", "get", name, "/private/of").output.decode()
            assert kept == entries.get("/private/of", "") + "\n", name
            own = real("mailbox", "metadata", "get", name, user_key("/private/own")).output.decode()
            assert own == entries.get(user_key("/private/own"), "") + "\n", name
