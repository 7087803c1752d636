"""
The host halves of luahost's chunks for one session, each made when its chunk first asks for something.

A session offers all of them and most scripts ask for a few.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Plain = None | bool | int | float | bytes
"""What may cross between Python and Lua."""

PLAIN = (bytes, int, float, type(None))
"""The same for ``isinstance``; a bool is an int."""

HostFunction = Callable[..., Any]
"""A host half's function: plain values in, one plain value or a tuple of them out."""

HostHalf = Mapping[str, HostFunction]
"""What a chunk gets as ``host``, by name."""

Makers = Mapping[str, Callable[[Any], HostHalf]]
"""By chunk, what makes its host half for a session, given what that has for it."""


class LuaFault(Exception):
    """
    Raised by a host function to raise a Lua error in the script, with this message as it stands.
    """


class HostHalves:
    """
    By chunk, the functions that it may ask for.
    """

    def __init__(self) -> None:
        self._halves: dict[str, HostHalf] = {}
        self._offers: list[tuple[Makers, Any]] = []

    def register(self, chunk: str, half: HostHalf) -> None:
        """
        A half that is there already.
        """
        self._halves[chunk] = half

    def offer(self, makers: Makers, context: Any) -> None:
        """
        Halves that these make of the context. A half that was registered goes before one that is offered.
        """
        self._offers.append((makers, context))

    def function(self, chunk: str, name: str) -> HostFunction | None:
        """
        A function of a chunk's host half, None if there is none.
        """
        half = self._halves.get(chunk)
        if half is None:
            half = self._halves[chunk] = self._made(chunk)
        return half.get(name)

    def _made(self, chunk: str) -> HostHalf:
        for makers, context in self._offers:
            if chunk in makers:
                return makers[chunk](context)
        return {}
