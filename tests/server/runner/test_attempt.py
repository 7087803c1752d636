"""
One attempt, with drivers that need no script.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from luahost.config import read_configuration
from luahost.effects import Log
from luahost.network import RealNetwork
from luahost.server.runner import Attempted, Attempts, Hosting, Verdict
from luahost.server.spool import Claim
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
