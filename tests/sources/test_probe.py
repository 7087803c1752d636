"""
The script that records, in luahost itself: in the dialect of 2.4 too, and on every Lua.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from luahost import Host, MailUser, message, sources
from luahost.effects import Log
from luahost.errors import UsageError
from luahost.events import MessageNew
from luahost.host import Session
from luahost.sources.probe import probe
from luahost.sources.transaction_schema import recorded_transaction
from tests.sources.test_transaction_schema import VALIDATOR

MAIL = b"""\
From: =?utf-8?q?B=C3=B6b?= <bob@example.org>
To: alice@example.org
Subject: caf\xe9 "quoted" \\ back
Message-ID: <one@example.org>
Date: Tue, 1 Jan 2019 10:00:00 +0200

Hello
"""


def record(tmp_path: Path, *, dialect: str, lua: str, **settings: str) -> list[dict[str, Any]]:
    """
    What the probe writes about an IMAP session.
    """
    script, recording = tmp_path / "record.lua", tmp_path / "recording.jsonl"
    script.write_text(probe(dialect), "utf-8")
    settings = {f"luahost_record_{name}": value for name, value in settings.items()}
    host = Host(
        script,
        dialect=dialect,
        lua=lua,
        policy="dovecot",
        settings={"luahost_record_file": str(recording), **settings},
    )
    with host.session(MailUser("alice@example.org", service="imap", session_id="S1")) as session:
        operate(session)
    assert not session.effects.failed
    assert not session.effects.of(Log)
    return [json.loads(line) for line in recording.read_text("utf-8").splitlines()]


def operate(session: Session) -> None:
    """
    Something of everything.
    """
    session.append(message.read(MAIL), mailbox="INBOX")
    session.create("Wörk")
    session.rename("Wörk", to="Work")
    session.store("1", add=["\\Flagged", "$Todo"])
    session.read("1")
    session.move("1", to="Work")
    session.rollback(MessageNew(mailbox="INBOX", uid=9, uid_validity=9))


@pytest.mark.parametrize("dialect", ["2.3", "2.4"])
def test_everything(tmp_path: Path, lua: str, dialect: str) -> None:
    """
    Asked for the content, the probe writes every field as it is, in the form of the schema.
    """
    found = record(tmp_path, dialect=dialect, lua=lua, content="yes")

    for line in found:
        VALIDATOR.validate(line)
        recorded_transaction(line)
    by_name = {event["name"]: event for line in found for event in line["events"]}
    assert by_name["MailboxRename"] == {"name": "MailboxRename", "mailbox": "Work", "mailbox_old": "Wörk"}
    assert by_name["FlagsSet"]["flags"] == ["\\Seen"]
    assert by_name["FlagsSet"]["keywords"] == []
    appended = next(event for line in found for event in line["events"] if event["name"] == "MessageAppend")
    assert (appended["uid"], appended["date"], appended["tz"]) == (1, 1546329600, 120)
    assert appended["subject"] == 'caf\ufffd "quoted" \\ back'
    assert appended["from"] == "=?utf-8?q?B=C3=B6b?= <bob@example.org>"
    assert found[-1]["events"] == []
    assert [line["success"] for line in found] == [True] * (len(found) - 1) + [False]
    assert {line["dialect"] for line in found} == {dialect}
    assert found[-2]["mailboxes"] == {
        "INBOX": {
            "messages": 0,
            "recent": 0,
            "unseen": 0,
            "uid_next": 2,
            "uid_validity": appended["uid_validity"],
        }
    }


def test_hidden(tmp_path: Path, lua: str) -> None:
    """
    Hashes stand for people and content, the same ones for the same, whatever Lua writes them.
    """
    found = record(tmp_path, dialect="2.3", lua=lua, key="k")

    def hashed(text: str) -> str:
        return hashlib.sha256(b"k\0" + text.encode()).hexdigest()[:12]

    (event,) = next(line["events"] for line in found if line["events"][0]["name"] == "MessageAppend")
    bob = f"hidden-{hashed('bob')}@{hashed('example.org')}.invalid"
    alice = f"hidden-{hashed('alice')}@{hashed('example.org')}.invalid"
    assert found[0]["user"]["username"] == alice
    assert "home" not in found[0]["user"]
    assert event["from"] == f"hidden-{hashed('Böb')} <{bob}>"
    assert (event["to"], event["to_address"], event["to_display_name"]) == (alice, alice, "")
    assert event["snippet"] == f"hidden-{hashed('Hello')}"
    assert event["message_id"] == f"<{hashed('<one@example.org>')}@luahost.invalid>"
    VALIDATOR.validate(found[0])


def test_nothing_is_raised(tmp_path: Path) -> None:
    """
    Where nothing can be written the script says so once a session, and never fails.
    """
    script = tmp_path / "record.lua"
    script.write_text(probe(), "utf-8")
    for settings, words in (
        ({}, "the setting luahost_record_file is missing, so nothing is recorded"),
        ({"luahost_record_file": str(tmp_path / "no" / "file")}, "No such file or directory"),
    ):
        with Host(script, dialect="2.4", policy="dovecot", settings=settings).session("bob") as session:
            operate(session)

        (log,) = session.effects.of(Log)
        assert log.text.startswith("luahost record: ")
        assert words in log.text
        assert not session.effects.failed


def test_bytes(tmp_path: Path, lua: str) -> None:
    """
    What is no UTF-8 stands in hexadecimal, and comes back as it was.
    """
    names = [
        "é",
        "\udcff",
        "\udcc0\udc80",
        "\udced\udca0\udc80",
        "\udcf4\udc90\udc80\udc80",
        "\U0010ffff",
        '\x01"\\',
    ]
    script = tmp_path / "record.lua"
    script.write_text(probe(), "utf-8")
    settings = {"luahost_record_file": str(tmp_path / "r.jsonl"), "luahost_record_content": "yes"}
    host = Host(script, dialect="2.3", lua=lua, policy="dovecot", settings=settings)
    with host.session("bob") as session:
        session.notify(*(MessageNew(mailbox="INBOX", uid=1, uid_validity=7, subject=name) for name in names))

    recorded = recorded_transaction(json.loads((tmp_path / "r.jsonl").read_text("utf-8")))

    assert [event.subject for event in recorded.events if isinstance(event, MessageNew)] == names


def test_a_recording_of_a_recording(tmp_path: Path) -> None:
    """
    What was recorded is recorded again the same when it is replayed.
    """
    first = record(tmp_path, dialect="2.3", lua="5.4", content="yes")
    recording = tmp_path / "recording.jsonl"
    source = sources.read(str(recording), stdin=io.BytesIO())
    recording.unlink()
    settings = {"luahost_record_file": str(recording), "luahost_record_content": "yes"}
    host = Host(tmp_path / "record.lua", dialect="2.3", policy="dovecot", settings=settings)

    with host.session(source.mail_user()) as session:
        for step in source.steps:
            step.perform(session)

    again = [json.loads(line) for line in recording.read_text("utf-8").splitlines()]
    assert [{**line, "time": 0} for line in again] == [{**line, "time": 0} for line in first]


def test_chosen_events() -> None:
    """
    The script can be made for some events only, and then has no other handler.
    """
    script = probe("2.4", ["MessageNew", "FlagsSet"])

    assert 'local EVENTS = { "FlagsSet", "MessageNew" }\n' in script
    assert "push_notification luahost_record {" in script
    assert "plugin {" not in script
    with pytest.raises(UsageError, match="no event MesageNew; there are FlagsClear, "):
        probe(None, ["MesageNew"])
