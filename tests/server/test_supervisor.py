"""
What becomes of transactions in a server whose HTTP door, spool and scripts' processes are real.
"""

from __future__ import annotations

import logging
import logging.handlers
import queue
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from luahost.server.spool import State
from luahost.testing import Answer
from tests.server.running import PATIENCE_SECONDS, SCRIPT, Arrivals, Serve


def test_from_request_to_request(serve: Serve, arrivals: Arrivals) -> None:
    """
    What comes in by HTTP runs through the script, each user's in order, and what goes out has an id.
    """
    server = serve()

    ids = server.post("1", "2", "3") + server.post("1", user="alice")
    arrived = arrivals.with_ids(4)

    assert [body for body, _ in arrived if body.startswith("bob")] == ["bob 1", "bob 2", "bob 3"]
    assert {identity.rpartition("-")[0] for _, identity in arrived} == set(ids)
    assert server.end() == dict.fromkeys(ids, State.DONE)


TWICE = """
local http = require("socket.http")
function dovecot_lua_notify_begin_txn(user) return user:plugin_getenv("push_url") end
function dovecot_lua_notify_event_message_new(url, event)
  http.request(url, "first " .. event.subject)
  http.request(url, "second " .. event.subject)
end
function dovecot_lua_notify_end_txn(ctx, success) end
"""


def test_a_retry_repeats_only_what_failed(serve: Serve, arrivals: Arrivals) -> None:
    """
    After a 503 the transaction runs again; the request that was answered well is not sent again, and the
    other has the same id as before. The user's next one waits.
    """
    arrivals.replies = [Answer(200), Answer(503), Answer(200), Answer(200), Answer(200)]
    server = serve(TWICE, retry={"first_seconds": 0.01})

    server.post("a", "b")
    arrived = arrivals.with_ids(5)

    assert [body for body, _ in arrived] == ["first a", "second a", "second a", "first b", "second b"]
    assert arrived[1][1] == arrived[2][1]
    assert set(server.end().values()) == {State.DONE}


SUMMARY = """
local http = require("socket.http")
function dovecot_lua_notify_begin_txn(user) return {user:plugin_getenv("push_url")} end
function dovecot_lua_notify_event_message_new(ctx, event) ctx[#ctx + 1] = event.subject end
function dovecot_lua_notify_end_txn(ctx, success) http.request(ctx[1], table.concat(ctx, " ", 2)) end
"""


def test_one_push_for_several(serve: Serve, arrivals: Arrivals) -> None:
    """
    Transactions that wait for each other are one to the script, and each is done when that is, here after a
    retry, which has the same id.
    """
    arrivals.replies = [Answer(503)]
    server = serve(SUMMARY, coalesce_seconds=0.1, retry={"first_seconds": 0.01})

    ids = server.post("a", "b", "c")
    first, second = arrivals.with_ids(2)

    assert first == second
    assert (first[0], first[1].rpartition("-")[0]) == ("a b c", ids[0])
    assert server.end() == dict.fromkeys(ids, State.DONE)


def test_scripts_reach_what_the_configuration_names(serve: Serve, arrivals: Arrivals) -> None:
    """
    Requests go to the hosts and ports that URLs in the settings name; one to another place is refused, which
    no later attempt would change.
    """
    elsewhere = 'event.subject == "stray" and "http://127.0.0.1:9/" or ctx.url'
    server = serve(SCRIPT.replace("http.request(ctx.url", f"http.request({elsewhere}"))

    dead, done = server.post("stray", "fine")

    assert arrivals.next() == ["bob fine"]
    assert server.end() == {dead: State.DEAD, done: State.DONE}
    assert "127.0.0.1:9" in (server.reasons[dead] or "")
    assert "not allowed" in (server.reasons[dead] or "")


@contextmanager
def heard() -> Iterator[queue.Queue[logging.LogRecord]]:
    """
    What the server logs meanwhile.
    """
    log, lines = logging.getLogger("luahost.server"), queue.Queue[logging.LogRecord]()
    handler, level = logging.handlers.QueueHandler(lines), log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


