"""
What a script leaves behind and what it sends, held against its limits.

Its host functions get these in the place of the session's effects and way out. Dovecot's driver, which
writes effects too, is not limited.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from luahost.dataclass import fields, replace
from luahost.effects import Effect, Effects, Http
from luahost.errors import EndpointError
from luahost.exchange import Answer, Request, Way, effect_of
from luahost.runtime import LimitReached

if TYPE_CHECKING:
    from luahost.runtime import Meter

EFFECT_BYTES = 200
"""What an effect counts besides its text."""


class MeteredEffects(Effects):
    """
    A session's effects as a script's host functions see them: adding one counts.
    """

    def __init__(self, effects: Effects, meter: Meter) -> None:
        super().__init__()
        # One list, seen through both.
        self._all = effects._all
        self._effects = effects
        self._meter = meter

    def tell_held(self) -> None:
        """
        Add what the session's effects hold.
        """
        self._effects.tell_held()

    def add(self, effect: Effect) -> None:
        """
        Add an effect for the script.

        Raises:
            LimitReached: The script has left too much in this transaction; the effect is not added.
        """
        # What was sent and received counts where it is sent.
        text = 0 if isinstance(effect, Http) else text_of(effect)
        self._meter.charge("output_bytes", EFFECT_BYTES + text)
        self._effects.add(effect)

    def refuse(self, request: Request, reached: LimitReached) -> None:
        """
        Add a request that was refused because of a limit.
        """
        why = f"the limit is {reached.limit}={reached.allowed}"
        self._effects.add(replace(effect_of(request), error="not sent", denied=True, refusal=why))


class MeteredWay:
    """
    A way out on which requests and bodies count, and which ends when the script's time does.
    """

    def __init__(self, way: Way, effects: MeteredEffects, meter: Meter) -> None:
        self._way = way
        self._effects = effects
        self._meter = meter

    @property
    def total_seconds(self) -> float | None:
        """
        How long a request may take with all its tries; None for as long as its maker wants.
        """
        return self._way.total_seconds

    @property
    def takes_time(self) -> bool:
        """
        Whether exchanges take real time, of which a script has only so much.
        """
        return self._way.takes_time

    def exchange(
        self,
        request: Request,
        effects: Effects,
        words: Callable[[EndpointError], str] = str,
        objection: Callable[[Answer], str | None] | None = None,
    ) -> Answer:
        """
        An exchange like any other.

        Raises:
            EndpointError: There is no answer.

            LimitReached: The script may send no more; a refused request is an effect.
        """
        # An exchange may take long, and who listens is to know by then who makes it.
        self._effects.tell_held()
        try:
            self._meter.charge("http_requests", 1)
            self._meter.charge("http_bytes", len(request.body))
            self._meter.check_time()
        except LimitReached as reached:
            self._effects.refuse(request, reached)
            raise
        left = self._meter.seconds_left() if self._way.takes_time else None
        if left is not None:
            total = left if request.total_seconds is None else min(left, request.total_seconds)
            request = replace(request, total_seconds=total)
        answer = self._way.exchange(request, effects, words, objection)
        self._meter.charge("http_bytes", len(answer.body))
        return answer


def text_of(effect: Effect) -> int:
    """
    The length of all text in an effect.
    """
    total = 0
    for name in names_of(type(effect)):
        value = getattr(effect, name)
        if type(value) is str:
            total += len(value)
        elif value is not None:
            total += length(value)
    return total


def length(value: Any) -> int:
    """
    The length of all text in a value of an effect.
    """
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, Mapping):
        return sum(length(key) + length(item) for key, item in value.items())
    return sum(map(length, value)) if isinstance(value, tuple | list) else 0


_TEXTS: dict[type, tuple[str, ...]] = {}


def names_of(kind: type[Effect]) -> tuple[str, ...]:
    """
    The attributes of a kind of effect that may hold text of a script's.
    """
    if kind not in _TEXTS:
        others = ("transaction", "driver", "process", "source", "failure", "categories", "inherited")
        _TEXTS[kind] = tuple(field.name for field in fields(kind) if field.name not in others)
    return _TEXTS[kind]
