"""
The shim of ``luahost shim``, and Dovecot's own OX driver, in a real Dovecot that feeds a server.
"""

from __future__ import annotations

import json
import queue
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from luahost.config import read_configuration
from luahost.server.spool import SqliteSpool, State
from luahost.server.supervisor import Server
from luahost.sources.shim import Shim
from luahost.testing import Answer, Endpoint, Request
from tests.debian import needs
from tests.live.both_servers import CONFIGURATION, KEY
from tests.live.dovecot import PACKAGES, Dovecot
from tests.live.mail import message_bytes
from tests.live.releases import TESTED

pytestmark = needs(*PACKAGES)

PATIENCE_SECONDS = 30
CAP_MS = 100
TOKEN = "0123456789abcdef"

SCRIPT = """
local http = require("socket.http")
function dovecot_lua_notify_begin_txn(user)
  return {url = user:plugin_getenv("push_url"), user = user, words = {user.username}}
end
function dovecot_lua_notify_event_message_new(ctx, event)
  local box = ctx.user:mailbox(event.mailbox)
  local status = box:status(dovecot.storage.STATUS_UNSEEN)
  box:free()
  for _, word in ipairs({event.subject, event.to_address, string.format("%d unseen", status.unseen)}) do
    table.insert(ctx.words, word)
  end
  table.insert(ctx.words, ctx.user:metadata_get("/private/colour"))
end
function dovecot_lua_notify_event_message_read(ctx, event) table.insert(ctx.words, "read") end
function dovecot_lua_notify_end_txn(ctx, success)
  if #ctx.words > 1 then http.request(ctx.url, table.concat(ctx.words, "|")) end
end
"""


class World:
    """
    A Dovecot with the shim and the OX driver, a server that may be away, and the endpoint of its script.
    """

    def __init__(self, folder: Path, endpoint: Endpoint, url: str) -> None:
        self.pickup = folder / "pickup"
        self.pickup.mkdir()
        self.pickup.chmod(0o777)
        (folder / "token").write_text(f"{TOKEN}\n")
        (folder / "push.lua").write_text(SCRIPT)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = taken.getsockname()[1]
        self._file = folder / "luahost.yaml"
        serve = {
            "listen": f"127.0.0.1:{self.port}",
            "spool": "spool.db",
            "pickup": "pickup",
            "token_file": "token",
            "running": 2,
        }
        drivers = [{"driver": "lua", "file": "push.lua"}]
        self._file.write_text(
            json.dumps({"plugin": {"push_url": f"{url}/push"}, "drivers": drivers, "serve": serve})
        )
        self._bodies: queue.Queue[str] = queue.Queue()
        endpoint.route("POST", "/push", self._reply, optional=True)
        shim = Shim(
            dialect=TESTED.dialect,
            url=f"http://127.0.0.1:{self.port}",
            spool_dir=str(self.pickup),
            timeout_ms=CAP_MS,
            token_file=str(folder / "token"),
            metadata=["/private/colour"],
        )
        self.left = folder / "left"
        self.left.mkdir()
        self.left.chmod(0o777)
        leaving = Shim(dialect=TESTED.dialect, spool_dir=str(self.left), files=True)
        for made, name in ((shim, "shim.lua"), (leaving, "files.lua")):
            for path, content in made.installed(str(folder / name)).items():
                Path(path).parent.mkdir(exist_ok=True)
                Path(path).write_bytes(content)
        place = f"http://any:{TOKEN}@127.0.0.1:{self.port}/preliminary/http-notify/v1/notify"
        self.dovecot = Dovecot(
            {},
            drivers=[
                f"lua:file={folder / 'shim.lua'}",
                # A busy machine has more time than the 2 s that are the default.
                f"ox:url={place} timeout_msecs=20000",
                f"lua:file={folder / 'files.lua'}",
            ],
            more=TESTED.attributes + CONFIGURATION,
            release=TESTED,
        )
        self._server: Server | None = None
        self._spool: SqliteSpool | None = None

    def _reply(self, request: Request) -> Answer:
        self._bodies.put(request.body.decode())
        return Answer(200)

    def next(self, most: int = 1) -> list[str]:
        """
        What arrives at the endpoint next.
        """
        return [self._bodies.get(timeout=PATIENCE_SECONDS) for _ in range(most)]

    def start(self) -> None:
        """
        Start the server.
        """
        configuration = read_configuration(str(self._file))
        assert configuration.serve is not None
        self._spool = SqliteSpool(configuration.serve.spool)
        self._server = Server(configuration, self._spool)
        self._server.start()

    def end(self) -> None:
        """
        End the server, if it runs, when nothing waits any more.
        """
        if self._server is None or self._spool is None:
            return
        self._server.end()
        self.states = {each.state for each in self._spool.transactions()}
        self._spool.close()
        self._server = None

    def waiting(self) -> list[Path]:
        """
        The files that wait, by their names.
        """
        return sorted(self.pickup.iterdir())

    def emptied(self) -> bool:
        """
        Whether none waits any more, or soon none does.
        """
        for _ in range(PATIENCE_SECONDS * 50):
            if not self.waiting():
                return True
            time.sleep(1 / 50)
        return False


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """
    All of them; the server runs.
    """
    # Not in pytest's folder, which mail processes may not enter.
    folder = Path(tempfile.mkdtemp(prefix="luahost-shim-"))
    folder.chmod(0o755)
    endpoint = Endpoint()
    try:
        with endpoint.real() as real:
            world = World(folder, endpoint, real.url)
            world.start()
            with world.dovecot:
                yield world
                assert world.dovecot.errors == []
            world.end()
    finally:
        shutil.rmtree(folder)


