"""
``luahost queue``: what a spool's operator sees and does.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path

import pytest

from luahost.cli.command import parser
from luahost.cli.parts import AT_ONCE
from luahost.cli.queue_output import table
from luahost.server.spool import Entry, Spool, SqliteSpool, State, Summary
from tests.cli.command_line import luahost
from tests.cli.on_spool import PAYLOAD, OnSpool


@pytest.fixture
def queue(on_spool: OnSpool) -> OnSpool:
    """
    Runs an action that ends with this exit code; answers its lines.
    """
    return functools.partial(on_spool, "queue")


def test_list(queue: OnSpool, ids: dict[State, str]) -> None:
    """
    A line for each that is not done, with what went wrong in one line and nothing for the terminal to obey.
    """
    head, *lines = queue("list")

    assert head.split() == ["ID", "STATE", "ATTEMPTS", "AGE", "USER", "REASON"]
    words = [line.split() for line in lines]
    assert [(line[0], line[1], line[2], line[4]) for line in words] == [
        (ids[State.DEAD], "dead", "1", "bob"),
        (ids[State.RETRYING], "retrying", "1", "carol"),
        (ids[State.RUNNING], "running", "1", "erin"),
        (ids[State.QUEUED], "queued", "0", "bob"),
    ]
    assert lines[0].endswith("push.lua:3: boom\\n\\x1b[2J")


def test_list_of_some(queue: OnSpool, ids: dict[State, str]) -> None:
    """
    By state, by user, the first few with a word about the rest; nothing is printed for nothing.
    """
    assert [line.split()[0] for line in queue("list", "--state", "done", "--state", "dead")] == [
        "ID",
        ids[State.DEAD],
        ids[State.DONE],
    ]
    assert len(queue("list", "--user", "bob")) == 3
    assert queue("list", "--most", "1")[2:] == [
        "luahost: there are more than these 1; --most shows them",
    ]
    assert queue("list", "--user", "nobody") == []


def test_list_in_json(queue: OnSpool, ids: dict[State, str]) -> None:
    """
    An object a line, with what is known.
    """
    dead, _, _, queued = [json.loads(line) for line in queue("list", "--json")]

    assert {name: dead[name] for name in ("id", "user", "state", "attempts", "payload_bytes", "reason")} == {
        "id": ids[State.DEAD],
        "user": "bob",
        "state": "dead",
        "attempts": 1,
        "payload_bytes": len(PAYLOAD),
        "reason": "push.lua:3: boom\n\x1b[2J",
    }
    assert set(queued) - set(dead) == {"due", "expires"}


def test_show(queue: OnSpool, ids: dict[State, str]) -> None:
    """
    One transaction is shown for people, in JSON, or word for word.
    """
    page = queue("show", ids[State.DEAD])
    found = json.loads(*queue("show", ids[State.DEAD], "--json"))

    assert page[:4] == [f"id: {ids[State.DEAD]}", "user: bob", "state: dead", "attempts: 1"]
    assert re.fullmatch(r"accepted: 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ \(\d+s ago\)", page[4])
    assert page[-2:] == ["answered: POST 1", f"transaction: {PAYLOAD.decode()}"]
    assert found["transaction"]["user"] == {"username": "bob"}
    assert found["answered"] == ["POST 1"]
    assert queue("show", ids[State.QUEUED])[-1] == "transaction: \\xff"
    assert json.loads(*queue("show", ids[State.QUEUED], "--json"))["transaction"] == {"bytes": "ff"}
    assert queue("show", "7-none", code=1) == ["luahost: there is no transaction 7-none"]


def test_show_payload(ids: dict[State, str], tmp_path: Path) -> None:
    """
    The payload comes as the very bytes that were put, as a line of a recording.
    """
    file = str(tmp_path / "spool.sqlite")

    assert luahost("queue", "show", "--spool", file, ids[State.DEAD], "--payload").stdout == PAYLOAD + b"\n"
    assert luahost("queue", "show", "--spool", file, ids[State.QUEUED], "--payload").stdout == b"\xff\n"


def test_retry(queue: OnSpool, spool: Spool, ids: dict[State, str]) -> None:
    """
    Those that are named are run again; those that cannot be are told, and do not hinder the others.
    """
    words = queue("retry", ids[State.DONE], ids[State.DEAD], "7-none", code=1)

    assert words == [
        "1 retried",
        f"luahost: transaction {ids[State.DONE]} is done, and cannot be retried",
        "luahost: there is no transaction 7-none",
    ]
    assert [one.id for one in spool.claim().result(10)] == [ids[State.DEAD]]


def test_retry_of_all(queue: OnSpool, spool: Spool, ids: dict[State, str]) -> None:
    """
    Without ids it is all of a state, or what is dead of a user.
    """
    assert queue("retry", "--user", "carol") == ["0 retried"]
    assert queue("retry", "--user", "bob") == ["1 retried"]
    assert queue("retry", "--state", "retrying", "--state", "dead") == ["1 retried"]
    assert {one.id for one in spool.claim(9).result(10)} == {ids[State.DEAD], ids[State.RETRYING]}


def test_drop(queue: OnSpool, spool: Spool, ids: dict[State, str]) -> None:
    """
    Whatever does not run can be removed, by id or by user.
    """
    assert queue("drop", ids[State.RUNNING], code=1) == [
        "0 dropped",
        f"luahost: transaction {ids[State.RUNNING]} is running, and cannot be dropped",
    ]
    assert queue("drop", "--user", "bob") == ["2 dropped"]
    assert queue("drop", ids[State.RETRYING]) == ["1 dropped"]
    assert {one.id for one in spool.transactions()} == {ids[State.DONE], ids[State.RUNNING]}


def test_one_that_is_named_twice(queue: OnSpool, spool: Spool, ids: dict[State, str]) -> None:
    """
    It is done once, and told that it cannot be done again.
    """
    dead = ids[State.DEAD]

    assert queue("retry", dead, ids[State.RETRYING], dead, code=1) == [
        "2 retried",
        f"luahost: transaction {dead} is queued, and cannot be retried",
    ]
    assert queue("drop", dead, dead, code=1) == ["1 dropped", f"luahost: there is no transaction {dead}"]


def test_more_than_are_done_at_once(queue: OnSpool, spool: Spool) -> None:
    """
    Any number can be removed while the server works, and the rest runs as if they had not been there.
    """
    spool.put([Entry(user="frank", payload=PAYLOAD) for _ in range(2 * AT_ONCE + 1)]).result(10)
    [last] = spool.put([Entry(user="grace", payload=PAYLOAD)]).result(10)

    assert queue("drop", "--user", "frank") == [f"{2 * AT_ONCE + 1} dropped"]
    assert [one.id for one in spool.claim(9).result(10)] == [last]


def test_purge(queue: OnSpool, spool: Spool, ids: dict[State, str]) -> None:
    """
    Removes what is done, or what a state says, if it is old enough.
    """
    assert queue("purge", "--older", "1h") == ["0 purged"]
    assert queue("purge") == ["1 purged"]
    assert queue("purge", "--state", "dead", "--state", "expired") == ["1 purged"]
    left = {one.id for one in spool.transactions()}
    assert left == {id for state, id in ids.items() if state not in (State.DONE, State.DEAD)}


def test_the_configured_spool(tmp_path: Path, ids: dict[State, str]) -> None:
    """
    Without --spool it is the one that luahost.yaml names, which has to name one.
    """
    configuration = tmp_path / "luahost.yaml"
    serve = "serve:\n  listen: 127.0.0.1:8025\n  spool: spool.sqlite\n"
    configuration.write_text(f"dialect: '2.3'\ndrivers:\n  - driver: dlog\n{serve}")

    listed = luahost("queue", "list", cwd=tmp_path)
    configuration.write_text("dialect: '2.3'\ndrivers:\n  - driver: dlog\n")
    unnamed = luahost("queue", "list", "-c", str(configuration))

    assert listed.stdout.count(b"\n") == 5, listed.stderr
    assert unnamed.returncode == 2
    assert b"luahost.yaml has no section serve" in unnamed.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["retry"], "name the transactions to be retried"),
        (["drop", "1-x", "--user", "bob"], "name the transactions to be dropped"),
        (["list"], "spool.sqlite: there is no spool here; luahost serve makes it"),
    ],
)
def test_wrong_usage(queue: OnSpool, tmp_path: Path, words: list[str], complaint: str) -> None:
    """
    What cannot be meant is said, with exit code 2.
    """
    if words != ["list"]:
        SqliteSpool(tmp_path / "spool.sqlite").close()

    assert complaint in queue(*words, code=2)[0]


@pytest.mark.parametrize(
    "words", [["list", "--most", "0"], ["purge", "--older", "1w"], ["purge", "--state", "running"]]
)
def test_wrong_options(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """
    Options that cannot be are refused.
    """
    with pytest.raises(SystemExit) as ended:
        parser("queue").parse_args(["queue", *words])

    assert ended.value.code == 2
    assert words[-1] in capsys.readouterr().err


@pytest.mark.parametrize(
    ("age", "shown"),
    [
        (-5, "0s"),
        (0, "0s"),
        (59, "59s"),
        (60, "1m"),
        (3725, "1h 2m"),
        (86_400 + 60, "1d 1m"),
        (90_000, "1d 1h"),
    ],
)
def test_ages(age: float, shown: str) -> None:
    """
    An age is shown in its two largest units.
    """
    one = Summary(
        id="1-a",
        user="bob",
        state=State.QUEUED,
        attempts=0,
        accepted=1000,
        changed=1000,
        due=None,
        expires=None,
        reason=None,
        payload_bytes=2,
    )

    assert f"  {shown}  " in list(table([one], 1000 + age))[1]
