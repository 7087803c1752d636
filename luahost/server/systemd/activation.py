"""
Socket activation: the sockets that systemd listens on and hands over (sd_listen_fds(3)).

Clients can connect as soon as the machine is up, and while the server is started again: they wait, and are
not refused. A socket below port 1024, or in a folder of another user's, needs no rights of the server's.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence

from luahost.config.serve_section import Listen
from luahost.dataclass import dataclass
from luahost.errors import UsageError

FIRST_DESCRIPTOR = 3
"""``SD_LISTEN_FDS_START``."""


@dataclass(frozen=True, slots=True)
class PassedSocket:
    """
    A socket that was handed over.

    Attributes:
        name: ``FileDescriptorName=`` of the unit, or the unit's name.

        socket: It.
    """

    name: str
    socket: socket.socket

    @property
    def place(self) -> Listen:
        """
        Where clients connect to.
        """
        if self.socket.family == socket.AF_UNIX:
            return Listen(path=os.fsdecode(self.socket.getsockname()))
        host, port = self.socket.getsockname()[:2]
        return Listen(host=host, port=port)


def passed_sockets(environ: Mapping[str, str]) -> list[PassedSocket]:
    """
    What the environment says was handed over to this process: ``LISTEN_PID``, ``LISTEN_FDS``,
    ``LISTEN_FDNAMES``.

    Raises:
        UsageError: Something that no client can connect to.
    """
    if environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    written = environ.get("LISTEN_FDS", "")
    count = int(written) if written.isascii() and written.isdigit() else 0
    names = environ.get("LISTEN_FDNAMES", "").split(":") if environ.get("LISTEN_FDNAMES") else []
    names += ["unknown"] * (count - len(names))
    return [_passed(FIRST_DESCRIPTOR + index, name) for index, name in enumerate(names[:count])]


def _passed(descriptor: int, name: str) -> PassedSocket:
    try:
        # Processes of scripts have no business with it.
        os.set_inheritable(descriptor, False)
        found = socket.socket(fileno=descriptor)
    except OSError as error:
        raise UsageError(
            f"LISTEN_FDS: descriptor {descriptor} ({name}) is no socket: {error.strerror}"
        ) from None
    fits = found.family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)
    if (
        not fits
        or found.type != socket.SOCK_STREAM
        or not found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    ):
        raise UsageError(
            f"the socket {name} that was handed over is no stream that listens on TCP or a path: "
            "the .socket unit has ListenStream=, and Accept=no"
        )
    return PassedSocket(name, found)


def listening_place(
    listen: Listen | None, passed: Sequence[PassedSocket]
) -> tuple[Listen, PassedSocket | None]:
    """
    Where the server listens, and the socket that is already there, if one is.

    Args:
        listen: What the configuration says, None if nothing.

        passed: What was handed over.

    Raises:
        UsageError: Nobody says where; or both do, and not the same; or more than one socket was handed over.
    """
    if not passed:
        if listen is None:
            raise UsageError(
                "nothing says where to listen: serve has no listen, and no socket was handed over "
                "(systemd's .socket)"
            )
        return listen, None
    if len(passed) > 1:
        names = ", ".join(f"{one.name} on {one.place}" for one in passed)
        raise UsageError(f"luahost serve listens on one socket, and {len(passed)} were handed over: {names}")
    [one] = passed
    if listen is not None and not _same(listen, one.socket):
        raise UsageError(
            f"listen is {listen}, and the socket {one.name} that was handed over is on {one.place}: "
            "have both say the same, or leave listen out"
        )
    return one.place, one


def _same(listen: Listen, found: socket.socket) -> bool:
    """
    Whether a socket is where the configuration says.
    """
    if listen.path is not None or found.family == socket.AF_UNIX:
        return (
            listen.path is not None
            and found.family == socket.AF_UNIX
            and os.path.realpath(os.fsdecode(found.getsockname())) == os.path.realpath(listen.path)
        )
    address, port = found.getsockname()[:2]
    try:
        known = {info[4][0] for info in socket.getaddrinfo(listen.host, None, type=socket.SOCK_STREAM)}
    except OSError:
        known = {listen.host}
    return port == listen.port and address in known