def test_an_endpoint_that_is_down(serve: Serve, arrivals: Arrivals) -> None:
    """
    After enough failures others' transactions wait for the endpoint without being sent or losing an attempt,
    and whoever watches is told.
    """
    arrivals.replies = [Answer(503)]
    breaker = {"failures": 1, "open_seconds": 3600}
    server = serve(breaker=breaker, retry={"first_seconds": 300}, running=1)

    with heard() as lines:
        ids = server.post("1") + server.post("2", user="alice") + server.post("3", user="carol")
        held = 0
        while held < 2:
            held += "held back" in lines.get(timeout=PATIENCE_SECONDS).getMessage()
    assert arrivals.next() == ["bob 1"]

    told = httpx.get(f"http://{server.place}/healthz").json()["endpoints"]
    assert [(each["state"], each["failures"]) for each in told] == [("open", 1)]
    assert server.end() == dict.fromkeys(ids, State.RETRYING)
    assert "503" in (server.reasons[ids[0]] or "")
    assert all("is down" in (server.reasons[id] or "") for id in ids[1:])


def test_attempts_end(serve: Serve, arrivals: Arrivals) -> None:
    """
    What fails each time is dead after its last attempt, and says why; the user's next one runs.
    """
    arrivals.replies = [Answer(500), Answer(500), Answer(200)]
    server = serve(retry={"first_seconds": 0.01, "attempts": 2})

    dead, done = server.post("a", "b")

    assert arrivals.next(3) == ["bob a", "bob a", "bob b"]
    assert server.end() == {dead: State.DEAD, done: State.DONE}
    assert (server.reasons[dead] or "").endswith("/push: 500 Internal Server Error")


def test_what_is_left_runs_when_the_server_is_back(serve: Serve, arrivals: Arrivals) -> None:
    """
    A server that ends while a transaction waits for another attempt leaves it to the next one.
    """
    arrivals.replies = [Answer(503)]
    server = serve(retry={"first_seconds": 300})
    ids = server.post("a")
    arrivals.next()
    assert server.end() == dict.fromkeys(ids, State.RETRYING)

    server = serve()
    server.spool.retry(ids[0])

    assert arrivals.next() == ["bob a"]
    assert server.end() == dict.fromkeys(ids, State.DONE)


def test_a_script_that_hangs_holds_up_nobody_else(serve: Serve, arrivals: Arrivals) -> None:
    """
    Its process is killed when its time is over, it is dead when it was tried often enough, and meanwhile
    other users' scripts run.
    """
    hang = '  if ctx.user == "eve" then while true do end end\n  http.request'
    server = serve(SCRIPT.replace("  http.request", hang), limits={"call_seconds": 2}, retry={"attempts": 1})

    [eve] = server.post("1", user="eve")
    [bob] = server.post("1")

    assert arrivals.next() == ["bob 1"]
    assert server.end() == {eve: State.DEAD, bob: State.DONE}
    assert (server.reasons[eve] or "").startswith("limit: ")


REMEMBER = """
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_event_message_new(user, event)
  local box = user:mailbox(event.mailbox)
  box:open()
  local count = tonumber(box:metadata_get("/private/count") or "0") + 1
  box:metadata_set("/private/count", tostring(count))
  require("socket.http").request(user:plugin_getenv("push_url"), tostring(count))
  box:free()
end
function dovecot_lua_notify_end_txn(ctx, success) end
"""


@pytest.mark.parametrize("section", [{"metadata": "metadata.db"}, {}])
def test_metadata(serve: Serve, arrivals: Arrivals, section: dict[str, str]) -> None:
    """
    What a script sets the next transaction finds, if there is a place to keep it.
    """
    server = serve(REMEMBER, **section)

    server.post("a", "b")

    assert arrivals.next(2) == (["1", "2"] if section else ["1", "1"])