def test_from_delivery_to_endpoint(world: World) -> None:
    """
    A delivery is told of to the server's script with the status of its mailbox and the METADATA asked for;
    what an IMAP client does, too; and each once.
    """
    world.dovecot.doveadm("mailbox", "metadata", "set", "-u", "bob", "-s", "", "/private/colour", "blue")

    world.dovecot.deliver("bob", message_bytes("n01"))
    arrived = world.next()
    with world.dovecot.imap("bob") as client:
        client.command("SELECT INBOX")
        client.command("FETCH 1 BODY[]")
        client.command("LOGOUT")
    arrived += world.next()

    assert arrived == ["bob|Message 1|bob@example.com|1 unseen|blue", "bob|read"]
    assert world.emptied()


def test_files_alone(world: World) -> None:
    """
    A shim that posts nothing has lines in files for it, each whole, which only their owner can read.
    """
    for name in ("n01", "n02"):
        world.dovecot.deliver("frank", message_bytes(name))
    world.next(2)

    files = sorted(world.left.iterdir())
    lines = b"".join(file.read_bytes() for file in files).splitlines()
    found = [json.loads(line) for line in lines if b"frank" in line and b"MessageNew" in line]
    assert [each["events"][0]["subject"] for each in found] == ["Message 1", "Message 2"]
    assert [each["mailboxes"]["INBOX"]["messages"] for each in found] == [1, 2]
    assert {file.suffix for file in files} == {".lines"}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_a_server_that_is_away(world: World) -> None:
    """
    What happens meanwhile is in files that only their owner can read, mail goes on, and the server runs it
    in order when it is back.
    """
    world.end()
    assert world.states <= {State.DONE}
    for name in ("n01", "n02"):
        world.dovecot.deliver("carol", message_bytes(name))

    files = [file for file in world.waiting() if b"MessageNew" in file.read_bytes()]
    assert len(files) == 2
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert world.dovecot.logged(f"{files[0].name}: ", "failed: Connection refused")
    world.start()

    subjects = [body.split("|")[1] for body in world.next(2)]
    assert subjects == ["Message 1", "Message 2"]
    assert world.emptied()


def test_a_server_that_does_not_answer(world: World) -> None:
    """
    It costs mail no more than the cap; what is in the file then runs later.
    """
    world.end()
    with socket.create_server(("127.0.0.1", world.port)):
        begun = time.monotonic()
        world.dovecot.deliver("dave", message_bytes("n03"))
        spent = time.monotonic() - begun

    # The machine may be busy with other things than waiting.
    assert spent < PATIENCE_SECONDS / 3
    assert world.dovecot.logged("Absolute request timeout expired")
    world.start()
    assert world.next()[0].startswith("dave|Message 3|")


def test_the_ox_driver(world: World) -> None:
    """
    For a user who has its METADATA, Dovecot's own OX driver brings the delivery as well, with what it knows.
    """
    world.dovecot.doveadm("mailbox", "metadata", "set", "-u", "erin", "-s", "", KEY, "user=11@3")

    world.dovecot.deliver("erin", message_bytes("n01"))

    assert sorted(world.next(2)) == [
        "erin|Message 1|bob@example.com|1 unseen",
        "erin|Message 1||1 unseen",
    ]
    assert world.dovecot.logged("push-notification-ox: Notification sent successfully: 200 OK")
