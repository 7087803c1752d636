"""
A spool whose files are moved, removed or replaced while a server works on it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from luahost.errors import SpoolError
from luahost.server.spool import Entry, SqliteSpool

ONE = [Entry(user="alice", payload=b"{}")]

SECOND = """
import os, sys
from luahost.server.spool import SqliteSpool
for lock in sys.argv[2:]:
    os.unlink(lock)
with SqliteSpool(sys.argv[1]):
    print("works", flush=True)
    sys.stdin.read()
"""


def _trouble(spool: SqliteSpool) -> str | None:
    """
    What is told of it at ``/healthz``.
    """
    try:
        return spool.status().trouble
    except SpoolError as error:
        return str(error)


def _replace(file: Path) -> None:
    shutil.copy(file, file.with_name("copy"))
    file.with_name("copy").replace(file)


def _replace_folder(file: Path) -> None:
    file.parent.rename(file.parent.with_name("elsewhere"))
    file.parent.mkdir()


@pytest.mark.parametrize("lose", [Path.unlink, _replace, _replace_folder])
def test_a_file_that_is_gone_takes_nothing(file: Path, lose: Callable[[Path], None]) -> None:
    """
    What would be kept in a file that nobody will find again is refused, and who asks how the spool is doing
    hears why, also before anything is brought.
    """
    file = file.parent / "spool" / file.name
    file.parent.mkdir()
    with SqliteSpool(file) as spool:
        spool.put(ONE).result(10)
        lose(file)
        with pytest.raises(SpoolError, match=r"moved, removed or replaced.*start the server again"):
            spool.put(ONE).result(10)
        assert "moved, removed or replaced" in (_trouble(spool) or "")


def test_it_is_noticed_by_itself(file: Path) -> None:
    """
    Nobody has to bring anything for that.
    """
    with SqliteSpool(file) as spool:
        spool.put(ONE).result(10)
        file.unlink()
        while _trouble(spool) is None:
            pass


def test_a_file_that_is_back(file: Path) -> None:
    """
    Once it is where it was all goes on, and nothing is lost of what it has.
    """
    with SqliteSpool(file) as spool:
        (first,) = spool.put(ONE).result(10)
        elsewhere = file.rename(file.with_name("elsewhere"))
        with pytest.raises(SpoolError):
            spool.put(ONE).result(10)
        elsewhere.rename(file)
        (second,) = spool.put([Entry(user="bob", payload=b"{}")]).result(10)

        assert [one.id for one in spool.claim(2).result(10)] == [first, second]
        assert spool.status().trouble is None


def test_a_lock_that_is_gone_is_made_again(file: Path) -> None:
    """
    Somebody took the lock for a stale one and removed it: a second server is refused all the same.
    """
    lock = file.with_name(f"{file.name}-lock")
    with SqliteSpool(file) as spool:
        spool.drain()
        lock.unlink()
        # To read it here would be to give it up.
        while not lock.exists() or not lock.stat().st_size:
            pass
        other = subprocess.run(
            [sys.executable, "-c", SECOND, str(file)], capture_output=True, text=True, check=False, input=""
        )

        assert "another luahost works on this spool" in other.stderr
        assert "which is ending" in other.stderr
    SqliteSpool(file).close()


def test_a_second_server_after_all(file: Path) -> None:
    """
    If one was faster, the first takes and begins nothing while the other works, and says so.
    """
    command = [sys.executable, "-c", SECOND, str(file), f"{file}-lock"]
    with SqliteSpool(file) as spool:
        spool.put(ONE).result(10)
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "works\n"
            while (trouble := _trouble(spool)) is None:
                pass
            assert trouble == f"{file}: another luahost works on this spool, process {other.pid}"
            with pytest.raises(SpoolError, match="another luahost works on this spool"):
                spool.put(ONE).result(10)
            other.communicate()
        while _trouble(spool) is not None:
            pass
        spool.put(ONE).result(10)
