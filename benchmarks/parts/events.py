"""
What an event costs: pure Lua, the host in C and luahost's engine, on the same script and the same mail.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bare import bare_json, bare_objects
from benchmarks.build import MissingError
from benchmarks.engine import of_json, of_objects
from benchmarks.figures import Figure, Found, Missing
from benchmarks.hosts.process import HostProcess, c_host, c_program, floor
from benchmarks.measure import IDLE_C_HOST, Options, Round, Spread, in_turns
from benchmarks.naive import naive_lupa
from benchmarks.scripts import HANDLER, JSON
from benchmarks.workload import (
    EVENTS,
    FLAG_EVENTS,
    TRANSACTIONS,
    as_dict,
    flags_set,
    messages,
    recording,
    write,
)
from luahost import Event, Host
from luahost.runtime import NO_LIMITS

ONES = 500
"""Transactions of one event."""

Taken = dict[str, list[float]]


def found(options: Options) -> Found:
    """
    Messages with and without lists, flags, and what the sandbox adds.
    """
    with tempfile.TemporaryDirectory(prefix="luahost-bench-") as name:
        folder = Path(name)
        for form in ("scalars", "lists"):
            yield from _messages(options, folder, form)
        yield from _flags(options, folder)
        yield from _sandbox(options)


def _messages(options: Options, folder: Path, form: str) -> Found:
    lists = form == "lists"
    tens = messages(events=EVENTS, lists=lists)
    ones = messages(events=1, lists=lists, transactions=ONES)
    host = Host(HANDLER)
    words = "17 fields" if lists else "15 scalar fields"
    contenders: dict[str, Round] = {
        "objects": of_objects(host, tens),
        "one": of_objects(host, ones),
        "json one": of_json(host, recording(ones, lists=lists)),
        "bare": bare_objects(form, tens),
        "bare json one": bare_json(form, recording(ones, lists=lists)),
    }
    json_ten = of_json(host, recording(tens, lists=lists))
    contenders["json"] = lambda: json_ten() / EVENTS
    bare_json_ten = bare_json(form, recording(tens, lists=lists))
    contenders["bare json"] = lambda: bare_json_ten() / EVENTS
    contenders["naive"] = naive_lupa([[as_dict(event, form) for event in events] for events in tens])
    taken, missing = _taken(options, contenders, folder, form, tens, TRANSACTIONS * EVENTS)
    yield from missing
    yield from _times(taken, f"message_new, {words}")
    objects = taken["objects"]
    if "c" in taken:
        yield _ratio(f"{words}: C host to pure Lua", taken["c"], taken["floor"])
        yield _ratio(
            f"{words}: Event objects to C host", objects, taken["c"], "" if lists else "event objects"
        )
        yield _ratio(
            f"{words}: JSON bytes to C host", taken["json"], taken["c"], "" if lists else "event bytes"
        )
        yield _ratio(f"{words}: naive lupa to C host", taken["naive"], taken["c"])
        yield _ratio(f"{words}: one event a transaction to C host's ten", taken["one"], taken["c"])
        for name, key in (("bare", "event objects"), ("bare json", "event bytes")):
            called = f"{words}: {_CALLED[name]} to C host"
            yield _ratio(called, taken[name], taken["c"], least_of="" if lists else key)
    yield _ratio(
        f"{words}: Event objects to naive lupa", objects, taken["naive"], "event lists" if lists else ""
    )
    yield _ratio(
        f"{words}: {_CALLED['bare']} to naive lupa",
        taken["bare"],
        taken["naive"],
        least_of="event lists" if lists else "",
    )
    if not lists and "c" in taken:
        scaled = Spread.ratio(taken["json one"], taken["c"]).times(IDLE_C_HOST * 1e6)
        called = f"{words}: JSON to end_txn, one event, as where the C host takes 1.24 µs"
        yield Figure(called, scaled, "µs", "json time")
        least = Spread.ratio(taken["bare json one"], taken["c"]).times(IDLE_C_HOST * 1e6)
        yield Figure(f"{words}: {_CALLED['bare json one']}, there", least, "µs", least_of="json time")


def _flags(options: Options, folder: Path) -> Found:
    flags = flags_set()
    contenders = {"objects": of_objects(Host(HANDLER), flags), "bare": bare_objects("flags", flags)}
    taken, missing = _taken(options, contenders, folder, "flags", flags, FLAG_EVENTS)
    yield from missing
    yield from _times(taken, f"flags_set, {FLAG_EVENTS:,} in a transaction")
    if "floor" in taken:
        yield _ratio("flags_set: Event objects to pure Lua", taken["objects"], taken["floor"], "flags floor")
        called = f"flags_set: {_CALLED['bare']} to pure Lua"
        yield _ratio(called, taken["bare"], taken["floor"], least_of="flags floor")
    if "c" in taken:
        yield _ratio("flags_set: Event objects to C host", taken["objects"], taken["c"])


def _sandbox(options: Options) -> Found:
    for script, what, keys in ((HANDLER, "", ("one", "ten")), (JSON, ", a script that makes JSON", ("", ""))):
        for events, key in zip((1, EVENTS), keys, strict=True):
            mail = messages(events=events, lists=True)
            taken = in_turns(
                {
                    "limited": of_objects(Host(script), mail),
                    "free": of_objects(Host(script, limits=NO_LIMITS), mail),
                },
                options.rounds * 2,
            )
            words = (
                f"the whole sandbox to none, {events} event{'s' if events > 1 else ''} a transaction{what}"
            )
            yield _ratio(words, taken["limited"], taken["free"], key and f"sandbox {key}")


def _taken(
    options: Options,
    contenders: dict[str, Round],
    folder: Path,
    form: str,
    transactions: Sequence[Sequence[Event]],
    each: int,
) -> tuple[Taken, list[Missing]]:
    """
    What each took, for one event; with the hosts in other languages that can be started, and why others
    cannot.
    """
    workload = folder / form
    write(workload, form, transactions)
    missing = []
    with contextlib.ExitStack() as stack:
        for name in ("floor", "c"):
            try:
                host: HostProcess = (
                    floor(workload) if name == "floor" else c_host(workload, c_program(folder))
                )
            except MissingError as error:
                missing.append(Missing(str(error)))
                continue
            contenders = {name: stack.enter_context(host).round(options.seconds, each), **contenders}
        return in_turns(contenders, options.rounds), missing


_CALLED = {
    "floor": "pure Lua",
    "c": "C host",
    "objects": "luahost from Event objects",
    "one": "luahost from Event objects, one a transaction",
    "json": "luahost from JSON",
    "json one": "luahost from JSON, one a transaction",
    "bare": "bare sandbox from Event objects",
    "bare json": "bare sandbox from JSON",
    "bare json one": "bare sandbox from JSON, one a transaction",
    "naive": "naive lupa",
}


def _times(taken: Taken, words: str) -> Found:
    for name, seconds in taken.items():
        yield Figure(f"{words}: {_CALLED[name]}", Spread.of(seconds).times(1e6), "µs")


def _ratio(name: str, of: list[float], to: list[float], target: str = "", *, least_of: str = "") -> Figure:
    return Figure(name, Spread.ratio(of, to), "x", target, least_of)
