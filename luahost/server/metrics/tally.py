"""
What there is to count in an attempt: its effects, each looked at once, and added up by what they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from luahost.effects import Effect, Http, Log, NamedEvent, ProcessKilled

LOADING = "load"
"""In the place of a function where a script fails while it is loaded."""

Kind = Literal["errors", "events", "limits", "levels"]

Key = tuple[str, ...]


class Tally:
    """
    What was done in an attempt, as numbers.

    Args:
        effects: What was done in the attempt, but for calls.

    Attributes:
        counts: How often, by kind and the labels that go with it: for errors driver and function,
            for named events their name, for limits and lines of the log which.

        fields: Integer fields of named events, by event and name.

        refused: How many requests the policy refused.
    """

    def __init__(self, effects: Iterable[Effect]) -> None:
        self.counts: defaultdict[tuple[Kind, Key], int] = defaultdict(int)
        self.fields: list[tuple[Key, int]] = []
        self.refused = 0
        for effect in effects:
            if look := _LOOK.get(type(effect)):
                look(self, effect)

    def _log(self, line: Log) -> None:
        self.counts["levels", (line.level,)] += 1
        if line.failure is None:
            return
        if line.failure.limit is not None:
            self.counts["limits", (line.failure.limit,)] += 1
        else:
            self.counts["errors", (line.driver or "", line.failure.function or LOADING)] += 1

    def _killed(self, killed: ProcessKilled) -> None:
        self.counts["errors", (killed.driver or "", killed.function or LOADING)] += 1

    def _http(self, http: Http) -> None:
        self.refused += http.denied

    def _event(self, event: NamedEvent) -> None:
        if event.source != "script":
            return
        self.counts["events", (event.name,)] += 1
        for name, value in event.fields.items():
            # A field that may fall has no rate; text is no number.
            if type(value) is int and value >= 0:
                self.fields.append(((event.name, name), value))


_LOOK: Mapping[type[Effect], Callable[[Tally, Any], None]] = {
    Log: Tally._log,
    ProcessKilled: Tally._killed,
    Http: Tally._http,
    NamedEvent: Tally._event,
}
"""What is looked at in an attempt."""
