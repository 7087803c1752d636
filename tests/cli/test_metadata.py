"""
``luahost metadata``: what is set in one process is found in the next.

``tests/live/test_metadata.py`` holds output and refusals against a real doveadm.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from luahost.cli.metadata_arguments import default_file
from luahost.errors import UsageError
from tests.cli.command_line import luahost
from tests.cli.metadata_actions import OX_KEY, act, metadata

SERVER = "vendor/vendor.dovecot/pvt/server/"


def test_set_get_list_unset(db: str) -> None:
    """
    A mailbox's keys, one after the other.
    """
    at = ("--db", db, "-u", "bob", "-m", "Work")

    assert metadata("set", *at, "/private/a", "1 2\t3") == ""
    assert metadata("set", *at, "/private/a/b", "") == ""
    assert metadata("get", *at, "/private/a") == "1 2\t3\n"
    assert metadata("list", *at, "/private/a") == "\n/b\n"
    assert metadata("list", *at) == "a\na/b\ncomment\nspecialuse\ncomment\n"
    assert metadata("unset", *at, "/private/a") == ""
    assert metadata("get", *at, "/private/a") == "\n"


@pytest.mark.parametrize(
    "words",
    [
        ("-u", "bob", OX_KEY),
        ("-u", "bob", "-s", "", OX_KEY),
        ("-s", "-m", "", OX_KEY, "-u", "bob"),
        ("--user=bob", "", OX_KEY, "--server"),
        ("-subob", "--", "", OX_KEY),
        ("-u", "bob", "INBOX", f"/private/{SERVER}vendor/vendor.dovecot/http-notify"),
        ("-u", "bob", "inbox", f"/Private/{SERVER.upper()}Vendor/Vendor.Dovecot/HTTP-Notify"),
    ],
)
def test_the_users_own_may_be_named_in_many_ways(
    db: str, words: tuple[str, ...], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """
    No mailbox, doveadm's empty one with ``-s``, and INBOX with the long key are one place.
    """
    act("set", "--db", db, "-u", "bob", OX_KEY, "user=11@3")

    act("get", "--db", db, *words)

    assert capfdbinary.readouterr() == (b"user=11@3\n", b"")


@pytest.mark.parametrize("value", ["-5", "--db", "", "a=b", "/private/x", "päivää", "\udcff\n"])
def test_a_value_may_look_like_anything(
    db: str, value: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """
    After ``--`` nothing is an option, and bytes stay what they are.
    """
    act("set", "-u", "bob", "--db", db, "--", "Work", "/private/a", value)

    act("get", "-u", "bob", "--db", db, "Work", "/private/a")

    assert capfdbinary.readouterr() == (f"{value}\n".encode("utf-8", "surrogateescape"), b"")


def test_users_are_apart(db: str) -> None:
    """
    Shared keys of one user are not those of another.
    """
    metadata("set", "--db", db, "-u", "bob", "/shared/a", "1")

    assert metadata("get", "--db", db, "-u", "alice", "/shared/a") == "\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("get", "/private/a"), "the following arguments are required: -u/--user"),
        (("get", "-u", "", "/private/a"), "-u needs a user's name"),
        (("get", "-u", "bob"), "expected [MAILBOX] KEY"),
        (("get", "-u", "bob", "-m", "Work", "INBOX", "/private/a"), "expected KEY"),
        (("set", "-u", "bob", "/private/a"), "expected [MAILBOX] KEY VALUE"),
        (("set", "-u", "bob", "Work", "/private/a", "1", "2"), "expected [MAILBOX] KEY VALUE"),
        (("list", "-u", "bob", "Work", "/private/", "more"), "expected [MAILBOX] [PREFIX]"),
        (("get", "-A", "-u", "bob", "/private/a"), "unrecognized arguments: -A"),
        (("get", "-u", "bob", "-p", "/private/a"), "unrecognized arguments: -p"),
        (("get", "-u", "bob", "Work", "A"), "Invalid metadata key 'a': Must begin with /private or /shared"),
        (("get", "-u", "bob", "/privatea"), "Invalid metadata key '/privatea': Must begin with"),
        (
            ("set", "-u", "bob", "", "/private/a", "1"),
            "Failed to set attribute: mailbox name cannot be empty",
        ),
        (("unset", "-u", "bob", "", "/private/a"), "Failed to set attribute: mailbox name cannot be empty"),
        (("list", "-u", "bob", ""), "Failed to list attribute: mailbox name cannot be empty; with -s"),
        (
            ("get", "-u", "bob", "a//b", "/private/a"),
            "Invalid mailbox name: Has adjacent hierarchy separators",
        ),
        (
            ("set", "-u", "bob", "Work", "/private/specialuse", "\\Junk"),
            "Failed to set attribute: The /private/specialuse attribute cannot be changed",
        ),
        (("unset", "-u", "bob", "/shared/admin"), f"The /shared/{SERVER}admin attribute cannot be changed"),
        (("move", "-u", "bob", "/private/a"), "invalid choice: 'move'"),
        ((), "the following arguments are required"),
    ],
)
def test_mistakes_end_with_2(
    db: str, words: tuple[str, ...], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """
    Each mistake is named, and no database is made for it.
    """
    with pytest.raises((SystemExit, UsageError)) as caught:
        act(*words[:1], *(("--db", db) if words else ()), *words[1:])

    written = capfd.readouterr()
    code = caught.value.code if isinstance(caught.value, SystemExit) else UsageError.exit_code
    assert code == 2
    assert said in f"{written.err}{caught.value}"
    assert written.out == ""
    assert not Path(db).exists()


def test_a_mistake_leaves_the_state_folder_alone(tmp_path: Path) -> None:
    """
    A key that cannot be set makes no folder for the database.
    """
    done = luahost("metadata", "set", "-u", "bob", "/shared/admin", "1", XDG_STATE_HOME=str(tmp_path))

    assert done.returncode == 2
    assert done.stderr.startswith(b"luahost: Failed to set attribute: The /shared/vendor/")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("action", ["get", "set"])
def test_a_file_that_is_no_database_ends_with_2(tmp_path: Path, action: str) -> None:
    """
    The file is named, with what is wrong with it.
    """
    file = tmp_path / "notes.txt"
    file.write_text("no database\n" * 200)
    key = ("/private/a", "1") if action == "set" else ("/private/a",)

    done = luahost("metadata", action, "--db", str(file), "-u", "bob", *key)

    assert done.returncode == 2
    assert done.stderr.decode() == f"luahost: {file}: this is no SQLite database\n"


def test_the_database_has_a_place_of_its_own(tmp_path: Path) -> None:
    """
    Without ``--db`` it is in the user's state folder, whose parts are made when something is set.
    """
    file = tmp_path / "state/luahost/metadata.sqlite"

    assert metadata("list", "-u", "bob", home=tmp_path) == ""
    assert not file.parent.exists()
    metadata("set", "-u", "bob", "/private/a", "1", home=tmp_path)
    assert file.exists()
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert metadata("get", "-u", "bob", "/private/a", home=tmp_path) == "1\n"
    assert str(file) in "".join(metadata("get", "--help", home=tmp_path).split())


@pytest.mark.parametrize(
    ("state", "file"),
    [
        ({"XDG_STATE_HOME": "/var/state"}, "/var/state/luahost/metadata.sqlite"),
        ({"XDG_STATE_HOME": "relative"}, "~/.local/state/luahost/metadata.sqlite"),
        ({"XDG_STATE_HOME": ""}, "~/.local/state/luahost/metadata.sqlite"),
        ({}, "~/.local/state/luahost/metadata.sqlite"),
    ],
)
def test_the_state_folder_is_xdgs(state: dict[str, str], file: str) -> None:
    """
    The XDG specification names the folder; a relative one does not count.
    """
    assert default_file(state) == os.path.expanduser(file)


@pytest.mark.parametrize(
    ("action", "words"),
    [("get", "KEY"), ("set", "KEY VALUE"), ("unset", "KEY"), ("list", "[PREFIX]")],
)
def test_every_action_has_help(action: str, words: str, capfd: pytest.CaptureFixture[str]) -> None:
    """
    ``--help`` shows the action's arguments.
    """
    with pytest.raises(SystemExit) as caught:
        act(action, "--help")

    first = capfd.readouterr().out.splitlines()[0]
    assert caught.value.code == 0
    assert first.startswith(f"usage: luahost metadata {action} ")
    assert first.endswith(f"[MAILBOX] {words}")


def test_the_verbs_help_has_examples() -> None:
    """
    ``luahost metadata --help`` begins with what most come for: the OX driver's key.
    """
    assert f'luahost metadata set -u bob -s "" {OX_KEY} user=11@3' in metadata("--help")
