"""
``python -m benchmarks.http_server``: answers every request with 200 and two bytes, and keeps connections;
prints its port, and ends with its standard input. It does as little as it can, since it is not what is
measured.
"""

from __future__ import annotations

import re
import socket
import sys
import threading

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def serve(connection: socket.socket) -> None:
    """
    Answer one connection's requests, which come one after the other.
    """
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    waiting = b""
    with connection:
        while data := connection.recv(65536):
            waiting += data
            while (end := waiting.find(b"\r\n\r\n")) >= 0:
                length = _LENGTH.search(waiting, 0, end)
                whole = end + 4 + (int(length[1]) if length else 0)
                if len(waiting) < whole:
                    break
                waiting = waiting[whole:]
                connection.sendall(ANSWER)


def accept(listener: socket.socket) -> None:
    """
    Answer whoever comes, each in a thread.
    """
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


def main() -> None:
    """
    The command.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=accept, args=(listener,), daemon=True).start()
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
