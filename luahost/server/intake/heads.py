"""
Heads that have been read before. A client that keeps its connection sends the same again and again, but for
the length of the body, and what bytes say they say each time.
"""

from __future__ import annotations

from collections.abc import Mapping

from luahost.server.intake.request import HttpRequest

MOST_HEADS = 512
"""That are kept; beyond that all are forgotten."""

LONGEST_HEAD = 2048
"""In bytes, of one that is kept."""

_END = b"\r\n\r\n"

_Head = tuple[str, str, Mapping[bytes, bytes], int]
"""Method, path, header fields, length of the body."""


class Heads:
    """
    The heads of requests that are to go on with their connection.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, _Head] = {}

    def request_of(self, data: bytes) -> HttpRequest | None:
        """
        The request that this is, all of it and nothing else; None if that is not known.
        """
        end = data.find(_END)
        known = self._known.get(data[:end])
        if known is None or len(data) != end + len(_END) + known[3]:
            return None
        method, path, headers, _ = known
        return HttpRequest(method, path, headers, data[end + len(_END) :], True)

    def learn(self, data: bytes, request: HttpRequest) -> None:
        """
        Keep the head of a request, if it says how long the body is and keeps its connection.

        Args:
            data: What has come with the beginning of a request.

            request: The last that was read of that. If it was not the only one, nothing is kept.
        """
        if not request.keeps or request.refusal is not None:
            return
        end, length, headers = data.find(_END), len(request.body), request.headers
        if len(data) != end + len(_END) + length or end > LONGEST_HEAD:
            return
        if b"content-length" not in headers or b"transfer-encoding" in headers:
            return
        if len(self._known) >= MOST_HEADS:
            self._known.clear()
        self._known[data[:end]] = (request.method, request.path, request.headers, length)
