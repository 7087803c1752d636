"""
Starting a command as systemd does that hands sockets over.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence

START = """
import os, sys
descriptors, words = sys.argv[1].split(","), sys.argv[2:]
for at, one in enumerate(descriptors):
    os.dup2(int(one), 200 + at)
for at in range(len(descriptors)):
    os.dup2(200 + at, 3 + at)
os.environ.update(LISTEN_FDS=str(len(descriptors)), LISTEN_PID=str(os.getpid()))
os.execv(words[0], words)
"""


def handing_over(sockets: Sequence[socket.socket], words: Sequence[str]) -> list[str]:
    """
    A command that runs another one with these sockets from descriptor 3 on. They are to be among
    ``pass_fds``.
    """
    return [sys.executable, "-c", START, ",".join(str(one.fileno()) for one in sockets), *words]
