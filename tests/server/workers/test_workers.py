"""
Workers, with real processes: what sessions keep, and what becomes of a worker that dies.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from luahost.config import read_configuration
from luahost.effects import Http, Log
from luahost.network import Network, RealNetwork
from luahost.server.cooperation import join_all, spawn
from luahost.server.runner import Attempted, Attempts, Hosting, Verdict
from luahost.server.spool import Claim
from luahost.server.worker.zygote import NICENESS
from luahost.store.metadata_sqlite import SqliteMetadata
from luahost.testing import Answer, Endpoint, Request
from tests.sources.recorded import NEW, transaction

LEAST_PRIORITY = 19
PATIENCE_SECONDS = 30

CALLED = [f"dovecot_lua_notify_{name}" for name in ("begin_txn", "event_message_new", "end_txn")]
STATUS = {"messages": 5, "recent": 1, "unseen": 2, "uid_next": 9, "uid_validity": 3}

COUNTING = """
local json = require("values")
local count = 0
function script_init() dovecot.i_info("init") return 0 end
function script_deinit() dovecot.i_info("deinit " .. count) end
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_event_message_new(user, event)
  count = count + 1
  dovecot.i_info(user.username .. " " .. count .. json.x)
  SUBJECTS[event.subject](user, event)
end
function dovecot_lua_notify_end_txn() end
SUBJECTS = setmetatable({
  fails = function() error("no") end,
  loops = function() while true do end end,
  hangs = function() string.find(("a"):rep(40), ("a-"):rep(40) .. "b") end,
  status = function(user, event)
    local now = user:mailbox(event.mailbox):status(dovecot.storage.STATUS_UNSEEN)
    dovecot.i_info(("unseen %d"):format(now.unseen))
  end,
  elsewhere = function(user) user:mailbox("Other"):status(dovecot.storage.STATUS_UNSEEN) end,
  set = function(user) user:metadata_set("/private/x", "kept") end,
  get = function(user) dovecot.i_info("x is " .. tostring(user:metadata_get("/private/x"))) end,
  sleeps = function() require("socket").sleep(0.01) end,
  sends = function(user)
    local _, code = require("socket.http").request("http://push.example/", "hello")
    dovecot.i_info("code " .. tostring(code))
  end,
}, {__index = function() return function() end end})
"""


# CVE-2014-5461.
CRASH = """
function dovecot_lua_notify_begin_txn()
  local names = {}
  for i = 1, 180 do names[i] = "a" .. i end
  local f = loadstring("return function(" .. table.concat(names, ",") .. ", ...) return a1, ... end")()
  local keep = {}
  for r = 1, 3000 do
    keep[r] = coroutine.create(function() f() f(1) f() end)
    coroutine.resume(keep[r])
    keep[r + 3000] = {r, tostring(r)}
  end
