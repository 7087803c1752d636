"""
The probe of ``luahost record`` in a real Dovecot, and what luahost makes of its recording.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from luahost import Host, sources
from luahost.effects import Call, MailboxCall
from luahost.sources.probe import probe
from luahost.store import MemoryStore
from tests.conftest import WriteScript
from tests.debian import needs
from tests.live.dovecot import PACKAGES, Dovecot
from tests.live.mail import message_bytes
from tests.live.releases import TESTED

pytestmark = needs(*PACKAGES)

LOOKS = """\
function dovecot_lua_notify_begin_txn(user)
  return user
end
for _, name in ipairs({ "message_new", "message_append", "message_read", "message_expunge" }) do
  _G["dovecot_lua_notify_event_" .. name] = function(user, event)
    local mailbox = user:mailbox(event.mailbox)
    local storage = dovecot.storage
    mailbox:status(storage.STATUS_MESSAGES, storage.STATUS_UNSEEN, storage.STATUS_RECENT)
    mailbox:free()
  end
end
function dovecot_lua_notify_end_txn() end
"""
"""A script that asks for the status of each mailbox that it is told of."""

SETTINGS = {"2.3": "plugin", "2.4": "lua_settings"}
"""What scripts' settings are in."""

RECORD = {"luahost_record_file": "@folder@/recording.jsonl", "luahost_record_key": "a secret"}


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    What a server has recorded of a delivery and of an IMAP session.
    """
    folder = tmp_path_factory.mktemp("recording")
    script = folder / "record.lua"
    script.write_text(probe(TESTED.dialect), "utf-8")
    kind, settings = (
        SETTINGS[TESTED.dialect],
        "".join(f"  {name} = {value}\n" for name, value in RECORD.items()),
    )
    with Dovecot(
        {},
        files=[script],
        drivers=["lua:file=@folder@/record.lua"],
        more=f"{kind} {{\n{settings}}}\n",
        release=TESTED,
    ) as server:
        server.deliver("bob@example.org", message_bytes("n01"))
        with server.imap("bob@example.org") as client:
            client.command("CREATE Work")
            client.command("SELECT INBOX")
            client.command("APPEND INBOX (\\Seen) {}", [message_bytes("n02")])
            client.command("FETCH 1 BODY[]")
            client.command("MOVE 1 Work")
            client.command("APPEND INBOX {} {}", [message_bytes("n02"), b""])
        kept = folder / "recording.jsonl"
        kept.write_bytes((server.folder / "recording.jsonl").read_bytes())
        assert server.errors == []
    return kept


def test_what_is_recorded(recording: Path) -> None:
    """
    Each transaction is a line with the user's session, the events and the state of the mailboxes afterwards.
    """
    lines = [json.loads(line) for line in recording.read_text("utf-8").splitlines()]

    assert [
        (line["user"]["service"], [event["name"] for event in line["events"]], line["success"])
        for line in lines
    ] == [
        ("lmtp", ["MailboxCreate"], True),
        ("lmtp", ["MessageNew"], True),
        ("imap", ["MailboxCreate"], True),
        ("imap", ["MessageAppend"], True),
        ("imap", ["FlagsClear", "FlagsSet", "MessageRead"], True),
        ("imap", ["MessageAppend"], True),
        ("imap", ["MessageExpunge"], True),
        ("imap", [], False),
    ]
    validity = lines[1]["events"][0]["uid_validity"]
    assert lines[3]["mailboxes"] == {
        "INBOX": {"messages": 2, "recent": 0, "unseen": 1, "uid_next": 3, "uid_validity": validity}
    }
    assert len({line["user"]["session_id"] for line in lines}) == 2


def test_nobody_is_named(recording: Path) -> None:
    """
    Names, addresses, subjects and text are not in it, and one person has one name.
    """
    text = recording.read_text("utf-8")
    lines = [json.loads(line) for line in text.splitlines()]

    for words in ("bob", "example.org", "Subject", "a secret"):
        assert words not in text
    assert len({line["user"]["username"] for line in lines}) == 1
    appended = lines[3]["events"][0]
    assert appended["subject"].startswith("hidden-")
    assert appended["from_address"].endswith(".invalid")


def test_luahost_replays_it(recording: Path, script: WriteScript) -> None:
    """
    Replayed, the same transactions are in the same sessions, and mailboxes have the status that was recorded.
    """
    path, store = script(LOOKS), MemoryStore()
    heard, asked = [], []
    for source in sources.inputs(str(recording), stdin=io.BytesIO()):
        user = source.mail_user()
        source.prepare(store, user.username)
        with Host(path, dialect=TESTED.dialect).session(user, store=store) as session:
            for step in source.steps:
                step.perform(session)
        assert not session.effects.failed
        heard += [call.event["name"] for call in session.effects.of(Call) if call.event]
        asked += [call.result for call in session.effects.of(MailboxCall) if call.result]

    lines = [json.loads(line) for line in recording.read_text("utf-8").splitlines()]
    names = ("messages", "unseen", "recent")
    recorded = [
        line["mailboxes"][event["mailbox"]]
        for line in lines
        for event in line["events"]
        if event["name"] in {"MessageNew", "MessageAppend", "MessageRead", "MessageExpunge"}
    ]
    assert heard == ["MessageNew", "MessageAppend", "MessageRead", "MessageAppend", "MessageExpunge"]
    assert [[status[name] for name in names] for status in asked] == [
        [status[name] for name in names] for status in recorded
    ]
