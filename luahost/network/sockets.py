"""
What the waits of a network are made of: sockets, and a way to wait for what cannot be interrupted. The
system's own, unless somebody has others that keep no thread waiting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from luahost.lookup import InTime, in_thread

if TYPE_CHECKING:
    import socket


class Sockets(Protocol):
    """
    What waits.

    Attributes:
        in_time: Waits for what cannot be interrupted.
    """

    @property
    def in_time(self) -> InTime:
        """
        See above.
        """

    def new(self, family: int, kind: int, protocol: int) -> socket.socket:
        """
        A socket.
        """


class SystemSockets:
    """
    The system's sockets, on which threads wait.
    """

    in_time: InTime = staticmethod(in_thread)

    def new(self, family: int, kind: int, protocol: int) -> socket.socket:
        """
        See :class:`Sockets`.
        """
        import socket

        return socket.socket(family, kind, protocol)


SYSTEM_SOCKETS = SystemSockets()
