"""
Single attempts, mostly with drivers that need no script.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from luahost.config import read_configuration
from luahost.effects import Log
from luahost.errors import HeldBackError
from luahost.exchange import Answer
from luahost.network import RealNetwork
from luahost.server.log_fields import fields_of
from luahost.server.runner import Attempted, Attempts, Hosting, Verdict
from luahost.server.spool import Claim
from tests.server.wire import Wire
from tests.sources.recorded import transaction

DLOG = {"drivers": ["dlog"]}


def attempted(
    folder: Path, configuration: dict[str, Any], payload: bytes, observed: list[Attempted] | None = None
) -> Verdict:
    """
    What comes of a transaction.
    """
    file = folder / "luahost.yaml"
    file.write_text(json.dumps({**configuration, "serve": {"listen": "127.0.0.1:0", "spool": "s"}}))
    found = read_configuration(str(file))
    assert found.serve is not None
    attempts = Attempts(
        Hosting(found, found.serve),
        new_network=RealNetwork,
        record=lambda transaction, key, answer: None,
        observe=(observed if observed is not None else []).append,
    )
    try:
        return attempts.run(Claim(id="t1", user="bob", payload=payload, attempt=1, accepted=0))
    finally:
        attempts.close()


@pytest.mark.parametrize("service", ["lmtp", "imap", "submission"])
def test_services(tmp_path: Path, service: str) -> None:
    """
    A service for which push is off runs nothing, and that is no failure.
    """
    plugins = {"mail_plugins": {"imap": "notify push_notification"}, **DLOG}
    payload = json.dumps(transaction(user={"username": "bob", "service": service})).encode()

    assert attempted(tmp_path, plugins, payload) == Verdict()


@pytest.mark.parametrize("dialect", ["documented", "2.3", "2.4"])
def test_a_driver_that_does_not_start(tmp_path: Path, dialect: str) -> None:
    """
    A transaction that nobody was told of is not done.
    """
    verdict = attempted(
        tmp_path, {"dialect": dialect, "drivers": ["nobody"]}, json.dumps(transaction()).encode()
    )

    assert (verdict.failure or "").startswith("not started: Un")
    assert (verdict.final, verdict.cause) == (False, "start")


def test_whoever_counts_hears_of_it(tmp_path: Path) -> None:
    """
    An attempt is told with what was done in it and how it ended, also one that was never begun.
    """
    observed: list[Attempted] = []
    payload = json.dumps(transaction()).encode()

    done = attempted(tmp_path, DLOG, payload, observed)
    unreadable = attempted(tmp_path, DLOG, b"{", observed)

    first, second = observed
    assert (first.id, first.user, first.verdict, first.repeated) == ("t1", "bob", done, 0)
    assert any(isinstance(effect, Log) for effect in first.effects)
    assert first.seconds > 0
    assert (second.effects, second.verdict) == ([], unreadable)
    assert unreadable.cause == "input"


def test_a_payload_that_cannot_be_read(tmp_path: Path) -> None:
    """
    What another version of luahost has taken in, and this one cannot read, stays that way.
    """
    verdict = attempted(tmp_path, DLOG, json.dumps(transaction(luahost_transaction=2)).encode())

    assert verdict.final
    assert "cannot read the transaction: luahost_transaction: this luahost reads version 1" in (
        verdict.failure or ""
    )


BOOM = """
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_event_message_new(user, event)
  error("boom")
end
function dovecot_lua_notify_end_txn(ctx, success) end
"""


def test_fields_of_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """
    What Dovecot would log is logged with whose transaction it is, the very line, and where the script failed.
    """
    script = tmp_path / "push.lua"
    script.write_text(BOOM)
    payload = json.dumps(transaction()).encode()

    verdict = attempted(tmp_path, {"drivers": [{"driver": "lua", "file": str(script)}]}, payload)

    assert verdict.cause == "lua_error"
    record, *traceback = [record for record in caplog.records if "dovecot" in fields_of(record)]
    assert all(fields_of(line)["line"] == 4 for line in traceback)
    fields = dict(fields_of(record))
    assert record.getMessage() == f"t1: {fields.pop('dovecot')}"
    assert fields == {
        "transaction": "t1",
        "user": "bob",
        "attempt": 1,
        "source": "driver",
        "script": str(script),
        "line": 4,
        "function": "dovecot_lua_notify_event_message_new",
    }


COUNTING = """
local http, calls = require("socket.http"), 0
function dovecot_lua_notify_begin_txn(user) return {} end
function dovecot_lua_notify_event_message_new(ctx, event)
  calls = calls + 1
  http.request("http://192.0.2.1/", tostring(calls))
end
function dovecot_lua_notify_end_txn(ctx, success) end
"""


def test_what_was_held_back_is_new_to_its_session(tmp_path: Path) -> None:
    """
    An attempt that was held back does not count, and yet leaves nothing in the session for the next.
    """
    (tmp_path / "push.lua").write_text(COUNTING)
    file = tmp_path / "luahost.yaml"
    serve = {"listen": "127.0.0.1:0", "spool": "s", "allow": ["192.0.2.1"]}
    file.write_text(json.dumps({"drivers": [{"driver": "lua", "file": "push.lua"}], "serve": serve}))
    found = read_configuration(str(file))
    assert found.serve is not None
    wire = Wire(HeldBackError("http://192.0.2.1", 30), *[Answer(version="HTTP/1.1", status=200)] * 2)
    attempts = Attempts(
        Hosting(found, found.serve), new_network=lambda: wire, record=lambda transaction, key, answer: None
    )
    payload = json.dumps(transaction(user={"username": "bob", "session_id": "S"})).encode()
    claims = [Claim(id=id, user="bob", payload=payload, attempt=1, accepted=0) for id in ("a", "a", "b")]

    verdicts = [attempts.run(claim) for claim in claims]
    attempts.close()

    assert [verdict.endpoint for verdict in verdicts] == ["http://192.0.2.1", None, None]
    assert [request.body for request in wire.sent] == [b"1", b"1", b"2"]
