"""
One attempt in a worker of the server, which has the sessions of others too, and an honest script after it.

The attempt is ``begin_txn`` of a push script, in a transaction as ``luahost serve`` runs it, with short
limits.
"""

from __future__ import annotations

import json
import logging
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from luahost.clock import Clock
from luahost.config import read_configuration
from luahost.effects import Log, Print
from luahost.exchange import Answer, Place, Request
from luahost.network import RealNetwork
from luahost.server.runner import Attempted, Attempts, Hosting
from luahost.server.spool import Claim
from tests.escapes.outcome import RAISED, RETURNED, STOPPED, Outcome
from tests.escapes.sandbox import BIG, HONEST, HONEST_SAYS, text_of

TRANSACTION = {
    "luahost_transaction": 1,
    "user": {"username": "bob", "service": "imap", "session_id": "S"},
    "events": [
        {"name": "MessageNew", "mailbox": "INBOX", "uid": uid, "uid_validity": 7, "subject": subject}
        for uid, subject in ((1, "b"), (2, "a"))
    ],
    "success": True,
}
SERVE = {
    "listen": "127.0.0.1:0",
    "spool": "spool.db",
    "http": "server",
    "workers": 1,
    "limits": {"call_seconds": 0.3, "memory_bytes": "16M", "http_requests": 100, "output_bytes": "4M"},
}
WRAPPED = b"""
function dovecot_lua_notify_begin_txn() print("RETURNED " .. tostring(attempt())) end
function dovecot_lua_notify_event_message_new() end
function dovecot_lua_notify_end_txn() end
"""


class BigAnswers(RealNetwork):
    """
    The machine's network, which answers by itself what ``big:`` stands for.
    """

    def addresses(
        self, request: Request, place: Place, *, seconds: float | None, clock: Clock
    ) -> Sequence[str]:
        """
        One of the public internet.
        """
        if request.url.startswith(BIG):
            return ["93.184.215.14"]
        return super().addresses(request, place, seconds=seconds, clock=clock)

    def send(
        self, request: Request, *, address: str | None, seconds: float | None, most_bytes: int, clock: Clock
    ) -> Answer:
        """
        An answer as long as was asked for, and allowed.
        """
        if request.url.startswith(BIG):
            digits = re.match("[0-9]+", request.url.removeprefix(BIG))
            length = min(int(digits[0] if digits else 0), most_bytes)
            return Answer(version="HTTP/1.1", status=200, reason="OK", body=b"x" * length)
        return super().send(request, address=address, seconds=seconds, most_bytes=most_bytes, clock=clock)


def attempted_in_server(text: bytes, lua: str, port: int) -> Outcome:
    """
    What comes of an attempt in a worker of the server.
    """
    # What scripts log is of no interest here.
    logging.disable()
    text = text.replace(b"@PORT@", str(port).encode()).replace(b'"big:', b'"' + BIG.encode())
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "push.lua")
        script.write_bytes(b"function attempt(...)\n" + text + b"\nend\n" + WRAPPED)
        found: list[Attempted] = []
        attempts = _attempts(Path(folder), script, lua, found)
        try:
            attempts.run(_claim("attempt"))
            script.write_text(HONEST)
            # The limits are short, and the machine may be busy.
            for _ in range(3):
                attempts.run(_claim("honest", user="eva"))
                if found[-1].verdict.failure is None:
                    break
        finally:
            attempts.close()
    end, words = _ended(found[0])
    after_stop = any("AFTER-KILL" in text_of(effect) for effect in found[0].effects)
    said = [effect.text for effect in found[-1].effects if isinstance(effect, Print)]
    return Outcome(end, words, after_stop, said == [HONEST_SAYS.replace("bob", "eva")])


def _attempts(folder: Path, script: Path, lua: str, found: list[Attempted]) -> Attempts:
    document = {"drivers": [{"driver": "lua", "file": str(script)}], "serve": {**SERVE, "lua": lua}}
    file = folder / "luahost.yaml"
    file.write_text(json.dumps(document))
    configuration = read_configuration(str(file))
    assert configuration.serve is not None
    return Attempts(
        Hosting(configuration, configuration.serve),
        new_network=BigAnswers,
        record=lambda transaction, key, answer: None,
        observe=found.append,
        processes=1,
    )


def _claim(name: str, user: str = "bob") -> Claim:
    payload = {**TRANSACTION, "user": {"username": user, "service": "imap", "session_id": "S"}}
    return Claim(id=name, user=user, payload=json.dumps(payload).encode(), attempt=1, accepted=0)


def _ended(attempted: Attempted) -> tuple[str, str]:
    """
    How the attempt ended, and with what words.
    """
    failures = [each.failure for each in attempted.effects if isinstance(each, Log) and each.failure]
    limits = [failure.limit for failure in failures if failure.limit]
    if limits:
        return STOPPED, limits[0]
    if attempted.verdict.cause == "crash":
        return STOPPED, attempted.verdict.failure or ""
    if failures:
        return RAISED, failures[0].message
    printed = [each.text for each in attempted.effects if isinstance(each, Print)]
    return RETURNED, "".join(printed).partition("RETURNED ")[2]
