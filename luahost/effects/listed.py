"""
The list of effects, in the order in which they happened.

The terminal prints them, tests assert on them, snapshots store them. There is no second way to find
out what happened. Nothing here knows who reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar, overload

from luahost.effects.kinds import Call, Effect, Failure, Log, ProcessKilled, Value

E = TypeVar("E", bound=Effect)

_write = object.__setattr__


class Making(Protocol):
    """
    Who makes effects when somebody reads them.
    """

    def effect(self, number: int) -> Effect:
        """
        The effect with this number.
        """

    def called(self, first: int, last: int) -> Sequence[str] | None:
        """
        The functions that are called in the effects with these numbers, if all of them are calls; else None.
        """


def stamped(effect: E, **attributes: Value) -> E:
    """
    An effect with these attributes. It is frozen for all who see it; but whoever adds one gives it away, so
    that what is known only then can be written into it.
    """
    for name, value in attributes.items():
        _write(effect, name, value)
    return effect


class Working:
    """
    A driver at work; made by :meth:`Effects.working` and used in a ``with``.
    """

    __slots__ = ("_before", "_effects", "_now")

    def __init__(self, effects: Effects, transaction: int | None, driver: str | None) -> None:
        self._effects = effects
        self._now = transaction, driver

    def __enter__(self) -> None:
        effects = self._effects
        self._before = effects.transaction, effects.driver
        effects.work_on(*self._now)

    def __exit__(self, *raised: object) -> None:
        self._effects.work_on(*self._before)


class Effects(Sequence[Effect]):
    """
    The one ordered list of what happened.

    A listener hears of each effect at once, so a terminal can show a slow script at work.
    """

    def __init__(self, listener: Callable[[Effect], None] | None = None) -> None:
        self._all: list[Any] = []
        self._unmade: int | None = None
        """The place of the first in the list that is to be made yet."""
        self._held: tuple[Making, int, int] | None = None
        self._listener = listener
        self.transaction: int | None = None
        """Number of the transaction that drivers work on; effects get it as they come."""
        self.driver: str | None = None
        """Label of the driver at work; likewise."""
        self.mark: Callable[[Effect], Effect] = lambda effect: effect
        """Says of effects where they come from, as they come."""

    def add(self, effect: Effect) -> None:
        """
        Append an effect and tell the listener. Whoever adds it does not keep it.
        """
        if self._held is not None:
            self.tell_held()
        if self.transaction is not None:
            _write(effect, "transaction", self.transaction)
        if self.driver is not None:
            _write(effect, "driver", self.driver)
        if effect.marked:
            effect = self.mark(effect)
        self._all.append(effect)
        if self._listener is not None:
            self._listener(effect)

    def add_later(self, making: Making, first: int, last: int) -> None:
        """
        Append effects by their numbers, which are made when somebody reads them: at once, if there is a
        listener. None of them is marked.
        """
        held = self._held
        if held is not None:
            self._held = None
            if held[0] is making and held[2] + 1 == first:
                first = held[1]
            else:
                self.add_later(*held)
        if self._listener is not None:
            for number in range(first, last + 1):
                self.add(making.effect(number))
            return
        if self._unmade is None:
            self._unmade = len(self._all)
        self._all.append((making, first, last, self.transaction, self.driver))

    def hold(self, making: Making, first: int, last: int) -> None:
        """
        Next come these, if what is tried now succeeds. They are added before anything else is, and before
        anybody reads the list; until then :meth:`drop_held` forgets them.
        """
        if self._held is not None:
            self.tell_held()
        self._held = making, first, last

    def tell_held(self) -> None:
        """
        Add what is held.
        """
        held, self._held = self._held, None
        if held is not None:
            self.add_later(*held)

    def drop_held(self) -> None:
        """
        Forget what is held.
        """
        self._held = None

    def take(self) -> list[Effect]:
        """
        The effects so far, which are forgotten: a session that goes on for days would keep too many.
        """
        taken = self._now[:]
        # The list itself is shared with those who add to it.
        self._all.clear()
        return taken

    def take_uncounted(self, count: Callable[[str | None, str], None]) -> list[Effect]:
        """
        The same without calls, of which only driver and function are told to ``count``: nobody has to make
        them for that.
        """
        self.tell_held()
        listed, self._unmade = self._all[:], None
        self._all.clear()
        taken: list[Effect] = []
        for each in listed:
            called = each[0].called(each[1], each[2]) if type(each) is tuple else None
            if called is not None:
                for function in called:
                    count(each[4], function)
                continue
            for effect in _made(each):
                if type(effect) is Call:
                    count(effect.driver, effect.function)
                else:
                    taken.append(effect)
        return taken

    def working(self, *, transaction: int | None = None, driver: str | None = None) -> Working:
        """
        While this driver works, on this transaction if there is one, effects say so.
        """
        return Working(self, transaction, driver)

    def work_on(self, transaction: int | None, driver: str | None) -> None:
        """
        From now on this driver works, on this transaction.
        """
        if self._held is not None:
            self.tell_held()
        self.transaction, self.driver = transaction, driver

    def of(self, kind: type[E]) -> list[E]:
        """
        The effects of one kind, in order.
        """
        return [effect for effect in self._now if isinstance(effect, kind)]

    @property
    def failures(self) -> list[Failure]:
        """
        Every failure of the script.
        """
        return [log.failure for log in self.of(Log) if log.failure is not None]

    @property
    def failed(self) -> bool:
        """
        Whether the script failed, or would have killed Dovecot's process.
        """
        return bool(self.failures or self.of(ProcessKilled))

    @property
    def _now(self) -> list[Effect]:
        self.tell_held()
        if self._unmade is not None:
            self._make(self._unmade)
        return self._all

    def _make(self, first: int) -> None:
        """
        Make what is to be made, from this place on.
        """
        self._unmade = None
        self._all[first:] = [effect for each in self._all[first:] for effect in _made(each)]

    @overload
    def __getitem__(self, index: int) -> Effect: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Effect]: ...
    def __getitem__(self, index: int | slice) -> Effect | Sequence[Effect]:
        return self._now[index]

    def __len__(self) -> int:
        return len(self._now)

    def __iter__(self) -> Iterator[Effect]:
        return iter(self._now)

    def __repr__(self) -> str:
        return f"Effects({self._now!r})"


def _made(listed: Any) -> Iterator[Effect]:
    """
    What stands in the list at one place: an effect, or those that are to be made.
    """
    if type(listed) is not tuple:
        yield listed
        return
    making, first, last, transaction, driver = listed
    for effect in map(making.effect, range(first, last + 1)):
        _write(effect, "transaction", transaction)
        if driver is not None:
            _write(effect, "driver", driver)
        yield effect
