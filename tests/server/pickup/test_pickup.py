"""
Files from a pickup directory into a spool on disk.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from luahost.errors import UsageError
from luahost.server.intake.batch import MostAtOnce, read_batch
from luahost.server.intake.idempotency import put_key
from luahost.server.pickup import Directory, Pickup
from luahost.server.spool import SqliteSpool
from luahost.testing import ManualClock
from tests.sources.recorded import NEW, lines, transaction

NOW = 1_800_000_000.0
MAX_BYTES = 2000

Write = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """
    The directory.
    """
    made = tmp_path / "pickup"
    made.mkdir()
    return made


@pytest.fixture
def write(folder: Path) -> Write:
    """
    Writes a file, the later the more was written before.
    """
    written = 0

    def write_one(name: str, content: Any, *, at: float | None = None) -> Path:
        nonlocal written
        written += 1
        path, unfinished = folder / name, folder.parent / name
        unfinished.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        time = NOW - 100 + written if at is None else at
        os.utime(unfinished, (time, time))
        return unfinished.rename(path)

    return write_one


@pytest.fixture
def pickup(folder: Path, kept: SqliteSpool) -> Pickup:
    """
    What takes the files; room for three transactions, two of one user.
    """
    directory = Directory(str(folder), max_bytes=MAX_BYTES)
    return Pickup(directory, kept, expire_seconds=60, clock=ManualClock(NOW))


def delivery(subject: str, user: str = "bob") -> dict[str, Any]:
    """
    A transaction.
    """
    return transaction(user={"username": user}, events=[{**NEW, "subject": subject}])


def subjects(spool: SqliteSpool) -> list[str]:
    """
    What is in the spool, in order.
    """
    found = []
    for each in spool.transactions():
        details = spool.show(each.id)
        assert details is not None
        found.append(json.loads(details.payload)["events"][0]["subject"])
    return found


def test_in_the_order_in_which_they_were_written(
    pickup: Pickup, kept: SqliteSpool, folder: Path, write: Write
) -> None:
    """
    Files of one transaction, of a list or of JSON lines are taken by their time, whatever their names, and
    are gone then; a transaction is as old as its file.
    """
    write("b.json", delivery("1"))
    write("c.jsonl", lines(delivery("2", "alice")))
    write("a.json", [delivery("3")])

    assert pickup.look() == set()

    assert subjects(kept) == ["1", "2", "3"]
    assert [each.expires for each in kept.transactions()] == [NOW - 100 + age + 60 for age in (1, 2, 3)]
    assert list(folder.iterdir()) == []


def test_what_comes_twice_is_kept_once(pickup: Pickup, kept: SqliteSpool, write: Write) -> None:
    """
    A file whose transaction was posted, too, or that could not be removed in time, brings nothing new.
    """
    name, posted = "1795361850-0000000014817-a.b_c-1.json", delivery("1")
    body = json.dumps(posted).encode()
    entries = read_batch(body, content_type="application/json", expires=None)
    kept.put(entries, key=put_key("a.b_c-1", body)).result()

    for _ in range(2):
        write(name, posted)
        write("mine.json", delivery("2", "alice"))
        pickup.look()

    assert subjects(kept) == ["1", "2"]


def test_what_is_taken_is_counted(folder: Path, kept: SqliteSpool, write: Write) -> None:
    """
    Whoever counts hears how many transactions there were.
    """
    counted: list[int] = []
    directory = Directory(str(folder), max_bytes=MAX_BYTES)
    write("a.json", [delivery("1"), delivery("2", "alice")])
    write("b.json", b"{")

    Pickup(directory, kept, expire_seconds=60, accepted=counted.append, clock=ManualClock(NOW)).look()

    assert counted == [2]


BAD: dict[str, tuple[Any, str]] = {
    "no JSON": (b'{"luahost', "this is no JSON"),
    "no transaction": (transaction(events=[{**NEW, "uid": 0}]), "events[0]: MessageNew: uid is a number"),
    "in a list": ([transaction(), {}], "[1]: luahost_transaction is missing"),
    "too long": (b" " * (MAX_BYTES + 1), f"2001 bytes; {MAX_BYTES} may be"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file(
    pickup: Pickup, kept: SqliteSpool, write: Write, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    """
    What is no transaction is renamed, the log says what is wrong where, and others are taken.
    """
    content, words = BAD[kind]
    path = write("a.json", content)
    write("b.json", delivery("1"))

    pickup.look()

    assert subjects(kept) == ["1"]
    assert (path.parent / "a.json.bad").exists()
    (record,) = caplog.records
    assert record.message.startswith(f"{path}: {words}")
    assert record.message.endswith("; it is a.json.bad now")


def test_what_is_no_file(
    pickup: Pickup, kept: SqliteSpool, folder: Path, tmp_path: Path, write: Write
) -> None:
    """
    Links are not followed, pipes not waited for, and directories are none.
    """
    (tmp_path / "secret").write_bytes(json.dumps(delivery("1")).encode())
    (folder / "link.json").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "pipe.json")
    (folder / "folder.json").mkdir()

    pickup.look()

    assert subjects(kept) == []
    assert {each.name for each in folder.iterdir()} == {
        "link.json.bad",
        "pipe.json.bad",
        "folder.json.bad",
    }


def test_what_is_not_finished(
    pickup: Pickup, kept: SqliteSpool, folder: Path, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    """
    What somebody is writing, and what is called otherwise, is left alone; what nobody has finished for an
    hour is set aside.
    """
    write(".a.json.tmp", b"{", at=NOW - 3000)
    write(".old.json.tmp", b"{", at=NOW - 4000)
    write("b.json.bad", b"{")
    write("README", b"")

    assert pickup.look() == set()

    assert {each.name for each in folder.iterdir()} == {
        ".a.json.tmp",
        "old.json.tmp.bad",
        "b.json.bad",
        "README",
    }
    assert "has not finished it; it is old.json.tmp.bad now" in caplog.text


def test_a_full_spool(
    pickup: Pickup, kept: SqliteSpool, folder: Path, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    """
    Files wait until there is room, and the log says so once.
    """
    for number, user in enumerate(("a", "b", "c", "d")):
        write(f"{number}.json", delivery(str(number), user))

    assert pickup.look() is None
    assert pickup.look() is None
    assert [each.name for each in folder.iterdir()] == ["3.json"]
    assert caplog.text.count("files wait there") == 1

    kept.done(*(claim.id for claim in kept.claim(3).result())).result()

    assert pickup.look() == set()
    assert subjects(kept)[-1] == "3"


def test_a_user_with_too_many(
    pickup: Pickup, kept: SqliteSpool, folder: Path, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    """
    Who has as many as one user may have waits, with all that came later, and others do not; the log says so.
    """
    for number, user in enumerate(("bob", "bob", "bob", "alice", "bob")):
        write(f"{number}.json", delivery(str(number), user))

    assert pickup.look() == {"bob"}

    assert subjects(kept) == ["0", "1", "3"]
    assert sorted(each.name for each in folder.iterdir()) == ["2.json", "4.json"]
    assert caplog.text.count(f"{folder}/: files of bob wait there: ") == 1


def test_none_overtakes_a_longer_one(pickup: Pickup, kept: SqliteSpool, write: Write) -> None:
    """
    Where a file of several transactions finds no room, a later one of one does not take what room there is.
    """
    write("0.json", delivery("0"))
    write("1.json", [delivery("1"), delivery("2")])
    write("2.json", delivery("3"))

    assert pickup.look() == {"bob"}

    assert subjects(kept) == ["0"]


def test_a_file_of_more_than_there_is_room_for(
    kept: SqliteSpool, folder: Path, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    """
    It does not wait for ever, and its user's others with it: it is set aside.
    """
    pickup = Pickup(
        Directory(str(folder), max_bytes=MAX_BYTES), kept, expire_seconds=60, most=MostAtOnce(of_user=2)
    )
    write("a.jsonl", lines(*(delivery(each) for each in "123")))
    write("b.json", delivery("4"))

    assert pickup.look() == set()

    assert subjects(kept) == ["4"]
    assert "bring them in several parts; it is a.jsonl.bad now" in caplog.text


def test_files_come_first(pickup: Pickup, kept: SqliteSpool, folder: Path, write: Write) -> None:
    """
    Whoever asks has the files before it that were there, and hears of whom some still wait.
    """
    pickup.start()
    try:
        write("1.json", delivery("1"))
        assert asyncio.run(patiently(pickup)) == set()
        assert subjects(kept) == ["1"]

        for number in (2, 3):
            write(f"{number}.json", delivery(str(number)))
        assert asyncio.run(patiently(pickup)) == {"bob"}
    finally:
        pickup.stop(5)


async def patiently(pickup: Pickup) -> Any:
    """
    Who is asked again while it has no time, as on a busy machine.
    """
    while (left := await pickup.first()) is None:
        pass
    return left


def test_nobody_waits_for_a_thread_that_does_not_come(pickup: Pickup, write: Write) -> None:
    """
    A client that would wait for too long hears that files come first.
    """
    write("1.json", delivery("1"))

    assert asyncio.run(pickup.first()) is None


def test_an_empty_directory_costs_a_look(pickup: Pickup, folder: Path) -> None:
    """
    Where nothing has changed since all was taken, nobody is waited for.
    """
    os.utime(folder, (NOW - 1000, NOW - 1000))
    pickup.look()

    assert asyncio.run(pickup.first()) == ()


def test_no_directory(tmp_path: Path) -> None:
    """
    A directory that is not there is said to be so.
    """
    with pytest.raises(UsageError, match=r"there is no directory .*nowhere, which pickup names"):
        Directory(str(tmp_path / "nowhere"), max_bytes=1)