end
function dovecot_lua_notify_event_message_new() end
function dovecot_lua_notify_end_txn() end
"""


class Running:
    """
    Attempts at transactions of one script, and the lines that they log.
    """

    def __init__(
        self, folder: Path, network: Network | None = None, script: str = COUNTING, **section: Any
    ) -> None:
        (folder / "push.lua").write_text(script)
        (folder / "values.lua").write_text('return {x = "!"}')
        document = {
            "dialect": "2.3",
            "drivers": [{"driver": "lua", "file": str(folder / "push.lua")}],
            "serve": {"listen": "127.0.0.1:0", "spool": "s", "http": "live", **section},
        }
        (folder / "luahost.yaml").write_text(json.dumps(document))
        found = read_configuration(str(folder / "luahost.yaml"))
        assert found.serve is not None
        self.observed: list[Attempted] = []
        self.answers: dict[str, bytes] = {}
        self.attempts = Attempts(
            Hosting(found, found.serve),
            new_network=lambda: network or RealNetwork(),
            record=lambda transaction, key, answer: self.answers.__setitem__(key, answer),
            processes=1,
            metadata=SqliteMetadata(folder / "metadata.db"),
            observe=self.observed.append,
        )

    def run(
        self,
        subject: str = "x",
        *,
        user: str = "bob",
        session: str | None = "S1",
        attempt: int = 1,
        mailboxes: bool = True,
        **more: Any,
    ) -> Verdict:
        """
        A delivery.
        """
        payload = transaction(
            user={"username": user, "service": "imap", **({"session_id": session} if session else {})},
            events=[{**NEW, "subject": subject}],
            mailboxes={"INBOX": STATUS} if mailboxes else {},
            **more,
        )
        claim = Claim(
            id=f"{user}-{subject}",
            user=user,
            payload=json.dumps(payload).encode(),
            attempt=attempt,
            accepted=0,
        )
        return self.attempts.run(claim)

    def lines(self) -> list[str]:
        """
        What scripts have logged in the last attempt, and why they failed.
        """
        return [each.text for each in self.observed[-1].effects if isinstance(each, Log)]


Run = Callable[..., Running]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Run]:
    """
    Starts such attempts.
    """
    begun: list[Running] = []

    def run(**more: Any) -> Running:
        begun.append(Running(tmp_path, **more))
        return begun[-1]

    yield run
    for each in begun:
        each.attempts.close()


def test_a_session_goes_on(running: Run) -> None:
    """
    A script finds its globals again in the next transaction of its session, and nobody else's: another user
    and another session have their own.
    """
    found = running()

    found.run()
    assert found.lines() == ["init", "bob 1!"]
    found.run()
    assert found.lines() == ["bob 2!"]
    found.run(user="eva")
    assert found.lines() == ["init", "eva 1!"]
    found.run(session="S2")
    assert found.lines() == ["init", "bob 1!"]
    found.run()
    assert found.lines() == ["bob 3!"]


def test_without_a_session(running: Run, caplog: pytest.LogCaptureFixture) -> None:
    """
    Where a transaction names no session, nothing goes on.
    """
    found = running()
    caplog.set_level("INFO", "luahost.server")

    found.run(session=None)
    found.run(session=None)

    assert found.lines() == ["init", "bob 1!"]
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records].count("deinit 1") == 2


def test_as_many_sessions_as_are_kept(running: Run) -> None:
    """
    The session that was not heard of for longest ends when another needs the room.
    """
    found = running(sessions=2)

    for user in ("a", "b", "a", "c", "a", "b"):
        found.run(user=user)

    counts = [each.text for one in found.observed for each in one.effects if isinstance(each, Log)]
    assert [line for line in counts if line != "init"] == ["a 1!", "b 1!", "a 2!", "c 1!", "a 3!", "b 1!"]


def test_another_attempt_begins_anew(running: Run) -> None:
    """
    What failed is tried again in a new session, whatever the script's globals have come to.
    """
    found = running()
    found.run()

    assert (found.run("fails").failure or "").startswith("lua_error: ")
    found.run("x", attempt=2)

    assert found.lines() == ["init", "bob 1!"]


def test_what_the_transaction_says_of_mailboxes(running: Run) -> None:
    """
    The status that came with a transaction is told, also in a session that knew another; one that did not
    come is that of a mailbox that does not exist, and the log says so.
    """
    found = running()

    found.run("status")
    assert found.lines()[-1] == "unseen 2"
    verdict = found.run("status", mailboxes=False)

    assert "Mailbox doesn't exist: INBOX" in (verdict.failure or "")
    assert any("the status of the mailbox INBOX did not come with" in line for line in found.lines())
    verdict = found.run("elsewhere")
    assert "Mailbox doesn't exist: Other" in (verdict.failure or "")
    assert any("the mailbox Other did not come with the transaction" in line for line in found.lines())


def test_metadata_stays(running: Run) -> None:
    """
    METADATA is luahost's own, by user.
    """
    found = running()
    found.run("set")

    found.run("get", session="S2")
    assert found.lines()[-1] == "x is kept"
    found.run("get", user="eva")
    assert found.lines()[-1] == "x is nil"
    found.run("get", user="eva", metadata={"/private/x": "Dovecot's"})
    assert found.lines()[-1] == "x is Dovecot's"


def test_requests_are_sent_by_the_server(running: Run) -> None:
    """
    A request goes out through the server's journal, and a script can wait.
    """
    endpoint = Endpoint()
    endpoint.route("POST", "http://push.example/", 204)
    found = running(network=endpoint)

    found.run("sends")
    found.run("sleeps")

    assert [each.text for one in found.observed for each in one.effects if isinstance(each, Log)][
        2
    ] == "code 204"
    assert len(found.answers) == 1


def test_requests_of_the_end_are_nobodys(running: Run) -> None:
    """
    What a session sends as it ends is no request of the transaction that is under way, nor in its journal.
    """
    endpoint = Endpoint()
    endpoint.route("POST", "http://push.example/", 204)
    script = """
        local http = require("socket.http")
        function dovecot_lua_notify_begin_txn(user) return user end
        function dovecot_lua_notify_event_message_new(user, event)
          http.request("http://push.example/", event.subject)
        end
        function dovecot_lua_notify_end_txn(user, success) end
        function script_deinit() http.request("http://push.example/", "bye") end
    """
    found = running(network=endpoint, script=script)

    found.run("hello", session=None)

    sent = [(request.body, "webhook-id" in request.headers) for request in endpoint.requests]
    assert sent == [(b"hello", True), (b"bye", False)]
    assert len(found.answers) == 1
    assert [each.body for each in found.observed[-1].effects if isinstance(each, Http)] == [b"hello"]
    assert dict(found.observed[-1].calls) == {("", name): 1 for name in CALLED}


def test_the_policy_holds(running: Run) -> None:
    """
    What the policy refuses is not sent.
    """
    found = running(http="deny")

    verdict = found.run("sends")

    assert verdict.final
    assert "was not sent" in (verdict.failure or "")


def test_an_endless_loop(running: Run) -> None:
    """
    Lua's own hook stops a loop; other sessions of the worker go on.
    """
    found = running(limits={"call_seconds": 0.2})
    found.run(user="eva")

    verdict = found.run("loops")
    found.run(user="eva")

    assert (verdict.failure or "").startswith("limit: ")
    assert found.lines() == ["eva 2!"]


def test_who_works_for_long_gives_way(running: Run) -> None:
    """
    While one script works, others of its process get their turn; none waits until it has ended.
    """
    found = running(limits={"call_seconds": 2})
    ended: list[str] = []

    def run(subject: str, user: str) -> None:
        found.run(subject, user=user)
        ended.append(user)

    long = spawn(run, "loops", "bob")
    join_all([spawn(run, "sleeps", user) for user in ("eva", "ida")])
    assert sorted(ended) == ["eva", "ida"]
    join_all([long])

    assert ended[2:] == ["bob"]


def test_a_hang_that_lua_cannot_stop(running: Run) -> None:
    """
    A script that hangs in C takes its worker along, and nobody else is to blame: what ran beside it is done.
    """
    found = running(limits={"call_seconds": 0.2, "transaction_seconds": 5})
    found.run(user="eva")
    verdicts: dict[str, Verdict] = {}

    def run(subject: str, user: str) -> None:
        verdicts[user] = found.run(subject, user=user)

    join_all([spawn(run, *each) for each in (("hangs", "bob"), ("x", "eva"), ("x", "ida"))])
    after = found.run(user="eva")

    assert (verdicts["bob"].failure or "").startswith("limit: ")
    assert verdicts["eva"] == verdicts["ida"] == after == Verdict()


def killed(process: int, victim: int) -> None:
    """
    Kill a process, and wait until another one has died of it, or it itself.
    """
    handle = os.pidfd_open(victim)
    os.kill(process, signal.SIGKILL)
    assert select.select([handle], [], [], PATIENCE_SECONDS)[0]
    os.close(handle)


def test_a_worker_that_is_killed(running: Run) -> None:
    """
    If nothing ran there, that costs nobody anything: the next transaction has another worker, and new
    sessions.
    """
    found = running()
    found.run()
    (process,) = found.attempts.processes()
    killed(process, process)

    assert found.run() == Verdict()
    assert found.attempts.processes() != [process]


def test_all_workers_die_at_once(running: Run) -> None:
    """
    Who forks them may be killed, and they die with it: no transaction that runs then is to blame, so it runs
    again at once, without what was answered already.
    """
    endpoint = Endpoint()
    found = running(network=endpoint)

    def die(request: Request) -> Answer:
        (process,) = found.attempts.processes()
        status = Path(f"/proc/{process}/status").read_text()
        parent = re.search(r"^PPid:\s+(\d+)$", status, re.MULTILINE)
        assert parent is not None
        killed(int(parent[1]), process)
        return Answer(204)

    endpoint.route("POST", "http://push.example/", die)

    assert found.run("sends") == Verdict()
    assert found.lines() == ["init", "bob 1!", "code 204"]
    assert len(endpoint.requests) == 1


def test_what_kills_its_process_is_found_guilty(running: Run) -> None:
    """
    Lua 5.1 can be crashed. The transaction that does it fails, and says how its process died.
    """
    found = running(lua="5.1", script=CRASH)

    assert (found.run().failure or "").startswith("the process that ran it died of SIG")


def test_mail_comes_first(running: Run) -> None:
    """
    A worker has less of the processor than the server, which takes what mail processes bring, and than mail
    processes: its session is as nice as itself, where the kernel shares the processor out between sessions.
    """
    found = running()
    found.run()
    (process,) = found.attempts.processes()

    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, process) == min(ours + NICENESS, LEAST_PRIORITY)
    group = Path(f"/proc/{process}/autogroup")
    if group.exists() and (words := group.read_text()):
        assert words.endswith(f" nice {min(ours + NICENESS, LEAST_PRIORITY)}\n")


def test_every_thread_is_locked_down(running: Run) -> None:
    """
    No thread of a worker has capabilities, can get any, or can make system calls that are not on the list;
    and the process has no descriptors but its sockets.
    """
    found = running()
    found.run()
    (process,) = found.attempts.processes()

    threads = [each.joinpath("status").read_text() for each in Path(f"/proc/{process}/task").iterdir()]
    states = [dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line) for text in threads]

    assert len(threads) == 2
    assert {state["Seccomp"] for state in states} == {"2"}
    assert {state["NoNewPrivs"] for state in states} == {"1"}
    assert {int(state["CapEff"], 16) | int(state["CapPrm"], 16) for state in states} == {0}
    opened = {os.readlink(each).partition(":")[0] for each in Path(f"/proc/{process}/fd").iterdir()}
    assert opened == {"socket"}
