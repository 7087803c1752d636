"""
Workers, with real processes: scripts that do not end, a worker that dies, and what it may do.
"""

from __future__ import annotations

import os
import re
import select
import signal
from pathlib import Path

from luahost.server.cooperation import join_all, spawn
from luahost.server.runner import Verdict
from luahost.server.worker.zygote import NICENESS
from luahost.testing import Answer, Endpoint, Request
from tests.server.workers.attempting import Run

LEAST_PRIORITY = 19
PATIENCE_SECONDS = 30

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
