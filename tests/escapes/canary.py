"""
The local HTTP server that no attempt may reach: each answer contains ``CANARY``.

It is a process of its own, for the one that forks children must not have threads.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Canary(BaseHTTPRequestHandler):
    """
    Says the word.
    """

    def do_GET(self) -> None:
        """
        Any path.
        """
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"CANARY")

    do_POST = do_GET

    def log_message(self, format: str, *arguments: object) -> None:
        """
        Nothing.
        """


@contextmanager
def canary() -> Iterator[int]:
    """
    The port of a running one.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), Canary)
    port: int = server.server_address[1]
    process = os.fork()
    if process == 0:
        try:
            server.serve_forever()
        finally:
            os._exit(0)
    server.server_close()
    try:
        yield port
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
