"""
Files to which mail processes append a line for each transaction.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from luahost.server.pickup import Directory, Pickup
from luahost.server.pickup.growing import QUIET_SECONDS
from luahost.server.spool import Batch, Entry, Kept, PutKey, SqliteSpool
from luahost.testing import ManualClock
from tests.server.pickup.test_pickup import MAX_BYTES, NOW, delivery, subjects


class AtTheLastMoment(Directory):
    """
    A directory in which something is written to a file that somebody has open, just before it is renamed.
    """

    writer: BinaryIO
    late: bytes = b""

    def rename(self, name: str, to: str) -> None:
        """
        See :class:`Directory`.
        """
        self.writer.write(self.late)
        super().rename(name, to)


class World:
    """
    A directory, and what follows its files: room for three transactions, two of one user.
    """

    def __init__(self, folder: Path, spool: SqliteSpool) -> None:
        self.folder = folder
        self.spool = spool
        self.clear: list[bool] = []
        self.accepted = 0
        self.clock = ManualClock(NOW)
        self.restart()

    def restart(self, *, one_by_one: bool = False) -> None:
        """
        What was read is forgotten, as in another server.
        """
        self.look_into(Directory(str(self.folder), max_bytes=MAX_BYTES), one_by_one=one_by_one)

    def look_into(self, directory: Directory, *, one_by_one: bool = False) -> None:
        """
        The same, with a directory.
        """
        self.pickup = Pickup(
            directory,
            self,
            expire_seconds=60,
            accepted=self._count,
            one_by_one=one_by_one,
            clock=self.clock,
        )

    def _count(self, number: int) -> None:
        self.accepted += number

    def put(self, entries: Sequence[Entry], *, key: PutKey | None = None) -> Future[list[str]]:
        """
        As the spool does it.
        """
        return self.spool.put(entries, key=key)

    def put_each(self, batches: Sequence[Batch]) -> Future[list[Kept]]:
        """
        As the spool does it; notes whether somebody who came just before would have met nothing that waits.
        """
        self.clear.append(self.pickup.nothing_waits())
        return self.spool.put_each(batches)

    def append(self, *transactions: Any, name: str = "1800000000-5000.lines") -> Path:
        """
        Append transactions as a shim does, or bytes as they are.
        """
        path = self.folder / name
        with open(path, "ab") as file:
            for each in transactions:
                file.write(each if isinstance(each, bytes) else line_of(each))
        os.utime(path, (NOW - 10, NOW - 10))
        return path

    def finish(self, number: int) -> None:
        """
        So many of those in the spool are done, so that there is room again.
        """
        while number > 0:
            claims = self.spool.claim(number).result()
            self.spool.done(*(claim.id for claim in claims)).result()
            number -= len(claims)


@pytest.fixture
def world(tmp_path: Path, kept: SqliteSpool) -> World:
    """
    The directory, empty.
    """
    folder = tmp_path / "pickup"
    folder.mkdir()
    return World(folder, kept)


def test_lines_are_taken_as_they_come(world: World) -> None:
    """
    Each once and in order, as old as the file; one that is still being written waits for its end.
    """
    path = world.append(delivery("1"), b"\n" + json.dumps(delivery("2", "alice")).encode())
    assert world.pickup.look() == set()
    assert subjects(world.spool) == ["1"]

    world.append(b"\n", delivery("3"))
    assert world.pickup.look() == set()
    world.pickup.look()

    assert subjects(world.spool) == ["1", "2", "3"]
    assert [each.expires for each in world.spool.transactions()] == [NOW - 10 + 60] * 3
    assert path.exists()


def test_what_was_read_before(world: World) -> None:
    """
    Another server reads a file from its beginning, and keeps nothing twice; two that are alike are two.
    """
    world.append(delivery("1"), delivery("1"))
    world.pickup.look()
    world.restart()
    world.append(delivery("2", "alice"))
    world.pickup.look()

    assert subjects(world.spool) == ["1", "1", "2"]


def test_a_file_that_is_over(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """
    A file to which nobody has written for a while is removed; what somebody has not finished is kept aside.
    """
    path = world.append(delivery("1"))
    torn = world.append(b'\n{"luahost', name="1800000010-5000.lines")
    world.pickup.look()
    world.clock.advance(QUIET_SECONDS - 1)
    world.pickup.look()
    assert path.exists()
    world.append(delivery("2"))
    world.clock.advance(2)
    world.pickup.look()
    assert path.exists()
    assert not torn.exists()
    world.clock.advance(QUIET_SECONDS + 1)
    world.pickup.look()

    assert subjects(world.spool) == ["1", "2"]
    (aside,) = world.folder.iterdir()
    assert aside.read_bytes() == b'{"luahost'
    assert f"whoever wrote this has not finished it; it is {aside.name} now" in caplog.text


def line_of(transaction: Any) -> bytes:
    """
    What a shim appends.
    """
    return b"\n" + json.dumps(transaction).encode() + b"\n"


def test_a_line_at_the_last_moment(world: World) -> None:
    """
    What is written to a file after it was last looked at, and before it loses its name, is taken, too.
    """
    directory = AtTheLastMoment(str(world.folder), max_bytes=MAX_BYTES)
    world.look_into(directory)
    path = world.append(delivery("1"))
    world.pickup.look()
    world.clock.advance(QUIET_SECONDS + 1)
    with open(path, "ab", buffering=0) as directory.writer:
        directory.late = line_of(delivery("2"))
        world.pickup.look()

    assert subjects(world.spool) == ["1", "2"]
    assert list(world.folder.iterdir()) == []


def test_a_file_that_is_over_in_a_full_spool(world: World) -> None:
    """
    It waits under its new name, for another server, too; a file that then has the old one waits behind it.
    """
    directory = AtTheLastMoment(str(world.folder), max_bytes=MAX_BYTES)
    world.look_into(directory)
    path = world.append(*(delivery(str(number), user) for number, user in enumerate("abc")))
    world.pickup.look()
    world.clock.advance(QUIET_SECONDS + 1)
    with open(path, "ab", buffering=0) as directory.writer:
        directory.late = line_of(delivery("3", "d"))
        assert world.pickup.look() is None
    (waits,) = world.folder.iterdir()
    assert waits.name == "1800000000-5000.over.lines"

    world.restart()
    world.append(delivery("4", "e"))
    assert world.pickup.look() is None
    world.finish(3)
    assert world.pickup.look() == set()
    world.clock.advance(QUIET_SECONDS + 1)
    world.pickup.look()

    assert subjects(world.spool) == ["0", "1", "2", "3", "4"]
    assert list(world.folder.iterdir()) == []


BAD: dict[str, tuple[bytes, str]] = {
    "no JSON": (b'{"luahost', "this is no JSON"),
    "too long": (b"{" * (MAX_BYTES + 1), f"{MAX_BYTES + 1} bytes; {MAX_BYTES} may be"),
    "longer than what is read at once": (b"{" * 3_000_000, f"3000000 bytes; {MAX_BYTES} may be"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_line(world: World, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    """
    It is kept aside as a file, the log says why, and the others are taken.
    """
    line, words = BAD[kind]
    path = world.append(delivery("1"), b"\n" + line + b"\n", delivery("2"))

    world.pickup.look()

    assert subjects(world.spool) == ["1", "2"]
    (aside,) = set(world.folder.iterdir()) - {path}
    assert aside.read_bytes() == line
    (record,) = caplog.records
    assert words in record.message
    assert record.message.endswith(f"; it is {aside.name} now")


def test_a_full_spool(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """
    Lines wait where they are until there is room, and are kept and counted once; what is wrong is said once.
    """
    wrong = b"\n{\n"
    world.append(wrong, *(delivery(str(number), user) for number, user in enumerate("abcd")), wrong)

    for _ in range(3):
        assert world.pickup.look() is None
    assert subjects(world.spool) == ["0", "1", "2"]
    assert world.accepted == 3
    world.finish(2)
    world.append(delivery("4", "e"), delivery("5", "f"))
    assert world.pickup.look() is None
    world.finish(2)

    assert world.pickup.look() == set()
    assert subjects(world.spool) == ["0", "1", "2", "3", "4", "5"]
    assert world.accepted == 6
    assert len([record for record in caplog.records if "this is no JSON" in record.message]) == 2


def test_a_full_spool_keeps_the_order(world: World) -> None:
    """
    Of one user, too, lines wait where they are: as a file of its own one would overtake those before it.
    """
    world.append(
        *(delivery(str(number), user) for number, user in enumerate(["bob", "a", "b", "bob", "bob"]))
    )
    assert world.pickup.look() is None
    assert list(world.folder.glob("*.json")) == []

    world.finish(3)
    assert world.pickup.look() == set()

    assert subjects(world.spool) == ["0", "1", "2", "3", "4"]


def test_a_line_that_cannot_become_a_file(world: World) -> None:
    """
    None of the same user overtakes it then, even if others can be written.
    """
    world.append(*map(delivery, "012"))
    assert world.pickup.look() == {"bob"}
    (third,) = world.folder.glob("*.json")
    third.unlink()
    in_the_way = world.folder / f".{third.name}.tmp"
    in_the_way.mkdir()
    os.utime(in_the_way, (NOW, NOW))

    world.restart()
    world.append(delivery("3"))
    assert world.pickup.look() is None
    assert list(world.folder.glob("*.json")) == []
    in_the_way.rmdir()
    world.finish(2)
    assert world.pickup.look() == set()

    assert subjects(world.spool) == ["0", "1", "2", "3"]


def test_what_comes_together_is_put_together(world: World) -> None:
    """
    Whoever it is of; but not a user's in a spool that might keep one after it has refused the one before.
    """
    world.append(delivery("0"), delivery("1"), delivery("2", "alice"))
    world.pickup.look()
    assert len(world.clear) == 1

    world.finish(3)
    world.restart(one_by_one=True)
    world.append(delivery("3"), delivery("4"), delivery("5", "alice"), name="1800000010-5000.lines")
    world.pickup.look()

    assert len(world.clear) > 2
    assert subjects(world.spool)[3:] == ["3", "4", "5"]


def test_a_user_with_too_many(world: World) -> None:
    """
    What is too much of one user becomes files of their own, so that others need not wait; it keeps its order
    and its age, and comes once even if the server dies then.
    """
    world.append(*map(delivery, "012"))
    assert world.pickup.look() == {"bob"}
    world.append(delivery("3"), delivery("4", "alice"))
    assert world.pickup.look() == {"bob"}
    assert subjects(world.spool) == ["0", "1", "4"]
    assert len(list(world.folder.glob("*.json"))) == 2

    world.restart()
    world.finish(3)
    assert world.pickup.look() == set()

    assert subjects(world.spool) == ["0", "1", "4", "2", "3"]
    assert {each.expires for each in world.spool.transactions()} == {NOW - 10 + 60}
    assert list(world.folder.glob("*.json")) == []


def test_whoever_asks_hears_of_new_lines(world: World) -> None:
    """
    A directory in which a file has grown is none in which nothing waits, until all of it is in the spool.
    """
    world.append(delivery("1"))
    os.utime(world.folder, (NOW - 1000, NOW - 1000))
    world.pickup.look()
    assert world.pickup.nothing_waits()

    world.append(delivery("2"))
    assert not world.pickup.nothing_waits()
    world.pickup.look()
    assert world.pickup.nothing_waits()
    assert world.clear == [False, False]


def test_what_is_no_file(world: World, tmp_path: Path) -> None:
    """
    Links are not followed, and pipes not waited for.
    """
    secret = tmp_path / "secret"
    secret.write_bytes(b"\n" + json.dumps(delivery("1")).encode() + b"\n")
    (world.folder / "link.lines").symlink_to(secret)
    os.mkfifo(world.folder / "pipe.lines")

    world.pickup.look()

    assert subjects(world.spool) == []
    assert {each.name for each in world.folder.iterdir()} == {"link.lines.bad", "pipe.lines.bad"}
