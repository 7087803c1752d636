"""
The one list of what happened: its order, its listeners, and effects that are made when somebody reads them.
"""

from __future__ import annotations

from luahost.effects import Call, Effect, Effects, Failure, Http, Log, Print


def test_order() -> None:
    """
    Effects stay in the order in which they came.
    """
    effects = Effects()
    for text in ("one", "two", "three"):
        effects.add(Print(text=text))

    assert [effect.text for effect in effects.of(Print)] == ["one", "two", "three"]
    assert len(effects) == 3
    assert effects[0] == Print(text="one")
    assert list(effects[1:]) == [Print(text="two"), Print(text="three")]


def test_of() -> None:
    """
    One kind of effect can be had without the others.
    """
    effects = Effects()
    effects.add(Print(text="a"))
    effects.add(Log(level="info", text="b"))

    assert effects.of(Log) == [Log(level="info", text="b")]
    assert effects.of(Http) == []
    assert effects.of(Effect) == list(effects)


def test_transaction_number() -> None:
    """
    An effect carries the number of the transaction that is at work.
    """
    effects = Effects()
    effects.add(Print(text="before"))
    effects.transaction = 3
    effects.add(Print(text="within"))
    effects.transaction = None
    effects.add(Print(text="after"))

    assert [effect.transaction for effect in effects] == [None, 3, None]


def test_listener() -> None:
    """
    A listener hears of each effect at once, in the form in which the list has it.
    """
    heard: list[Effect] = []
    effects = Effects(heard.append)
    effects.transaction = 1
    effects.add(Print(text="a"))

    assert heard == [Print(text="a", transaction=1)]
    effects.add(Print(text="b"))
    assert heard == list(effects)


def test_failures() -> None:
    """
    Failures are found in the log lines that tell of them.
    """
    effects = Effects()
    failure = Failure(function="script_init", message="boom")
    effects.add(Log(level="error", text="an ordinary error"))
    effects.add(Log(level="error", text="lua: boom", source="driver", failure=failure))

    assert effects.failures == [failure]


class Ready:
    """
    Effects that are made already.
    """

    def __init__(self, *effects: Effect) -> None:
        self.held = self, 0, len(effects) - 1
        self._effects = effects

    def effect(self, number: int) -> Effect:
        """
        The effect with this number, from 0.
        """
        return self._effects[number]

    def called(self, first: int, last: int) -> list[str] | None:
        """
        The functions, if all of them are calls.
        """
        some = [each for each in self._effects[first : last + 1] if isinstance(each, Call)]
        return [call.function for call in some] if len(some) == last + 1 - first else None


def test_calls_are_counted() -> None:
    """
    Whoever wants calls counted gets everything else, in order, be calls made already or not.
    """
    effects = Effects()
    begin, handler, end = (Call(function=name) for name in ("begin", "handler", "end"))
    effects.work_on(1, "first")
    effects.add_later(*Ready(begin, handler).held)
    effects.add(Print(text="a"))
    effects.add(end)
    effects.add_later(*Ready(Print(text="b"), handler).held)
    effects.hold(*Ready(begin).held)
    counted: list[tuple[str | None, str]] = []

    taken = effects.take_uncounted(lambda driver, function: counted.append((driver, function)))

    assert [each.text for each in taken if isinstance(each, Print)] == ["a", "b"]
    assert [(each.transaction, each.driver) for each in taken] == [(1, "first")] * 2
    names = ("begin", "handler", "end", "handler", "begin")
    assert counted == [("first", name) for name in names]
    assert not effects
    assert effects.take_uncounted(lambda driver, function: None) == []


def test_held() -> None:
    """
    What is held comes before anything else that is added, and nobody can read the list without it.
    """
    effects = Effects()
    effects.hold(*Ready(Print(text="a"), Print(text="b")).held)
    effects.add(Print(text="c"))
    effects.hold(*Ready(Print(text="d")).held)

    assert [effect.text for effect in effects.of(Print)] == ["a", "b", "c", "d"]
    effects.hold(*Ready(Print(text="e")).held)
    assert effects.take()[-1] == Print(text="e")


class Counting:
    """
    Makes effects, and notes which.
    """

    def __init__(self) -> None:
        self.made: list[int] = []

    def effect(self, number: int) -> Effect:
        """
        One that says its number.
        """
        self.made.append(number)
        return Print(text=str(number))

    def called(self, first: int, last: int) -> None:
        """
        None of them is a call.
        """


def test_made_when_read() -> None:
    """
    What is to be made later is made once, when somebody reads, in its place and for the transaction in which
    it came.
    """
    effects, making = Effects(), Counting()
    with effects.working(transaction=1, driver="a"):
        effects.hold(making, 1, 1)
        effects.add_later(making, 2, 3)
    effects.add(Print(text="between"))
    effects.add_later(making, 9, 9)
    assert making.made == []

    assert [effect.text for effect in effects.of(Print)] == ["1", "2", "3", "between", "9"]
    assert [effect.transaction for effect in effects] == [1, 1, 1, None, None]
    effects.add_later(making, 10, 10)
    assert len(effects) == 6
    assert making.made == [1, 2, 3, 9, 10]


def test_made_at_once_for_a_listener() -> None:
    """
    A listener hears of each as it comes, though nobody reads the list.
    """
    heard: list[Effect] = []
    effects = Effects(heard.append)
    effects.add_later(Counting(), 1, 2)

    assert heard == [Print(text="1"), Print(text="2")]


def test_held_and_dropped() -> None:
    """
    What was held and is dropped is never heard of.
    """
    heard: list[Effect] = []
    effects = Effects(heard.append)
    effects.hold(*Ready(Print(text="a")).held)
    effects.drop_held()
    effects.add(Print(text="b"))

    assert heard == list(effects) == [Print(text="b")]


def test_held_belongs_to_what_was_at_work() -> None:
    """
    What is held belongs to the transaction in which it was, not to the next.
    """
    effects = Effects()
    with effects.working(transaction=1, driver="a"):
        effects.hold(*Ready(Print(text="one")).held)
    with effects.working(transaction=2):
        effects.add(Print(text="two"))
        effects.hold(*Ready(Print(text="three")).held)
        with effects.working(transaction=3):
            effects.add(Print(text="four"))

    assert [(effect.transaction, effect.driver) for effect in effects] == [
        (1, "a"),
        (2, None),
        (2, None),
        (3, None),
    ]
