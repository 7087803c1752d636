"""
Asking a server that runs, from the same machine: for its health, its version, or whether a token opens it.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from typing import Any

from luahost.config.serve_section import Listen, ServerTls

TIMEOUT_SECONDS = 5.0


def asked(
    listen: Listen, tls: ServerTls | None, method: str, path: str, *, token: str | None = None
) -> tuple[int, Any]:
    """
    Ask the server; answers status and body.

    Raises:
        OSError: Nobody answers.

        http.client.HTTPException: What answers speaks no HTTP.
    """
    connection = _Connection(listen, tls)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = None
    if method == "POST":
        # An empty list has no transaction in it, and is refused after the token has been looked at.
        headers["Content-Type"], body = "application/json", b"[]"
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
    finally:
        connection.close()
    try:
        return answer.status, json.loads(data)
    except ValueError:
        return answer.status, None


class _Connection(http.client.HTTPConnection):
    """
    A connection to a place to listen on: TCP, TLS over it, or a unix socket.
    """

    def __init__(self, listen: Listen, tls: ServerTls | None) -> None:
        super().__init__(listen.host or "localhost", listen.port or 80, timeout=TIMEOUT_SECONDS)
        self._listen, self._tls = listen, tls

    def connect(self) -> None:
        if self._listen.path is not None:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(TIMEOUT_SECONDS)
            self.sock.connect(self._listen.path)
            return
        # An address that stands for all of the machine's is reached by any of them.
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._listen.host, self._listen.host)
        self.sock = socket.create_connection((host, self._listen.port), TIMEOUT_SECONDS)
        if self._tls:
            # It is asked at an address that need not be the certificate's; this very certificate is trusted.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.load_verify_locations(self._tls.certificate)
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            self.sock = context.wrap_socket(self.sock)
