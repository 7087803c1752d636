"""
Recordings as inputs: sessions, mailboxes, errors with their lines.
"""

from __future__ import annotations

import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from luahost import Host, sources
from luahost.effects import Call
from luahost.errors import InputError
from luahost.sources import Input
from luahost.sources.files import LONG_BYTES
from luahost.sources.recording import Replays, read_recording
from luahost.sources.replay import Replay
from luahost.store import MemoryStore
from luahost.store.mailbox import Mailbox
from tests.conftest import WriteScript
from tests.sources.recorded import NEW, lines, transaction

SCRIPT = """\
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_end_txn(user, success) end
function dovecot_lua_notify_event_message_new() end
function dovecot_lua_notify_event_message_expunge() end
"""


def read(*transactions: dict[str, Any], name: str = "-") -> list[Input]:
    """
    A recording on standard input.
    """
    return sources.inputs(name, stdin=io.BytesIO(lines(*transactions)))


def user(name: str, session: str) -> dict[str, str]:
    """
    A user in a session.
    """
    return {"username": name, "session_id": session, "service": "imap"}


def test_sessions() -> None:
    """
    What one session has in common is one input, in the order in which they begin.
    """
    found = read(
        transaction(user=user("alice", "A")),
        transaction(user=user("bob", "B")),
        transaction(user=user("alice", "A")),
        transaction(user=user("alice", "C")),
    )

    assert [(each.name, each.mail_user().username, len(each.steps)) for each in found] == [
        ("-:1", "alice", 2),
        ("-:2", "bob", 1),
        ("-:4", "alice", 1),
    ]
    assert found[0].mail_user().session_id == "A"


def test_steps_are_read_again() -> None:
    """
    A session's steps are a sequence as any: each has its own line, and a part of them is one, too.
    """
    (found,) = read(*(transaction(user=user("alice", "A"), time=number) for number in range(4)))

    steps = found.steps
    assert isinstance(steps, Replays)
    assert [(step.line, step.transaction.time) for step in steps] == [(1, 0), (2, 1), (3, 2), (4, 3)]
    assert [step.line for step in steps[1:3]] == [2, 3]
    assert steps[-1] == steps[3]


def test_a_long_recording() -> None:
    """
    A long recording is read as a short one, and what is wrong in it has its line.
    """
    events = [{**NEW, "snippet": "x" * 200}] * 100
    long = [transaction(user=user("alice", "A"), events=events, time=number) for number in range(20)]
    assert len(lines(*long)) > LONG_BYTES

    (found,), (short,) = read(*long), read(long[0])

    assert isinstance(found.steps, Replays)
    assert [step.line for step in found.steps[18:]] == [19, 20]
    assert found.steps[0] == short.steps[0]
    with pytest.raises(InputError, match=r"-:21: events\[0\]\.uid: a number from 0"):
        read(*long, transaction(events=[{**NEW, "uid": -1}]))


def test_a_long_recording_is_read_from_its_file(tmp_path: Path) -> None:
    """
    Of a long recording nothing is kept in memory: its transactions are read from the file when they happen,
    and one that has been cut off meanwhile is told of with its line.
    """
    events = [{**NEW, "snippet": "x" * 200}] * 100
    long = [transaction(user=user("alice", "A"), events=events, time=number) for number in range(20)]
    path = tmp_path / "long.jsonl"
    path.write_bytes(b"\xef\xbb\xbf\n" + lines(*long))

    (found,) = sources.inputs(str(path), stdin=io.BytesIO())
    assert [(step.line, step.transaction.time) for step in found.steps if isinstance(step, Replay)] == [
        (number + 2, number) for number in range(20)
    ]
    os.truncate(path, path.stat().st_size - 100)
    with pytest.raises(InputError, match=r"long\.jsonl:21: this is no line of JSON"):
        found.steps[19]


def _write(descriptor: int, data: bytes) -> None:
    with open(descriptor, "wb") as file:
        file.write(data)


def test_a_long_recording_through_a_pipe() -> None:
    """
    What comes through a pipe is read as from a file.
    """
    events = [{**NEW, "snippet": "x" * 200}] * 100
    long = lines(*(transaction(user=user("alice", "A"), events=events, time=number) for number in range(20)))
    there, here = os.pipe()
    with open(there, "rb") as end, ThreadPoolExecutor() as threads:
        writing = threads.submit(_write, here, long)
        (found,) = sources.inputs("-", stdin=end)
        writing.result()
    assert [step.transaction.time for step in found.steps if isinstance(step, Replay)] == list(range(20))


def test_one_input_is_needed() -> None:
    """
    Where one input is needed, a recording of several sessions is refused.
    """
    recording = lines(transaction(user=user("a", "A")), transaction(user=user("b", "B")))

    with pytest.raises(InputError, match="this recording has 2 sessions, and one is needed"):
        sources.read("-", stdin=io.BytesIO(recording))


@pytest.mark.parametrize("name", ["a.jsonl", "A.JSONL", "recording"])
def test_what_is_a_recording(tmp_path: Path, name: str) -> None:
    """
    A recording is known by its name, or by how it begins.
    """
    path = tmp_path / name
    path.write_bytes(b"\xef\xbb\xbf" + lines(transaction()))

    assert len(sources.read(str(path), stdin=io.BytesIO()).steps) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\n\n{\n", "-:3: this is no line of JSON; a line that was not written to its end can be removed"),
        (lines(transaction()) + b"[" * 100_000, "-:2: this is no line of JSON"),
        (lines(transaction(), transaction(success=1)), "-:2: success: true or false is needed here, found 1"),
        (b'{"luahost_transaction": 1, "user": "\xff"}', "-:1: this is no line of JSON"),
        (b"\n", "-: there is no transaction in this recording"),
    ],
)
def test_errors_name_the_line(data: bytes, words: str) -> None:
    """
    A line that is no transaction is told of with its number.
    """
    with pytest.raises(InputError) as raised:
        read_recording(data, file="-")

    assert words in str(raised.value)


