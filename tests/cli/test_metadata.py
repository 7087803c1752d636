"""
``luahost metadata``, and ``luahost run --metadata``: what is set in one process is found in the next.

``tests/live/test_metadata.py`` holds output and refusals against a real doveadm.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from luahost.cli.command import parser
from luahost.cli.metadata_arguments import default_file
from luahost.errors import UsageError
from luahost.store import MemoryStore
from luahost.store.metadata_sqlite import SqliteMetadata
from tests.api.scripted_endpoint import OK, ScriptedEndpoint
from tests.cli.command_line import HANDLER, HELLO, ROOT, effects, luahost
from tests.drivers.ox_session import MAIL, ox, session

OX_KEY = "/private/vendor/vendor.dovecot/http-notify"
SERVER = "vendor/vendor.dovecot/pvt/server/"


@pytest.fixture
def db(tmp_path: Path) -> str:
    """
    Where the database will be.
    """
    return str(tmp_path / "metadata.sqlite")


def metadata(*words: str, home: Path | None = None) -> str:
    """
    What an action prints that ends well, in a process of its own.
    """
    environment: dict[str, Any] = {}
    if home is not None:
        environment = {"HOME": str(home), "XDG_STATE_HOME": str(home / "state")}
    done = luahost("metadata", *words, **environment)

    assert done.stderr == b""
    assert done.returncode == 0
    return done.stdout.decode("utf-8", "surrogateescape")


def act(*words: str) -> None:
    """
    An action in this process, for the many ways in which it can be asked for.
    """
    options = parser("metadata").parse_args(["metadata", *words])
    assert options.act(options) == 0
    sys.stdout.flush()


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


SCRIPT = HANDLER % (
    "local user, work = ctx.user, ctx.user:mailbox('Work') work:open() "
    "print(user:metadata_get('/private/token'), work:metadata_get('/private/a')) "
    "user:metadata_set('/private/seen', 'yes') work:metadata_unset('/private/a')"
)
SCRIPT = SCRIPT.replace("return {}", "return {user = user}")


def test_a_run_reads_and_writes_the_database(db: str, script: Path) -> None:
    """
    The script finds what was set for the user and for a mailbox, and what it sets is there afterwards.
    """
    script.write_text(SCRIPT)
    fixture = script.with_name("bob.yaml")
    fixture.write_text(f"user: bob\nmailboxes:\n  Work: {{}}\nwhen:\n  - deliver: {HELLO}\n")
    metadata("set", "--db", db, "-u", "bob", "/private/token", "abc")
    metadata("set", "--db", db, "-u", "bob", "Work", "/private/a", "1")

    done = luahost("run", str(script), str(fixture), "--metadata", db, "--json")

    assert done.returncode == 0, done.stdout
    assert [effect["text"] for effect in effects(done) if effect["effect"] == "print"] == ["abc\t1\n"]
    assert metadata("get", "--db", db, "-u", "bob", "/private/seen") == "yes\n"
    assert metadata("get", "--db", db, "-u", "bob", "Work", "/private/a") == "\n"
    assert not Path(f"{db}-wal").exists()


def test_the_ox_driver_finds_its_key(db: str) -> None:
    """
    What ``luahost metadata set`` switches on as ``doveadm`` does, the OX driver tells of.
    """
    act("set", "--db", db, "-u", "bob", "-s", "", OX_KEY, "user=11@3")

    with ScriptedEndpoint(OK) as endpoint, closing(SqliteMetadata(db)) as kept:
        drivers = [ox(endpoint.url, user_from_metadata="")]
        with session(drivers, store=MemoryStore(metadata=kept)) as opened:
            opened.deliver(MAIL)

        (body,) = endpoint.bodies
    assert json.loads(body)["user"] == "11@3"


def test_a_fixtures_metadata_goes_into_the_database(db: str, script: Path) -> None:
    """
    What is there before the first step is there for the next run too.
    """
    script.write_text(HANDLER % "")
    fixture = script.with_name("bob.yaml")
    fixture.write_text(
        "user: bob\nmailboxes:\n  Work:\n    metadata: {/private/a: hello}\nwhen:\n  - create: Other\n"
    )

    assert luahost("run", str(script), str(fixture), "--metadata", db).returncode == 0
    assert metadata("get", "--db", db, "-u", "bob", "Work", "/private/a") == "hello\n"


def test_a_bad_database_stops_a_run_before_it_begins(tmp_path: Path, script: Path) -> None:
    """
    Nothing is called, nothing is sent.
    """
    script.write_text(HANDLER % "")

    done = luahost("run", str(script), HELLO, "--metadata", str(tmp_path))

    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.decode() == f"luahost: {tmp_path}: a database is a file, and this is a folder\n"


def test_a_database_that_goes_bad_stops_the_run(db: str, script: Path) -> None:
    """
    What a script cannot keep is told to the operator, and not to the script as if it were its fault.
    """
    script.write_text(SCRIPT.replace("work:open()", "work:open() print('begun')"))
    fixture = script.with_name("bob.yaml")
    fixture.write_text(f"user: bob\nmailboxes:\n  Work: {{}}\nwhen:\n  - deliver: {HELLO}\n")
    metadata("set", "--db", db, "-u", "bob", "/private/token", "abc")
    with closing(sqlite3.connect(db)) as database:
        database.execute("CREATE TRIGGER full BEFORE INSERT ON metadata BEGIN SELECT RAISE(ABORT, 'no'); END")

    done = luahost("run", str(script), str(fixture), "--metadata", db)

    assert done.returncode == 2
    assert b"begun" in done.stdout
    assert done.stderr.decode() == f"luahost: {db}: SQLite cannot use this database: no\n"


def test_one_database_goes_with_one_dialect(db: str, script: Path) -> None:
    """
    A comparison of dialects would compare what the ones before have set.
    """
    script.write_text(HANDLER % "")

    done = luahost("run", str(script), HELLO, "--metadata", db, "--dialect", "all")

    assert done.returncode == 2
    assert b"--metadata goes with one dialect" in done.stderr


def test_runs_side_by_side_lose_nothing(db: str, script: Path) -> None:
    """
    Several runs with one database, at once: what each script sets is there.
    """
    script.write_text(
        (
            HANDLER
            % "for i = 1, 20 do ctx.user:metadata_set('/private/' .. ctx.user:plugin_getenv('n') .. i, i) end"
        ).replace("return {}", "return {user = user}")
    )
    words = [sys.executable, "-m", "luahost", "run", str(script), HELLO, "--metadata", db, "--set"]
    running = [subprocess.Popen([*words, f"n={n}/"], cwd=ROOT, stdout=subprocess.PIPE) for n in range(3)]
    for run in running:
        run.communicate(timeout=60)

    assert [run.returncode for run in running] == [0, 0, 0]
    found = metadata("list", "--db", db, "-u", "bob", "/private/").splitlines()
    assert sorted(found) == sorted(f"{n}/{i}" for n in range(3) for i in range(1, 21))


def test_only_who_uses_a_database_loads_sqlite() -> None:
    """
    A run without one does without SQLite.
    """
    words = ["run", "scripts/notify_simple.lua", "--http", "deny", "--set", "push_lua_url=http://push/"]
    program = f"import sys; from luahost.cli import main; main({words!r}); sys.exit('sqlite3' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ},
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
