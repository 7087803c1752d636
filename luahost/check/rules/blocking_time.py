"""
How long a transaction holds mail at worst, against a budget.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.rules.requests import Waiting, waitings
from luahost.check.script import Script


class BlockingTime(Rule):
    """
    Attempts times timeout times messages.
    """

    name = "blocking-time"
    severity = "warning"
    title = "a transaction may hold mail longer than its budget"
    reason = (
        "At worst every request of a transaction takes all its attempts to their ends: attempts × timeout, "
        "and "
        "again for each message where a script sends one after the other. The budget is 30 seconds for a "
        "transaction of one message, unless `--budget` and `--messages` say otherwise. Requests without any "
        "timeout are told of by `no-timeout`."
    )

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        options = script.options
        found = [one for one in waitings(script, view) if one.worst is not None and one.stated]
        total = sum(self._worst(one, options.messages) for one in found)
        if total <= options.budget_seconds or not found:
            return
        longest = max(found, key=lambda one: self._worst(one, options.messages))
        parts = (
            f"{longest.attempts} × {longest.seconds:g} s"
            if longest.attempts > 1
            else f"{longest.seconds:g} s"
        )
        if longest.repeated and options.messages > 1:
            parts += f" × {options.messages} messages"
        if len(found) > 1:
            parts += f", and {len(found) - 1} more"
        yield Problem(
            longest.call,
            f"at worst this holds mail for {total:g} s ({parts}); the budget is {options.budget_seconds:g} s",
            "fewer attempts, a shorter timeout, or one request for all messages",
        )

    def _worst(self, waiting: Waiting, messages: int) -> float:
        return (waiting.worst or 0) * (messages if waiting.repeated else 1)
