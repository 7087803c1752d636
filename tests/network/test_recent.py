"""
Lookups of a moment ago: how long they hold, and how many.
"""

from __future__ import annotations

from luahost.network.recent import MOST_NAMES, RecentLookups


def test_an_answer_holds_for_a_moment() -> None:
    """
    For one port of one name, and not for ever.
    """
    recent = RecentLookups(seconds=60)
    recent.put("a.example", 80, ["192.0.2.1"])
    past = RecentLookups(seconds=0)
    past.put("a.example", 80, ["192.0.2.1"])

    assert recent.get("a.example", 80) == ["192.0.2.1"]
    assert recent.get("a.example", None) is None
    assert recent.get("b.example", 80) is None
    assert past.get("a.example", 80) is None


def test_names_that_are_made_up_do_not_fill_the_memory() -> None:
    """
    Old ones are forgotten; the newest is there.
    """
    recent = RecentLookups(seconds=60)
    for number in range(MOST_NAMES + 5):
        recent.put(f"{number}.example", 80, ["192.0.2.1"])
    known = [number for number in range(MOST_NAMES + 5) if recent.get(f"{number}.example", 80)]

    assert 0 < len(known) <= MOST_NAMES
    assert known[-1] == MOST_NAMES + 4
