"""
The end of a line of networks: what is answered is written down beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence

from luahost.clock import Clock
from luahost.errors import EndpointError
from luahost.exchange import Answer, Place, Request


class Wire:
    """
    A network whose answers are written down beforehand; remembers what was sent.
    """

    takes_time = False

    def __init__(self, *answers: Answer | EndpointError) -> None:
        self._answers = list(answers)
        self.sent: list[Request] = []
        self.known = ["192.0.2.1"]
        self.looked_up = 0

    def prepare(self) -> None:
        pass

    def addresses(
        self, request: Request, place: Place, *, seconds: float | None, clock: Clock
    ) -> Sequence[str]:
        self.looked_up += 1
        return self.known

    def send(
        self, request: Request, *, address: str | None, seconds: float | None, most_bytes: int, clock: Clock
    ) -> Answer:
        self.sent.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, EndpointError):
            raise answer
        return answer

    def close(self) -> None:
        pass

    @property
    def ids(self) -> list[str]:
        """
        The idempotency keys of what was sent.
        """
        return [dict(request.headers)["webhook-id"] for request in self.sent]
