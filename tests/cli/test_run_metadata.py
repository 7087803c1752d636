"""
``luahost run --metadata``: scripts and drivers find what was set before, and what they set stays.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from luahost.store import MemoryStore
from luahost.store.metadata_sqlite import SqliteMetadata
from tests.api.scripted_endpoint import OK, ScriptedEndpoint
from tests.cli.command_line import HANDLER, HELLO, ROOT, effects, luahost
from tests.cli.metadata_actions import OX_KEY, act, metadata
from tests.drivers.ox_session import MAIL, ox, session

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
