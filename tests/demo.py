"""
``make demo``: the two scripts of the 2019 document on a real message, against a real HTTP server.

Nothing is faked: the receiver is a server on loopback, and what it shows is what it got.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).parent.parent
SCRIPTS = ("scripts/notify_simple.lua", "scripts/notify_events.lua")
MESSAGE = "fixtures/messages/hello.eml"


class Receiver(BaseHTTPRequestHandler):
    """
    Answers each request with ``OK`` and remembers its line.
    """

    protocol_version = "HTTP/1.1"
    server: RememberingServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(f"{self.requestline}, {len(body)} bytes")
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"OK\n")

    def log_message(self, format: str, *arguments: object) -> None:
        """
        The timeline says it all.
        """


class RememberingServer(ThreadingHTTPServer):
    """
    The receiver's server.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.received: list[str] = []


def main() -> int:
    """
    Run the demo; answers 0 if both scripts ran well and every request arrived.
    """
    server = RememberingServer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/handler"
    failed = 0
    for script in SCRIPTS:
        say(f"$ luahost run {script} {MESSAGE} -v --set push_lua_url={url}\n")
        command = [
            sys.executable,
            "-m",
            "luahost",
            "run",
            script,
            MESSAGE,
            "-v",
            "--set",
            f"push_lua_url={url}",
        ]
        failed |= subprocess.run(command, cwd=ROOT, check=False).returncode
        say("")
    say(f"the HTTP server on port {server.server_port} got:")
    for line in server.received:
        say(f"  {line}")
    server.shutdown()
    server.server_close()
    return failed or len(server.received) != 3


def say(line: str) -> None:
    """
    A line for the person at the terminal.
    """
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
