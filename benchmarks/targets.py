"""
What is asked of luahost's speed, and where it is missed the reason that was measured.

Ratios travel from machine to machine, times do not. The bounds are those of the issue that asked for speed;
the experiments that they come from are on lupa 2.8 and Lua 5.4.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """
    A bound for a figure.

    Attributes:
        words: What is bounded.

        bound: The number, in the figure's unit.

        least: Whether it is the least that is asked; otherwise the most.

        reason: Why it is missed, told where it is; "" until that is known.
    """

    words: str
    bound: float
    least: bool = False
    reason: str = ""

    def met(self, value: float) -> bool:
        """
        Whether a value keeps within the bound.
        """
        return value >= self.bound if self.least else value <= self.bound

    @property
    def asked(self) -> str:
        """
        The bound in words.
        """
        return f"at {'least' if self.least else 'most'} {self.bound:g}"


TARGETS = {
    "event objects": Target("a MessageNew of 15 scalar fields, from Event objects, to the C host", 1.35),
    "event bytes": Target("the same from stored bytes", 1.0),
    "event lists": Target("a MessageNew with its two lists, to naive lupa", 0.55),
    "flags floor": Target("2,000 flag events of one STORE, to the pure-Lua loop", 1.7),
    "flags dovecot": Target("2,000 flag events of one STORE, to Dovecot's own cost for each", 0.35),
    "json dovecot": Target(
        "a transaction of one event, JSON to end_txn, to Dovecot's own cost of a message event", 0.55
    ),
    "json time": Target("the same in µs, as on an idle machine where the C host takes 1.24 µs an event", 6.0),
    "sandbox ten": Target("the whole sandbox over none, ten events", 1.05),
    "sandbox one": Target("the whole sandbox over none, one event", 1.15),
    "session time": Target(
        "a new session with a script of 200 lines, in µs, as where a bare Lua state takes 42 µs", 150.0
    ),
    "session memory": Target("its memory, in KB", 100.0),
    "version": Target("luahost --version, to python -c pass", 1.2),
    "run": Target("luahost run with one event, to busted with one test", 2.5),
    "scenarios": Target("1,000 scenarios a second, to busted's 1,000 trivial tests", 3.0, least=True),
    "http": Target("an HTTP exchange through the shim, to a bare httpx.Client request", 1.2),
    "two workers": Target("two workers on two cores, to one", 1.8, least=True),
}
"""By the key that a figure names."""
