"""
The results as people read them: the terminal's lines, ``benchmarks/results/results.md`` with everything, and
``docs/performance.md`` with what was asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.ledger import Results
from benchmarks.targets import TARGETS

Json = dict[str, Any]

HEAD = """\
# How fast luahost is

This page is made by `make bench`: change `benchmarks/`, not the page. Everything is measured on Lua 5.4 with
the whole sandbox on, through the public API. What is compared takes turns in one run, ratios are taken round
by round, and what stands here is their median, with the quartiles. Ratios travel from machine to machine;
times do not.

All figures are in [`benchmarks/results/results.md`](../benchmarks/results/results.md), with machine and
versions.
"""

BARE = """\
A bare sandbox (`benchmarks/bare.py`) is the least that a script takes from Python: fields are taken off
events and cross in one call, and the script's functions are called under a hook that counts. It knows nothing
of Dovecot, limits nothing but instructions and memory, and tells nobody what happened. For sessions it is a
state of lupa's that has loaded the script and nothing else; for `luahost run` Python that has imported
argparse and lupa.
"""

MEASURING = """\
## Measuring it yourself

`make bench` builds what it compares with (a host in C on Debian's Lua 5.4, which does for each event what
Dovecot's driver does), starts a Dovecot of its own, and says what is missing if something is. `make bench
ARGS=startup` measures one part; there are {parts}. `ARGS="--rounds 21 events"` takes more rounds, `--seconds`
makes them longer. A part that is measured again replaces its own figures here.

`make guard` needs no quiet machine: it counts the instructions of a transaction, of a flag event and of a
session, and fails where one takes a tenth more than [`counts.json`](../benchmarks/guard/counts.json) has. CI
runs it.
"""


def line(found: Json) -> str:
    """
    A figure, a series or what is missing, for the terminal.
    """
    if "missing" in found:
        return f"  {found['missing']}"
    if "points" in found:
        points = "  ".join(f"{point['at']:,}: {number(point['median'])}" for point in found["points"])
        return f"  {found['name']}, {found['unit']} over {found['over']}: {points}"
    verdict = ""
    if "target" in found:
        verdict = f"   asked: {TARGETS[found['target']].asked}: {'yes' if found['met'] else 'NO'}"
    return f"  {found['name']:72} {shown(found)}{verdict}"


def shown(found: Json) -> str:
    """
    A figure's median and quartiles, with its unit.
    """
    numbers = f"{number(found['median'])} {found['unit']}"
    if found["low"] == found["high"]:
        return numbers
    return f"{numbers} ({number(found['low'])}–{number(found['high'])})"


def number(value: float) -> str:
    """
    A number with as many digits as mean something.
    """
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def performance_page(results: Results, parts: Sequence[str]) -> str:
    """
    ``docs/performance.md``.
    """
    listed = ", ".join(f"`{part}`" for part in parts)
    blocks = [
        HEAD,
        "## What was asked\n",
        *_targets(results),
        *_growth(results),
        MEASURING.format(parts=listed),
    ]
    return "\n".join(blocks)


def _targets(results: Results) -> Iterator[str]:
    yield "| | asked | seen | a bare sandbox | |"
    yield "| --- | --- | --- | --- | --- |"
    seen, least = _by(results, "target"), _by(results, "least_of")
    missed: dict[str, list[str]] = {}
    for key, target in TARGETS.items():
        found = seen.get(key)
        if found is None:
            yield f"| {target.words} | {target.asked} | not measured | | |"
            continue
        met = target.met(found["median"])
        floor = shown(least[key]) if key in least else ""
        verdict = "met" if met else "**missed**"
        yield f"| {target.words} | {target.asked} | {shown(found)} | {floor} | {verdict} |"
        if not met and target.reason:
            missed.setdefault(target.reason, []).append(target.words)
    yield ""
    yield BARE
    if missed:
        yield "## Why what is missed is missed\n"
        for reason, words in missed.items():
            together = "; ".join(words)
            yield f"- {together[0].upper()}{together[1:]}: {reason}"
        yield ""


def _by(results: Results, key: str) -> dict[str, Json]:
    return {found[key]: found for part in results.values() for found in part["found"] if key in found}


def _growth(results: Results) -> Iterator[str]:
    series = [found for part in results.values() for found in part["found"] if "points" in found]
    if not series:
        return
    yield "## Growth\n"
    yield "![growth](../benchmarks/results/growth.svg)\n"
    for found in series:
        yield f"{found['name']}, {found['unit']}, over {found['over']}:\n"
        yield "| " + " | ".join(f"{point['at']:,}" for point in found["points"]) + " |"
        yield "| " + " | ".join("---:" for _ in found["points"]) + " |"
        yield "| " + " | ".join(number(point["median"]) for point in found["points"]) + " |\n"


def results_page(results: Results) -> str:
    """
    ``benchmarks/results/results.md``.
    """
    lines = ["# Results of `make bench`", "", "Made by `make bench`; medians, and quartiles in brackets.", ""]
    for part, measured in results.items():
        lines += [f"## {part}", "", f"Measured {measured['when']}, {measured['rounds']} rounds, in"]
        lines[-1] += f" {measured['took_seconds']:.0f} s, at commit {measured['commit']}."
        if not measured.get("complete", True):
            lines[-1] += " It was interrupted: figures are missing."
        machine = ", ".join(f"{name} {value}" for name, value in measured["machine"].items())
        lines += ["", f"{machine}.", ""]
        figures = [found for found in measured["found"] if "median" in found]
        if figures:
            lines += ["| | | asked |", "| --- | ---: | --- |"]
        for found in figures:
            asked = TARGETS[found["target"]].asked if "target" in found else ""
            lines.append(f"| {found['name']} | {shown(found)} | {asked} |")
        lines += [
            *([""] if figures else []),
            *(_line(found) for found in measured["found"] if "median" not in found),
        ]
    return "\n".join(lines).rstrip() + "\n"


def _line(found: Json) -> str:
    return line(found).strip() + "\n"
