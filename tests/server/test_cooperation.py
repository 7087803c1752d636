"""
Waiting that costs no thread.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import pytest

from luahost.server.cooperation import Crew, Errands, Event, aside, current, join_all, sleep, spawn


def test_errands_of_one_moment_go_together() -> None:
    """
    What several greenlets want in one moment is asked for in one go; each hears what came of its own, be it
    an error, and whichever thread answers.
    """
    happened: list[str] = []
    late: Future[str] = Future()

    @contextmanager
    def together() -> Iterator[None]:
        happened.append("in")
        yield
        happened.append("out")

    def asked(name: str) -> Future[str]:
        happened.append(name)
        if name == "late":
            threading.Thread(target=late.set_result, args=("answer",)).start()
            return late
        if name == "refused":
            raise KeyError(name)
        found: Future[str] = Future()
        found.set_result(f"{name}!")
        return found

    errands = Errands(together)
    found: dict[str, str] = {}

    def want(name: str) -> None:
        found[name] = errands.result(lambda: asked(name))

    def refused() -> None:
        with pytest.raises(KeyError):
            errands.result(lambda: asked("refused"))
        found["refused"] = "heard"

    greenlets: list[Any] = [spawn(want, "at once"), spawn(refused), spawn(want, "late")]
    join_all(greenlets)
    errands.close()

    assert happened == ["in", "at once", "refused", "late", "out"]
    assert found == {"at once": "at once!", "refused": "heard", "late": "answer"}


def test_an_errand_that_goes_first() -> None:
    """
    What is to come first is asked for before what was wanted earlier.
    """
    errands = Errands()
    happened: list[str] = []

    def asked(name: str) -> Future[str]:
        happened.append(name)
        found: Future[str] = Future()
        found.set_result(name)
        return found

    def both() -> None:
        errands.send(lambda: asked("done"), lambda future: None)
        errands.send(lambda: asked("answer"), lambda future: None, first=True)
        errands.result(lambda: asked("claim"))

    join_all([spawn(both)])
    errands.close()

    assert happened == ["answer", "done", "claim"]


def test_errands_have_a_pace() -> None:
    """
    What is wanted soon after others is asked for with all that comes until its time, or that of whoever
    is in a hurry; what is wanted alone does not wait.
    """
    rounds: list[list[int]] = []

    @contextmanager
    def together() -> Iterator[None]:
        rounds.append([])
        yield

    def asked(number: int) -> Future[None]:
        rounds[-1].append(number)
        future: Future[None] = Future()
        future.set_result(None)
        return future

    errands = Errands(together, pace_seconds=3600)
    heard: list[Future[None]] = []

    def want(number: int) -> None:
        errands.send(lambda: asked(number), heard.append)

    want(1)
    sleep(0)
    sleep(0)
    assert rounds == [[1]]
    for number in (2, 3):
        want(number)
        sleep(0)
        sleep(0)
    assert rounds == [[1]]
    errands.hurry()
    want(4)
    sleep(0)
    sleep(0)
    errands.close()

    assert rounds == [[1], [2, 3, 4]]
    assert len(heard) == 4

    errands = Errands(together, pace_seconds=0.01)
    errands.result(lambda: asked(5))
    errands.result(lambda: asked(6))
    errands.close()
    assert rounds[2:] == [[5], [6]]


def test_a_crew_has_no_more_than_it_needs() -> None:
    """
    Things that are done one after another are done by the same greenlet, and those that wait by others.
    """
    members: list[object] = []
    ended: list[object] = []

    def work(go_on: Event) -> None:
        members.append(current())
        go_on.wait()
        ended.append(current())

    crew = Crew(work)
    for begun in range(5):
        go_on = Event()
        crew.give(go_on)
        if begun < 3:
            # The next one comes when this one has ended.
            go_on.set()
            while len(ended) <= begun:
                sleep(0)
    while len(members) < 5:
        sleep(0)
    crew.dismiss()

    assert len(set(members)) == 2


def test_what_fails_aside_is_heard_by_who_asked(capfd: pytest.CaptureFixture[str]) -> None:
    """
    An error of a thread aside, such as a name that has no address, is raised where it was asked for, and
    nothing is printed of it.
    """

    def fail() -> None:
        raise OSError("no address")

    with pytest.raises(OSError, match="no address"):
        aside(fail, 10)

    assert capfd.readouterr() == ("", "")
