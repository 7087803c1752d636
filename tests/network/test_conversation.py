"""
One request and its answer.
"""

from __future__ import annotations

import socket

from luahost.exchange import Request
from luahost.network.connection import Connection
from luahost.network.conversation import Conversation
from luahost.network.deadline import Deadline

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class LateConnection(Connection):
    """
    A connection where what comes is there just when the time is over.
    """

    def read(self, patience: float | None, deadline: Deadline) -> bytes:
        """
        See :class:`Connection`.
        """
        found = super().read(patience, deadline)
        while not deadline.passed:
            pass
        return found


def test_what_is_there_at_the_last_moment_counts() -> None:
    """
    An answer that is whole when the time is over is the answer; the request was heard, and is not sent again.
    """
    ours, theirs = socket.socketpair()
    connection = LateConnection(ours)
    request = Request(method="GET", url="http://h/", headers=(("Host", "h"),))
    conversation = Conversation(connection, request, b"/", Deadline(0.5))
    theirs.sendall(ANSWER)

    conversation.say()
    answer = conversation.hear(1000)
    connection.close()
    theirs.close()

    assert (answer.status, answer.body, answer.broken) == (200, b"hello", None)
