"""
Sockets that are handed over, as systemd hands them over: as descriptors of a new process.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from luahost.config.serve_section import Listen
from luahost.errors import UsageError
from luahost.server.systemd import PassedSocket, listening_place, passed_sockets
from tests.server.systemd.handing_over import handing_over

TELL = """
import os
from luahost.errors import UsageError
from luahost.server.systemd import passed_sockets
try:
    for one in passed_sockets(os.environ):
        print(one.name, one.place, one.socket.get_inheritable())
except UsageError as error:
    print(error)
"""


def handed_over(sockets: Sequence[socket.socket], names: str | None) -> list[str]:
    """
    What a process says of the sockets that it was handed.
    """
    done = subprocess.run(
        handing_over(sockets, [sys.executable, "-c", TELL]),
        env=os.environ | ({"LISTEN_FDNAMES": names} if names else {}),
        pass_fds=[one.fileno() for one in sockets],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_sockets_of_each_kind(tmp_path: Path) -> None:
    """
    TCP and unix sockets come with their names and places, and go no further than this process.
    """
    path = tmp_path / "s"
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(path))
        unix.listen()
        port = tcp.getsockname()[1]

        told = handed_over([tcp, unix], "http:local")

    assert told == [f"http 127.0.0.1:{port} False", f"local unix:{path} False"]


def test_a_socket_that_does_not_listen() -> None:
    """
    What no client can connect to is refused, with what the unit has to say.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        [told] = handed_over([datagrams], None)

    assert told.startswith("the socket unknown that was handed over is no stream that listens")
    assert "ListenStream=" in told


@pytest.mark.parametrize("environ", [{}, {"LISTEN_FDS": "1"}, {"LISTEN_FDS": "1", "LISTEN_PID": "1"}])
def test_nothing_is_handed_over(environ: dict[str, str]) -> None:
    """
    Without the variables, or if they are meant for another process, there are none.
    """
    assert passed_sockets(environ) == []


def test_where_to_listen() -> None:
    """
    The configuration says it, or the socket that is there; if both do they say the same.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        [one] = passed = [PassedSocket("http", listening)]
        here = Listen(host="127.0.0.1", port=port)

        assert listening_place(Listen(host="::1", port=1), []) == (Listen(host="::1", port=1), None)
        assert listening_place(None, passed) == (here, one)
        assert listening_place(Listen(host="localhost", port=port), passed) == (here, one)
        for listen in (
            Listen(host="127.0.0.1", port=1),
            Listen(host="::1", port=port),
            Listen(path="/run/s"),
        ):
            with pytest.raises(UsageError, match=rf"listen is .*http that was handed over is on {here}"):
                listening_place(listen, passed)
        with pytest.raises(UsageError, match="2 were handed over"):
            listening_place(None, [one, one])


def test_a_unix_socket_that_both_name(tmp_path: Path) -> None:
    """
    The same path may be written in two ways.
    """
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        [one] = passed = [PassedSocket("local", listening)]

        assert listening_place(Listen(path=f"{tmp_path}/./s"), passed)[1] is one


def test_nobody_says_where() -> None:
    """
    Neither the configuration nor systemd.
    """
    with pytest.raises(UsageError, match="serve has no listen, and no socket was handed over"):
        listening_place(None, [])
