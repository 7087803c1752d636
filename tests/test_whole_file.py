"""
Files that are written whole or not at all.
"""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from luahost.whole_file import write_whole


def test_a_file_is_put_in_its_place(tmp_path: Path) -> None:
    """
    What a link leads to is replaced, with the mode that is asked for.
    """
    (tmp_path / "link").symlink_to("file")

    write_whole(str(tmp_path / "link"), b"one")
    write_whole(str(tmp_path / "link"), b"two", 0o640)

    assert sorted(os.listdir(tmp_path)) == ["file", "link"]
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"two"
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_what_does_not_fit_leaves_nothing(tmp_path: Path) -> None:
    """
    Where not all of it can be written the file is as it was, and nothing is beside it.
    """
    path = tmp_path / "file"
    path.write_bytes(b"one")
    _, most = limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, most))
    try:
        with pytest.raises(OSError, match="too large"):
            write_whole(str(path), b"." * 2000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert os.listdir(tmp_path) == ["file"]
    assert path.read_bytes() == b"one"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_is_ended_meanwhile_writes_it_whole(tmp_path: Path, number: int) -> None:
    """
    A signal that ends commands does so once the file is there.
    """
    path = tmp_path / "file"
    program = (
        "import os, signal, sys\n"
        "from luahost.whole_file import write_whole\n"
        "signal.signal(signal.SIGINT, signal.SIG_DFL)\n"
        "number = int(sys.argv[1])\n"
        "sys.addaudithook(lambda event, args: event == 'os.rename' and os.kill(os.getpid(), number))\n"
        "write_whole(sys.argv[2], b'whole')\n"
    )

    done = subprocess.run([sys.executable, "-c", program, str(number), str(path)], check=False)

    assert done.returncode == -number
    assert os.listdir(tmp_path) == ["file"]
    assert path.read_bytes() == b"whole"
