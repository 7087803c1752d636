"""
The shim before a server of ours: in the dialect of 2.4, and through a unix socket with the LuaSocket that
Dovecot would load.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from luahost import Host
from luahost.config.serve_section import Listen
from luahost.events import MessageNew
from luahost.server.intake import Health, Intake, Listener, bound, place_of, read_tokens
from luahost.server.pickup import Directory, Pickup
from luahost.server.spool import SqliteSpool
from luahost.sources.shim import Shim
from tests.debian import needs

LONG_MS = 30_000
TOKEN = "0123456789abcdef"
CALLER = Path(__file__).with_name("shim_caller.lua")


class Door:
    """
    Where transactions are taken, by HTTP and from files, and the spool in which they are then.
    """

    def __init__(self, folder: Path, spool: SqliteSpool) -> None:
        self.folder = folder
        self.spool = spool
        self.token_file = folder / "token"
        self.token_file.write_text(f"{TOKEN}\n")
        self.files = folder / "files"
        self.files.mkdir()
        self.waiting: Collection[str] | None = ()

    def open(self, listen: Listen) -> Listener:
        """
        Take what comes there from now on.
        """
        intake = Intake(
            self.spool,
            tokens=read_tokens(str(self.token_file)),
            max_body_bytes=2000,
            expire_seconds=60,
            health=lambda: Health(well=True, told={}),
            files_first=self,
        )
        listening = bound(listen)
        self.place = place_of(listening, listen)
        self.listener = Listener(intake, listening)
        self.listener.start()
        return self.listener

    def nothing_waits(self) -> bool:
        """
        It is never plain to see that no files wait.
        """
        return False

    async def first(self) -> Collection[str] | None:
        """
        The users of whom files wait.
        """
        await asyncio.sleep(0)
        return self.waiting

    def pick_up(self) -> None:
        """
        Take the files that are there.
        """
        Pickup(Directory(str(self.files), max_bytes=2000), self.spool, expire_seconds=60).look()

    def shim(self, url: str, **how: object) -> Path:
        """
        A shim that posts to this place.
        """
        made = Shim(
            dialect="2.4",
            url=url,
            spool_dir=str(self.files),
            timeout_ms=LONG_MS,
            token_file=str(self.token_file),
            **how,  # type: ignore[arg-type]
        )
        path = self.folder / "shim.lua"
        path.write_text(made.script())
        return path

    def subjects(self) -> list[str]:
        """
        What is in the spool, in order.
        """
        found = [self.spool.show(each.id) for each in self.spool.transactions()]
        return [json.loads(each.payload)["events"][0]["subject"] for each in found if each]


@pytest.fixture
def door(tmp_path: Path, kept: SqliteSpool) -> Iterator[Door]:
    """
    A door, still closed.
    """
    made = Door(tmp_path, kept)
    yield made
    made.listener.stop(5)


def test_the_shim_of_2_4(door: Door) -> None:
    """
    What it posts is taken; while the server is busy it becomes a file, with the key that it was posted
    with, and is kept once whatever became of the answer.
    """
    door.open(Listen(host="127.0.0.1"))
    script = door.shim(f"http://{door.place}")
    for subject, waiting in (("1", ()), ("2", None)):
        door.waiting = waiting
        with Host(script, dialect="2.4", policy="dovecot", http="live").session("bob") as session:
            session.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=7, subject=subject))
        assert not session.effects.failed

    assert door.subjects() == ["1"]
    (file,) = door.files.iterdir()
    again = file.read_bytes()
    door.pick_up()
    file.write_bytes(again)
    door.pick_up()

    assert door.subjects() == ["1", "2"]
    assert list(door.files.iterdir()) == []


@needs("lua5.4")
@pytest.mark.parametrize("gone", ["source.lua", "5.4.luac"])
def test_an_installed_shim(tmp_path: Path, gone: str) -> None:
    """
    What is compiled for Debian's Lua runs there, and does not need the source; without it the source runs.
    """
    files = tmp_path / "files"
    files.mkdir()
    script = tmp_path / "luahost-shim.lua"
    shim = Shim(dialect="2.3", url=f"unix:{tmp_path / 'none'}", spool_dir=str(files), status=False)
    for path, content in shim.installed(str(script)).items():
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_bytes(content)
    (tmp_path / "luahost-shim" / gone).unlink()

    command = ["lua5.4", str(CALLER), str(script), "caf\xe9"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)

    assert done.stdout.startswith("i_warning: luahost shim: a transaction waits for the server in ")
    (file,) = files.iterdir()
    assert json.loads(file.read_bytes())["events"][0]["subject"] == "café"


@needs("lua5.4", "lua-socket")
def test_through_a_unix_socket(door: Door, tmp_path: Path) -> None:
    """
    With LuaSocket it is taken, too; what the server finds wrong is set aside with the server's words, and
    without a server it is a file.
    """
    script = door.shim(f"unix:{tmp_path / 's'}", status=False)
    # What a user has at home is none of the shim's modules.
    (tmp_path / "socket").mkdir()
    (tmp_path / "socket" / "unix.lua").write_text("print('the user has taken over')")

    def call(subject: str) -> str:
        command = ["lua5.4", str(CALLER), str(script), subject]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60, cwd=tmp_path)
        return done.stdout

    away = call("1")
    door.open(Listen(path=str(tmp_path / "s")))
    door.pick_up()
    taken = call("2")
    refused = call("x" * 3000)

    assert away.startswith("i_warning: luahost shim: a transaction waits for the server in ")
    assert taken == ""
    assert refused.startswith("i_error: luahost shim: a transaction is refused and kept in ")
    assert "the server answered 413" in refused
    assert "max_body_bytes" in refused
    assert door.subjects() == ["1", "2"]
    assert [file.name.endswith(".json.bad") for file in door.files.iterdir()] == [True]
