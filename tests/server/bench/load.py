"""
A load generator of its own process: ``python -m tests.server.bench.load PORT CONNECTIONS SECONDS RATE``.

It posts one transaction a request over connections that it keeps, each with one request at a time, and prints
what came of that as JSON. With a rate, requests are due at even intervals, and a request's time counts from
when it was due, so that a server that stalls is not spared the requests that waited meanwhile. With the
rate 0 each connection asks again as soon as it is answered.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass, field

USERS = 1000
HEAD_END = b"\r\n\r\n"


def transaction(number: int) -> dict[str, object]:
    """
    A delivery of usual size, about 1 KB.
    """
    return {
        "luahost_transaction": 1,
        "dialect": "2.3",
        "time": 1560937320,
        "user": {
            "username": f"user{number}@example.com",
            "home": f"/var/mail/user{number}",
            "uid": 1000,
            "gid": 1000,
            "service": "lmtp",
            "session_id": "k6kXBcKoxl0hTAAAK7VzLw",
            "session_create_time": 1560937319,
        },
        "events": [
            {
                "name": "MessageNew",
                "mailbox": "INBOX",
                "uid": 12,
                "uid_validity": 1560937320,
                "date": 1560937320,
                "tz": 180,
                "from": "=?utf-8?q?Alice_M=C3=BCller?= <alice@example.org>",
                "to": "Bob <bob@example.com>",
                "subject": "Hello, päivää",
                "snippet": "Hi Bob, are you there? I am in the café round the corner until two. Alice",
                "message_id": "<hello@example.org>",
                "from_address": "alice@example.org",
                "from_display_name": "Alice Müller",
                "to_address": "bob@example.com",
                "to_display_name": "Bob",
                "flags": ["\\Recent"],
                "keywords": [],
            }
        ],
        "success": True,
        "mailboxes": {
            "INBOX": {"messages": 12, "recent": 1, "unseen": 4, "uid_next": 13, "uid_validity": 1560937320}
        },
    }


def request(number: int) -> bytes:
    """
    The request that brings it.
    """
    body = json.dumps(transaction(number), ensure_ascii=False).encode()
    head = (
        "POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass(slots=True)
class Connection:
    """
    A connection, and the request that it waits for.
    """

    socket: socket.socket
    due: float = 0.0
    got: bytes = b""


@dataclass(slots=True)
class Load:
    """
    What is asked, and what was answered.

    Attributes:
        port: Of the server, on the loopback.

        seconds: How long requests are made.

        rate: How many a second; 0 for as many as are answered.

        times: How long each answer took, in seconds.

        refused: How many answers were not 202.
    """

    port: int
    seconds: float
    rate: float
    times: list[float] = field(default_factory=list)
    refused: int = 0

    def run(self, connections: int) -> float:
        """
        Make requests; answers how many seconds it took until the last was answered.
        """
        requests = [request(number) for number in range(USERS)]
        idle = deque(
            Connection(socket.create_connection(("127.0.0.1", self.port))) for _ in range(connections)
        )
        busy: dict[int, Connection] = {}
        poll = select.epoll()
        for each in idle:
            each.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            poll.register(each.socket.fileno(), select.EPOLLIN)
        begin = time.perf_counter()
        end, sent = begin + self.seconds, 0
        while True:
            now = time.perf_counter()
            due = begin + sent / self.rate if self.rate else now
            while idle and due <= now and due < end:
                connection = idle.popleft()
                connection.due = due
                connection.socket.sendall(requests[sent % USERS])
                busy[connection.socket.fileno()] = connection
                sent += 1
                due = begin + sent / self.rate if self.rate else now
            if not busy and due >= end:
                return time.perf_counter() - begin
            wait = max(due - now, 0) if idle and due < end else 1
            for number, _ in poll.poll(wait):
                connection = busy[number]
                if self._answered(connection):
                    idle.append(busy.pop(number))

    def _answered(self, connection: Connection) -> bool:
        """
        Whether an answer is complete now.
        """
        connection.got += connection.socket.recv(65536)
        head, found, body = connection.got.partition(HEAD_END)
        if not found:
            return False
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(body) < length:
            return False
        self.times.append(time.perf_counter() - connection.due)
        self.refused += not head.startswith(b"HTTP/1.1 202 ")
        connection.got = b""
        return True


def main() -> None:
    """
    Make the load that is asked for, and say what came of it.
    """
    port, connections, seconds, rate = sys.argv[1:]
    load = Load(int(port), float(seconds), float(rate))
    took = load.run(int(connections))
    times = sorted(load.times)
    told = {
        "rate": len(times) / took,
        "count": len(times),
        "refused": load.refused,
        "p50_ms": 1000 * times[len(times) // 2],
        "p99_ms": 1000 * times[len(times) * 99 // 100],
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
