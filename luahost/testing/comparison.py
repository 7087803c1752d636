"""
Two scripts on the same input, and how what they did differs.

Each has a session of its own, a mail store of its own, the same clock and the same random numbers. Nothing is
sent: an endpoint double answers all requests alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from luahost.dataclass import dataclass, fields
from luahost.effects import Effect, to_json
from luahost.errors import UsageError
from luahost.host import Host
from luahost.sources import Input
from luahost.store import MemoryStore
from luahost.testing.clock import ManualClock
from luahost.testing.comparable import Comparable
from luahost.testing.endpoint import Answer, Endpoint, Fault

SEED = 1
"""What random numbers begin with, in both."""

_WHAT = {"call": ("function",), "http": ("method", "url"), "log": ("level",), "event": ("name",)}
"""By what an effect of one script is found again among those of the other, beside its kind."""


@dataclass(frozen=True, slots=True)
class Change:
    """
    An effect that only one of the scripts has, or that both have but not alike.

    Attributes:
        kind: ``added``: only the new script has it. ``removed``: only the old one.

        old, new: The effect of each, None if it has none.
    """

    kind: Literal["added", "removed", "changed"]
    old: Effect | None
    new: Effect | None

    @property
    def fields(self) -> list[str]:
        """
        The attributes that differ; none unless it is changed.
        """
        if self.old is None or self.new is None:
            return []
        names = [each.name for each in fields(self.old)]
        return [name for name in names if getattr(self.old, name) != getattr(self.new, name)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """
    What came of one session.

    Attributes:
        input: The input's name.

        user: Whose session.

        old, new: What each script did, as :class:`~luahost.testing.comparable.Comparable` has it.
    """

    input: str
    user: str
    old: Sequence[Effect]
    new: Sequence[Effect]

    @property
    def same(self) -> bool:
        """
        Whether they did the same.
        """
        return _keys(self.old) == _keys(self.new)

    @property
    def changes(self) -> list[Change]:
        """
        How they differ, in order.
        """
        from difflib import SequenceMatcher  # for whom there is something to compare

        found: list[Change] = []
        matcher = SequenceMatcher(None, _keys(self.old), _keys(self.new), autojunk=False)
        for how, a, b, c, d in matcher.get_opcodes():
            if how != "equal":
                found += _paired(self.old[a:b], self.new[c:d])
        return found


def compare(
    old: str,
    new: str,
    inputs: Sequence[Input],
    *,
    user: str | None = None,
    settings: Mapping[str, str],
    reply: Answer | Fault,
    **how: Any,
) -> Iterator[Comparison]:
    """
    Run both scripts on each input.

    Args:
        old: Path of the one script.

        new: Path of the other.

        inputs: What happens.

        user: Whose sessions they are, None for each input's own user.

        settings: Settings that win over the inputs'.

        reply: What every request is answered.

        how: What else :class:`luahost.Host` takes.

    Raises:
        UsageError: There is no such script, or an input cannot be carried out.
    """
    sides = _Side(old), _Side(new)
    for source in inputs:
        done = [side.run(source, user, settings, reply, how) for side in sides]
        yield Comparison(input=source.name, user=source.mail_user(user).username, old=done[0], new=done[1])


class _Side:
    """
    One of the two scripts, with what lasts from session to session.
    """

    def __init__(self, script: str) -> None:
        self._script = script
        self._store = MemoryStore()
        self._clock = ManualClock()

    def run(
        self,
        source: Input,
        username: str | None,
        settings: Mapping[str, str],
        reply: Answer | Fault,
        how: Mapping[str, Any],
    ) -> list[Effect]:
        endpoint = Endpoint(strict=False)
        endpoint.route("*", "*", reply)
        user = source.mail_user(username)
        source.prepare(self._store, user.username)
        host = Host(
            self._script,
            settings={**source.settings, **settings},
            network=endpoint,
            clock=self._clock,
            seed=SEED,
            **how,
        )
        began = self._clock.time()
        with host.session(user, store=self._store) as session:
            for step in source.steps:
                step.perform(session)
        if session.script_unread is not None:
            raise UsageError(session.script_unread[0])
        return Comparable(self._script, began, self._clock.time()).effects(session.effects)


def _keys(effects: Sequence[Effect]) -> list[str]:
    return [json.dumps(to_json(effect), sort_keys=True) for effect in effects]


def _paired(old: Sequence[Effect], new: Sequence[Effect]) -> Iterator[Change]:
    """
    Effects that stand where others stand: those about the same thing are changed, others are gone or new.
    """
    left = list(new)
    for effect in old:
        partner = next((other for other in left if _alike(effect, other)), None)
        if partner is None:
            yield Change("removed", effect, None)
            continue
        while left[0] is not partner:
            yield Change("added", None, left.pop(0))
        yield Change("changed", effect, left.pop(0))
    for effect in left:
        yield Change("added", None, effect)


def _alike(old: Effect, new: Effect) -> bool:
    """
    Whether it is the same thing, done otherwise.
    """
    if type(old) is not type(new):
        return False
    names = _WHAT.get(old.kind, ())
    same = [getattr(old, name) == getattr(new, name) for name in names]
    # A request to another place is still the request.
    return any(same) if old.kind == "http" else all(same)
