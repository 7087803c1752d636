"""
Whose turn it is, against a model that looks at everything each time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from luahost.server.spool.turns import NEVER, Turns, Waiting

ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from("abc"), st.sampled_from([NEVER, 3.0, 10.0])),
        st.tuples(st.just("take"), st.integers(1, 3), st.none()),
        st.tuples(st.just("finish"), st.integers(0, 5), st.none()),
        st.tuples(st.just("again"), st.integers(0, 5), st.sampled_from([-NEVER, 0.0, 2.0, 8.0])),
        st.tuples(st.just("remove"), st.integers(1, 20), st.none()),
        st.tuples(st.just("come back"), st.integers(1, 20), st.sampled_from("abc")),
        st.tuples(st.just("pass"), st.sampled_from([1.0, 5.0]), st.none()),
    ),
    max_size=40,
)


@dataclass
class Model:
    """
    All that waits and runs, in two tables.
    """

    waiting: dict[int, Waiting] = field(default_factory=dict)
    running: dict[int, Waiting] = field(default_factory=dict)

    def firsts(self) -> list[Waiting]:
        """
        The first of each user who runs nothing.
        """
        busy = {one.user for one in self.running.values()}
        firsts: dict[str, Waiting] = {}
        for sequence in sorted(self.waiting):
            firsts.setdefault(self.waiting[sequence].user, self.waiting[sequence])
        return [one for user, one in firsts.items() if user not in busy]

    def expire(self, now: float) -> set[int]:
        """
        Forget what has expired by the time its turn came.
        """
        gone: set[int] = set()
        while late := [one.sequence for one in self.firsts() if one.expires <= now]:
            for sequence in late:
                del self.waiting[sequence]
            gone |= set(late)
        return gone

    def may_run(self, now: float) -> set[int]:
        """
        What may be given out.
        """
        return {one.sequence for one in self.firsts() if one.due <= now}


@settings(max_examples=60)
@given(ACTS)
def test_like_the_model(acts: list[tuple[str, object, object]]) -> None:
    """
    Whatever is put, ends, is tried again, is removed or comes back: given out is what may run, all of it
    in the end, and what has expired is not.
    """
    turns, model, now, last = Turns(), Model(), 0.0, 0
    for act, what, how in [*acts, ("pass", 20.0, None), ("take", 99, None)]:
        running = sorted(model.running)
        if act == "add":
            last += 1
            one = Waiting(last, str(what), expires=float(str(how)))
            model.waiting[last] = one
            turns.add(one, now=now, time=now)
        elif act == "take":
            most, kept = int(str(what)), dict(model.waiting)
            taken, expired = turns.take(most, now=now, time=now)
            late = {one.sequence for one in expired}
            found = {one.sequence for one in taken}
            # Who has enough does not look on, so not all that is late need have been found.
            gone = model.expire(now)
            assert late <= gone
            for sequence in gone - late:
                model.waiting[sequence] = kept[sequence]
            may = model.may_run(now)
            assert len(found) == len(taken) <= most
            assert found <= may
            assert len(found) == most or (found, late) == (may, gone)
            for sequence in found:
                model.running[sequence] = model.waiting.pop(sequence)
        elif act in ("finish", "again") and running:
            sequence = running[int(str(what)) % len(running)]
            one = model.running.pop(sequence)
            if act == "finish":
                turns.finished(one, now=now, time=now)
            else:
                due = now + float(str(how))
                turns.again(one, due=due, now=now, time=now)
                model.waiting[sequence] = Waiting(sequence, one.user, due, one.expires)
        elif act == "remove" and int(str(what)) in model.waiting:
            one = model.waiting.pop(int(str(what)))
            turns.remove(one.sequence, one.user, now=now, time=now)
        elif act == "come back" and int(str(what)) <= last:
            sequence = int(str(what))
            if sequence not in model.waiting and sequence not in model.running:
                model.waiting[sequence] = Waiting(
                    sequence, str(how), expires=now + 1 if sequence % 2 else NEVER
                )
                turns.add(model.waiting[sequence], now=now, time=now)
        elif act == "pass":
            now += float(str(what))
        everybody = [one.user for one in (*model.waiting.values(), *model.running.values())]
        assert turns.unfinished == len(everybody)
        assert [turns.unfinished_of(user) for user in "abc"] == [everybody.count(user) for user in "abc"]
    assert not model.firsts()


def test_behind_what_expired() -> None:
    """
    What stands behind something that expired is given out when it is due, and not before.
    """
    turns = Turns()
    turns.add(Waiting(2, "alice"), now=0, time=0)
    (second,), _ = turns.take(1, now=0, time=0)
    turns.again(second, due=8, now=0, time=0)
    turns.add(Waiting(1, "alice", expires=3), now=0, time=0)

    assert turns.next_moment() == -NEVER
    taken, expired = turns.take(1, now=5, time=5)
    assert ([one.sequence for one in taken], [one.sequence for one in expired]) == ([], [1])
    assert turns.next_moment() == 8
    assert [one.sequence for one in turns.take(1, now=8, time=8)[0]] == [2]
