"""
``luahost replay``: finished transactions run once more.
"""

from __future__ import annotations

import functools
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from luahost.cli.command import parser
from luahost.cli.spool_arguments import moment
from luahost.server.spool import Spool, State
from tests.cli.on_spool import OnSpool


@pytest.fixture
def replay(on_spool: OnSpool) -> OnSpool:
    """
    Runs the verb; answers its lines.
    """
    return functools.partial(on_spool, "replay")


def waiting(spool: Spool) -> set[str]:
    """
    The ids of those that wait for their first attempt.
    """
    return {one.id for one in spool.transactions(states=[State.QUEUED])}


def test_since(replay: OnSpool, spool: Spool, ids: dict[State, str]) -> None:
    """
    What came to its end since then runs once more, whatever became of it, and what was answered is forgotten.
    """
    assert replay("--since", "1h", "--until", "30m") == ["0 replayed"]
    assert replay("--since", "1h") == ["2 replayed"]

    assert waiting(spool) == {ids[State.QUEUED], ids[State.DONE], ids[State.DEAD]}
    details = spool.show(ids[State.DEAD])
    assert details is not None
    assert details.answers == {}


def test_some_of_them(replay: OnSpool, spool: Spool, ids: dict[State, str]) -> None:
    """
    By state, by user, or by name; those that cannot be replayed are told.
    """
    assert replay("--since", "1h", "--user", "nobody") == ["0 replayed"]
    assert replay("--since", "1h", "--state", "expired") == ["0 replayed"]
    assert replay("--since", "1h", "--state", "dead") == ["1 replayed"]
    assert replay(ids[State.DONE], ids[State.RUNNING], "7-none", code=1) == [
        "1 replayed",
        f"luahost: transaction {ids[State.RUNNING]} is running, and runs anyhow",
        "luahost: there is no transaction 7-none",
    ]


def test_dry_run(replay: OnSpool, spool: Spool, ids: dict[State, str]) -> None:
    """
    They are shown, and nothing is done.
    """
    head, *lines, last = replay("--since", "1h", "--dry-run")

    assert head.split()[:2] == ["ID", "STATE"]
    assert [line.split()[:2] for line in lines] == [[ids[State.DEAD], "dead"], [ids[State.DONE], "done"]]
    assert last == "2 to be replayed"
    assert waiting(spool) == {ids[State.QUEUED]}


def test_new_ids(replay: OnSpool, spool: Spool, ids: dict[State, str]) -> None:
    """
    With new ids it says which is which now.
    """
    line, last = replay(ids[State.DONE], "--new-id")

    before, now = line.split(" is ")
    assert (before, last) == (ids[State.DONE], "1 replayed")
    assert now in waiting(spool)
    assert now != before


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "name the transactions to be replayed, or choose them with --since"),
        (["--state", "dead"], "name the transactions to be replayed, or choose them with --since"),
        (["1-x", "--since", "1h"], "not both"),
        (["--since", "1h", "--until", "2h"], "--until is not after --since"),
    ],
)
def test_wrong_usage(replay: OnSpool, spool: Spool, words: list[str], complaint: str) -> None:
    """
    What cannot be meant is said.
    """
    assert complaint in replay(*words, code=2)[0]


def test_times() -> None:
    """
    A time is an age, or one of ISO 8601; without a zone it is UTC, as in the log.
    """
    now = time.time()
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    abroad = noon.astimezone(timezone(timedelta(hours=2)))

    assert moment("30m")(now) == now - 1800
    for written in ("2026-11-22T12:00:00Z", "2026-11-22T12:00:00", "2026-11-22 12:00", abroad.isoformat()):
        assert moment(written)(now) == noon.timestamp()


@pytest.mark.parametrize("word", ["yesterday", "1w", "2026-13-01"])
def test_no_time(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Anything else is refused.
    """
    with pytest.raises(SystemExit) as ended:
        parser("replay").parse_args(["replay", "--since", word])

    assert ended.value.code == 2
    assert f"{word!r} is neither an age, such as 30m or 2h, nor a time" in capsys.readouterr().err
