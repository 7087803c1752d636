"""
A request to the server, and what answers it: the seam between HTTP (``connection.py``) and what luahost does
with it (``application.py``), neither of which knows the other.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from luahost.dataclass import dataclass, field
from luahost.server.intake.answers import HttpAnswer, RefusalError


@dataclass(slots=True)
class HttpRequest:
    """
    A request, of which first the head is there and then the body.

    Attributes:
        method: Such as ``POST``.

        path: Without the query, and without percent-encoding.

        headers: Its header fields, names in lower case; of one that comes twice the last.

        body: All of it.

        keeps: Whether the connection goes on after its answer, as far as the client is concerned.

        refusal: Why it is not granted, if that is known before anybody has looked at its body.

        act: What answers it, once the application has seen its head.
    """

    method: str = ""
    path: str = ""
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""
    keeps: bool = False
    refusal: RefusalError | None = None
    act: Callable[[HttpRequest, Reply], Going] | None = None


Reply = Callable[[HttpAnswer], None]
"""Takes the answer to a request: called once, in the event loop."""

Going = Coroutine[Any, Any, None] | None
"""What is still to be done until a request is answered; None if nothing has to be waited for."""


class Application(Protocol):
    """
    What answers requests. All of it is called in the event loop, and waits for nothing.
    """

    def admit(self, head: HttpRequest) -> int:
        """
        Look at a request whose body is still to come.

        Returns:
            How many bytes its body may have.

        Raises:
            RefusalError: It is not granted, whatever the body.
        """

    def answer(self, request: HttpRequest, reply: Reply) -> None:
        """
        Answer a request that is all there, now or later.
        """

    def answered(self, request: HttpRequest, status: int) -> None:
        """
        Hear of a request that was answered, by whomever and whether or not the client is still there.
        """
