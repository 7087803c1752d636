"""
What two real servers made of a message, and what luahost makes of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from luahost import message
from luahost.message import DateRange

FIXTURES = Path(__file__).parents[2] / "fixtures"
ORACLE = FIXTURES / "oracle"
HANDLER = "dovecot_lua_notify_event_message_new"
DATE_RANGES: dict[str, DateRange] = {"2.3.19.1": "wrap", "2.4.1": "clamp"}


def recorded() -> list[Any]:
    """
    One parameter set for each record whose outcome is known: version, message and event.
    """
    found = []
    for version in DATE_RANGES:
        for line in (ORACLE / version / "lmtp_delivery.jsonl").read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if not record.get("withheld"):
                events = [call["event"] for call in record["calls"] if call["fn"] == HANDLER]
                name = record["op"]["message"]
                found.append(pytest.param(version, name, events[0], id=f"{version}-{name}"))
    return found


def verified() -> list[Any]:
    """
    One parameter set for each subject of ``verified.jsonl``: its messages and fields.
    """
    subjects: dict[str, list[tuple[bytes, dict[str, Any]]]] = {}
    for line in (FIXTURES / "messages" / "verified.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        subjects.setdefault(case["about"], []).append((case["message"].encode("latin-1"), case["fields"]))
    return [pytest.param(cases, id=about) for about, cases in subjects.items()]


def plain(value: Any) -> Any:
    """
    A recorded value as Python has it.
    """
    if isinstance(value, dict) and "float" in value:
        return int(value["float"])
    if isinstance(value, dict):
        return bytes.fromhex(value["bytes"]).decode("utf-8", "surrogateescape")
    return value


def read(data: bytes, date_range: DateRange) -> dict[str, Any]:
    """
    What luahost makes of a message, of what scripts get.
    """
    fields: dict[str, Any] = {**message.read(data, date_range=date_range)}
    del fields["headers"]
    return fields


def filled_up(fields: dict[str, Any]) -> dict[str, Any]:
    """
    The fields of ``verified.jsonl`` with those that it leaves out.
    """
    nothing = read(b"", "as is")
    return {name: plain(fields.get(name.rstrip("_"), default)) for name, default in nothing.items()}


@pytest.mark.parametrize(("version", "name", "event"), recorded())
def test_a_recorded_delivery_comes_out_as_it_did_in_dovecot(
    version: str, name: str, event: dict[str, Any]
) -> None:
    """
    Every field of the event is the one that the real server gave to its script.
    """
    data = (ORACLE / "messages" / f"{name}.eml").read_bytes()

    fields = read(data, DATE_RANGES[version])

    assert fields == {field: plain(event.get(field.rstrip("_"))) for field in fields}


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("cases", verified())
def test_odd_messages_come_out_as_dovecot_2_3_19_1_has_them(
    cases: list[tuple[bytes, dict[str, Any]]], line_end: bytes
) -> None:
    """
    Each small odd message gives the fields that the real server gave, with either line end.
    """
    wrong = [
        (data, fields, wanted)
        for data, recorded_fields in cases
        if (fields := read(data.replace(b"\n", line_end), "wrap")) != (wanted := filled_up(recorded_fields))
    ]

    assert wrong == []


def test_the_recordings_are_all_there() -> None:
    """
    Both servers' recordings have outcomes to compare with, and every subject has its odd messages.
    """
    assert len(recorded()) > 200
    assert sum(len(subject.values[0]) for subject in verified()) > 1500
