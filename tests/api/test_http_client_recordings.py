"""
``dovecot.http.client`` against the recordings of two real servers: each chunk as it was run there, what it
returned or raised, what it logged, and the requests that the server saw.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from luahost import Host
from luahost.effects import Effect, Log, Print, ProcessKilled
from luahost.events import MailboxCreate, MessageNew
from tests.api.web import Web
from tests.core_session import LUA_DIRECTORY

RECORDINGS = Path(__file__).parent.parent.parent / "fixtures" / "oracle"

# What changes from run to run, and what stands for it in the recordings.
VOLATILE = (
    (r"(conn:<HTTPHOST>,id=)\d+", r"\1<N>"),
    (r"\d+\.\d{3} (in|secs|s)\b", r"<TIME> \1"),
)

# Process, user and connection, which Dovecot writes before a line.
LOG_PREFIX = re.compile(r"^lmtp\(bob\)<PID><SESSION>: Error: (lmtp-server: conn .* rcpt bob: )?")


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    """
    The server that the recordings were made with.
    """
    with Web() as serving:
        yield serving


def records(version: str) -> list[dict[str, Any]]:
    """
    The records of the scenario that tell their outcome.
    """
    lines = (RECORDINGS / version / "api_http.jsonl").read_text("utf-8").splitlines()
    return [record for record in map(json.loads, lines) if not record.get("withheld")]


def chunk_of(record: dict[str, Any], place: str) -> str:
    """
    The chunk, with this server's addresses.
    """
    chunk: str = record["op"]["lua"]
    replacements = {
        "@HTTP@": f"http://{place}",
        "@HTTPNAME@": f"http://{place}".replace("127.0.0.1", "localhost"),
        "@HTTPS@": f"https://{place}",
        "@CLOSED@": "http://127.0.0.1:1",
        "@CLOSEDS@": "https://127.0.0.1:1",
        "@USERINFO@": f"http://us%20er:pass@{place}",
    }
    for name, value in replacements.items():
        chunk = chunk.replace(name, value)
    return chunk


def masked(value: Any, place: str) -> Any:
    """
    A value with placeholders for what changes from run to run.
    """
    if isinstance(value, str):
        value = value.replace(f"http://{place}", "<HTTP>").replace(place, "<HTTPHOST>")
        value = value.replace(place.replace("127.0.0.1", "localhost"), "<HTTPNAME>")
        for pattern, replacement in VOLATILE:
            value = re.sub(pattern, replacement, value)
        return value
    if isinstance(value, list):
        return [masked(item, place) for item in value]
    if isinstance(value, dict):
        return {key: masked(item, place) for key, item in value.items()}
    return value


def recorded(record: dict[str, Any]) -> dict[str, Any]:
    """
    The outcome in the recording.
    """
    calls = record["calls"]
    died = any(call["fn"] == "case_start" for call in calls)
    return {
        "died": died,
        "cases": [{key: call[key] for key in ("ok", "ret", "err") if key in call} for call in calls]
        if not died
        else [],
        "http": record.get("http", []),
        "log": [] if died else [LOG_PREFIX.sub("", line) for line in record.get("log", [])],
    }


def replayed(record: dict[str, Any], dialect: str, web: Web) -> dict[str, Any]:
    """
    The outcome here. A first delivery makes two transactions; what is no transaction happens twice,
    once for the user and once for LMTP's own.
    """
    web.seen.clear()
    where = record["op"]["where"]
    settings = {"case": chunk_of(record, web.place), "where": where}
    host = Host(str(Path(LUA_DIRECTORY, "recorded.lua")), settings=settings, dialect=dialect)
    effects: list[Effect] = []
    for _ in range(2 if where in ("toplevel", "script_init") else 1):
        with host.session("bob") as session:
            session.notify(MailboxCreate(mailbox="INBOX"))
            session.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=1))
        effects += session.effects
    died = any(isinstance(effect, ProcessKilled) for effect in effects)
    printed = [json.loads(effect.text) for effect in effects if isinstance(effect, Print)]
    outcome = {
        "died": died,
        "cases": [] if died else printed,
        "http": list(web.seen),
        "log": [] if died else [effect.text for effect in effects if isinstance(effect, Log)],
    }
    return {key: masked(value, web.place) for key, value in outcome.items()}


@pytest.mark.parametrize(
    ("version", "dialect", "recorded_cases"), [("2.3.19.1", "2.3", 126), ("2.4.1", "2.4", 126)]
)
def test_recordings(version: str, dialect: str, recorded_cases: int, web: Web) -> None:
    """
    Every record of a version is reproduced.
    """
    differences = {}
    scored = records(version)
    for record in scored:
        ours, theirs = replayed(record, dialect, web), recorded(record)
        if ours != theirs:
            differences[record["op"]["case"]] = {
                key: (ours[key], theirs[key]) for key in ours if ours[key] != theirs[key]
            }
    identical = len(scored) - len(differences)
    sys.stdout.write(f"api_http {version} identical: {identical} of {len(scored)}\n")

    assert differences == {}
    assert identical == recorded_cases
