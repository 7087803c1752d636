"""
What scripts find in real worker processes: what sessions keep, mailboxes, METADATA, and the way out.
"""

from __future__ import annotations

import pytest

from luahost.effects import Http, Log
from luahost.testing import Endpoint
from tests.server.workers.attempting import Run

CALLED = [f"dovecot_lua_notify_{name}" for name in ("begin_txn", "event_message_new", "end_txn")]


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
