"""
Time under the test's control, at every place where a script can ask for it.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from luahost import Host, MessageNew
from luahost.effects import Print
from luahost.errors import UsageError
from luahost.testing import Endpoint, ManualClock
from tests.conftest import WriteScript

NOON = 1577880000
"""2020-01-01 12:00 UTC."""

WRAPPED = """
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_event_message_new(user) {body} end
function dovecot_lua_notify_end_txn() end
"""

LOOKS = """
local socket = require("socket")
local function look()
  local now = dovecot.gettimeofday()
  print(os.time(), os.date("!%H:%M:%S"), socket.gettime(), os.clock(), now.tv_sec, user.session_create_time)
end
look()
socket.sleep(3600)
look()
"""


def printed(path: str, **options: object) -> list[str]:
    """
    What the script prints at a message.
    """
    with Host(path, dialect="2.4", **options).session("bob") as session:  # type: ignore[arg-type]
        session.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=1))
    return [effect.text.rstrip("\n") for effect in session.effects.of(Print)]


@pytest.mark.parametrize("isolated", [False, True])
def test_a_script_sees_the_clock_that_the_host_was_given(script: WriteScript, isolated: bool) -> None:
    """
    Wall clock, dates and Dovecot's times all come from it, and an hour's sleep takes no time.
    """
    clock = ManualClock()
    clock.advance(0, cpu=1.5)

    lines = printed(script(WRAPPED.format(body=LOOKS)), clock=clock, isolate=isolated)

    first = f"{NOON}\t12:00:00\t{NOON}.0\t1.5\t{NOON}\t{NOON}.0"
    second = f"{NOON + 3600}\t13:00:00\t{NOON + 3600}.0\t1.5\t{NOON + 3600}\t{NOON}.0"
    assert lines == [first, second]
    assert (clock.monotonic(), clock.waited) == (3600, 3600)


@pytest.mark.parametrize("clock", ["os.time", "os.clock", 'require("socket").gettime'])
def test_a_script_that_waits_by_looking_at_the_clock(script: WriteScript, clock: str) -> None:
    """
    Time passes for it, though nobody else waits.
    """
    manual = ManualClock()

    lines = printed(
        script(
            WRAPPED.format(body=f"local stop = {clock}() + 2 while {clock}() < stop do end print('over')")
        ),
        clock=manual,
    )

    assert lines == ["over"]
    assert manual.waited == pytest.approx(2, abs=0.01)


def test_times_of_the_calendar_are_lua_s_own(script: WriteScript, lua: str) -> None:
    """
    ``os.time`` of a table and ``os.date`` of a time do what they do without a clock, errors included.
    """
    body = """
    print(os.date("!%Y", 86400), os.date(nil, 0), os.date("!*t", 5).sec, os.date(5, 0))
    print(os.time({ year = 2020, month = 1, day = 2 }))
    for _, call in pairs({
      function() os.time({ year = 2020 }) end, function() os.time(5) end, function() os.date(false) end,
      function() os.date("%c", "x") end, function() os.date({}) end,
    }) do
      print(select(2, pcall(call)))
    end
    """
    path = script(WRAPPED.format(body=body))
    options = {"lua": lua, "trusted": True}

    assert printed(path, clock=ManualClock(), **options) == printed(path, **options)


def test_a_clock_starts_at_a_moment() -> None:
    """
    The start is given in seconds or as a date with a time zone; time does not go back.
    """
    assert ManualClock(12.5).time() == 12.5
    assert ManualClock(datetime(2020, 1, 1, 12, tzinfo=UTC)).time() == NOON
    late = ManualClock()
    late.advance(5)
    assert (late.monotonic(), late.waited) == (5, 0)
    with pytest.raises(ValueError, match="time zone"):
        ManualClock(datetime(2020, 1, 1))
    with pytest.raises(ValueError, match="does not go back"):
        ManualClock().advance(-1)


DRAWS = """
print(math.random(1000), math.random(5, 7), math.random() < 1)
math.randomseed(42)
print(math.random(1000000))
print(select(2, pcall(function() math.random(0, -1) end)))
"""


def test_a_seed_makes_the_same_numbers_in_every_lua(script: WriteScript, lua: str) -> None:
    """
    Draws follow from the host's seed, or from the script's own, and mistakes are told in Lua's words.
    """
    lines = printed(script(WRAPPED.format(body=DRAWS)), seed=7, lua=lua, trusted=True)

    assert lines[:2] == ["263\t6\ttrue", "908992"]
    assert lines[2].endswith("bad argument #2 to 'random' (interval is empty)")


def test_other_seeds_make_other_numbers(script: WriteScript) -> None:
    """
    Neighbouring seeds have nothing in common.
    """
    path = script(WRAPPED.format(body="print(math.random(1000000))"))

    drawn = [int(printed(path, seed=seed)[0]) for seed in range(20)]

    assert len(set(drawn)) == 20
    assert min(drawn) < 250_000 < 750_000 < max(drawn)


def test_delays_and_pauses_are_the_clock_s(script: WriteScript) -> None:
    """
    An endpoint that takes a minute costs a minute of the clock's time, and the effect says so.
    """
    endpoint = Endpoint()
    endpoint.route("GET", "http://push.example/", body="late", delay_seconds=55)
    clock = ManualClock()

    lines = printed(
        script(WRAPPED.format(body='print((require("socket.http").request("http://push.example/")))')),
        clock=clock,
        network=endpoint,
    )

    assert lines == ["late"]
    assert clock.monotonic() == 55


@pytest.mark.parametrize("seed", [1.5, "7", True, 2**53 + 1])
def test_what_is_no_seed_is_refused(seed: object) -> None:
    """
    At once, and not when a script draws.
    """
    with pytest.raises(UsageError, match="a seed is a whole number"):
        Host("push.lua", seed=seed)  # type: ignore[arg-type]
