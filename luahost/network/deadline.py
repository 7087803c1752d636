"""
The end of an exchange, that no wait goes beyond.

Timeouts of sockets count each read anew, so an endpoint could go on for ever. Here each read is given no more
than what is left of the whole.
"""

from __future__ import annotations

import time
from typing import overload

from luahost.errors import EndpointError
from luahost.exchange import OVERALL

EARLY_SECONDS = 1.0
"""A wait may end so long before its time: an event loop's clock stands still while something else runs."""


class Deadline:
    """
    The end of the time that a whole exchange has.

    Args:
        seconds: How far away it is; None for never.
    """

    __slots__ = ("_end", "_limits")

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds
        self._limits = False
        """Whether the latest step had less time because of this."""

    @property
    def passed(self) -> bool:
        """
        Whether it has come.
        """
        return self._end is not None and time.monotonic() >= self._end

    def seconds(self, patience: float | None) -> float | None:
        """
        How long a step may wait that has this patience of its own; None for ever.

        Raises:
            EndpointError: It has come.
        """
        if self._end is None:
            return patience
        left = self._end - time.monotonic()
        if left <= 0:
            raise EndpointError("timeout", OVERALL)
        self._limits = patience is None or left < patience
        return left if patience is None or self._limits else patience

    @overload
    def judged(self, error: EndpointError) -> EndpointError: ...
    @overload
    def judged(self, error: EndpointError | None) -> EndpointError | None: ...
    def judged(self, error: EndpointError | None) -> EndpointError | None:
        """
        The error (None if there is none), or what really brought it about: a step that had less time than its
        own, because of this.
        """
        if error is None or self._end is None:
            return error
        early = EARLY_SECONDS if self._limits and error.kind == "timeout" else 0.0
        return EndpointError("timeout", OVERALL) if time.monotonic() >= self._end - early else error