def happen(script: str, *transactions: dict[str, Any]) -> tuple[list[tuple[str, bool | None]], Mailbox]:
    """
    The calls that a recording makes, with success, and bob's INBOX in the end.
    """
    store = MemoryStore()
    calls: list[tuple[str, bool | None]] = []
    for source in read(*transactions):
        mail_user = source.mail_user()
        source.prepare(store, mail_user.username)
        with Host(script, dialect="2.3").session(mail_user, store=store) as session:
            for step in source.steps:
                step.perform(session)
        calls += [
            (call.function.removeprefix("dovecot_lua_notify_"), call.success)
            for call in session.effects.of(Call)
        ]
    return calls, store.account("bob").mailboxes["INBOX"]


def test_success_and_failure(script: WriteScript) -> None:
    """
    A transaction that was rolled back begins and ends, and nobody hears of its events.
    """
    calls, box = happen(script(SCRIPT), transaction(events=[], success=False), transaction())

    assert calls == [
        ("begin_txn", None),
        ("end_txn", False),
        ("begin_txn", None),
        ("event_message_new", None),
        ("end_txn", True),
    ]
    assert (list(box.messages), box.uid_validity) == ([1], 7)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"messages": 5, "unseen": 3, "recent": 1, "uid_next": 21}, (5, 3, 1, 21)),
        ({"messages": 1, "unseen": 1, "recent": 0, "uid_next": 11}, (1, 1, 0, 11)),
        ({"messages": 40, "unseen": 0, "recent": 40, "uid_next": 11}, (10, 1, 10, 11)),
        ({}, (1, 1, 1, 11)),
    ],
)
def test_the_mailbox_is_as_recorded(
    script: WriteScript, status: dict[str, int], expected: tuple[int, ...]
) -> None:
    """
    Other messages are there, read and recent, as far as needed and possible for the status that was recorded.
    """
    _, box = happen(script(SCRIPT), transaction(events=[{**NEW, "uid": 10}], mailboxes={"INBOX": status}))

    found = box.messages.values()
    unseen = sum("\\Seen" not in message.flags for message in found)
    assert (len(found), unseen, sum(message.recent for message in found), box.uid_next) == expected


def test_a_mailbox_that_shrinks(script: WriteScript) -> None:
    """
    What a later transaction says of a mailbox holds, and expunged messages are gone.
    """
    expunge = {"name": "MessageExpunge", "mailbox": "INBOX", "uid": 10, "uid_validity": 7}

    _, box = happen(
        script(SCRIPT),
        transaction(events=[{**NEW, "uid": 10}], mailboxes={"INBOX": {"messages": 6, "uid_next": 11}}),
        transaction(events=[expunge], mailboxes={"INBOX": {"messages": 2, "uid_next": 11, "unseen": 2}}),
    )

    assert (len(box.messages), 10 in box.messages, box.uid_next) == (2, False, 11)


def test_replay_in_a_fixture(tmp_path: Path, script: WriteScript) -> None:
    """
    A recording stands among the steps of a fixture, and happens to the fixture's user.
    """
    (tmp_path / "two.jsonl").write_bytes(
        lines(transaction(user=user("alice", "A")), transaction(user=user("bob", "B"), success=False))
    )
    (tmp_path / "f.yaml").write_text(
        "when:\n- replay: {recording: two.jsonl, user: alice}\n- MessageExpunge: {uid: 1}\n", "utf-8"
    )
    source = sources.read(str(tmp_path / "f.yaml"), stdin=io.BytesIO())

    with Host(script(SCRIPT)).session("carol") as session:
        for step in source.steps:
            step.perform(session)

    assert [call.function.removeprefix("dovecot_lua_notify_") for call in session.effects.of(Call)] == [
        "begin_txn",
        "event_message_new",
        "end_txn",
        "begin_txn",
        "event_message_expunge",
        "end_txn",
    ]


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("nope.jsonl", 'f.yaml:2: replay "{folder}/nope.jsonl": no such file'),
        ("two.jsonl", "has transactions of 2 users; say whose with {{recording: …, user: alice}}"),
        (
            "{recording: two.jsonl, user: carol}",
            'f.yaml:2: "{folder}/two.jsonl" has no transaction of the user "carol"',
        ),
        ("{user: alice}", "f.yaml:2: recording is missing in replay"),
        ("broken.jsonl", "{folder}/broken.jsonl:1: user is missing"),
    ],
)
def test_wrong_replays(tmp_path: Path, argument: str, words: str) -> None:
    """
    What is wrong with a recording in a fixture is told of with the place of either.
    """
    (tmp_path / "two.jsonl").write_bytes(lines(transaction(user=user("alice", "A")), transaction()))
    (tmp_path / "broken.jsonl").write_bytes(lines(transaction(user=None)))
    (tmp_path / "f.yaml").write_text(f"when:\n- replay: {argument}\n", "utf-8")

    with pytest.raises(InputError) as raised:
        sources.read(str(tmp_path / "f.yaml"), stdin=io.BytesIO())

    assert words.format(folder=tmp_path) in str(raised.value)
