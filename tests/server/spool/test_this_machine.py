"""
Which machine this is.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from luahost.server.spool.this_machine import is_here, own_id, own_name, shown_names


@dataclass(frozen=True)
class Told:
    """
    A machine.
    """

    name: str
    id: str | None


def test_all_processes_of_a_machine_agree() -> None:
    """
    What a health check finds is what the server has said.
    """
    program = "from luahost.server.spool.this_machine import own_id; print(own_id())"
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert other.stdout == f"{own_id()}\n"


def test_another_container_and_another_start(tmp_path: Path) -> None:
    """
    Another PID namespace of the same kernel is another machine, and so is this one after it was started anew.
    """
    files = {name: tmp_path / name for name in ("start", "next-start", "container", "next-container")}
    for name, file in files.items():
        file.write_text(f"{name}\n")
    start, next_start, container, next_container = map(str, files.values())

    ids = {own_id(start, container), own_id(start, next_container), own_id(next_start, container)}
    assert len(ids) == 3
    assert None not in ids


def test_no_proc(tmp_path: Path) -> None:
    """
    Where the kernel tells neither, nothing is made up.
    """
    assert own_id(str(tmp_path / "none"), str(tmp_path)) is None


def test_here() -> None:
    """
    It is the id that counts; of who has none, the host name.
    """
    assert is_here(Told(own_name(), own_id()))
    assert is_here(Told("renamed", own_id()))
    assert not is_here(Told(own_name(), "5ca1ab1e00000000"))
    assert is_here(Told(own_name(), None))
    assert not is_here(Told("elsewhere", None))


def test_names() -> None:
    """
    Who shares a name with another machine is shown with the beginning of its id; two servers on one machine
    are on one machine.
    """
    there = [Told("a", "111111aa"), Told("a", "222222aa"), Told("b", "333333aa"), Told("b", "333333aa")]

    assert shown_names(there) == ["a [111111]", "a [222222]", "b", "b"]
    assert shown_names([Told("a", None), Told("a", "111111aa")]) == ["a", "a [111111]"]
    assert shown_names([]) == []
