"""
``python -m tests.server.bench.late_endpoint SECONDS``: an HTTP endpoint that answers each request 200
after so many seconds, however many wait, until its standard input ends. It says its port.
"""

from __future__ import annotations

import asyncio
import re
import sys

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"(?mi)^content-length: *(\d+)")


class LateAnswers(asyncio.Protocol):
    """
    A connection. Requests are answered in order, as each is answered equally late.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """
        See :class:`asyncio.Protocol`.
        """
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """
        See :class:`asyncio.Protocol`.
        """
        self._got += data
        while HEAD_END in self._got:
            head, _, rest = self._got.partition(HEAD_END)
            length = LENGTH.search(head)
            body = int(length[1]) if length else 0
            if len(rest) < body:
                return
            self._got = rest[body:]
            asyncio.get_running_loop().call_later(self._seconds, self._transport.write, ANSWER)


async def serve(seconds: float) -> None:
    """
    Answer until the standard input ends.
    """
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: LateAnswers(seconds), "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
