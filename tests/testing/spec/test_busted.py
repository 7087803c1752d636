"""
Specs under luahost and under the real busted.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from luahost.testing import Outcome
from luahost.testing.spec import load
from tests.debian import needs

WORDS = Path(__file__).with_name("words.lua")

Said = list[tuple[str, str]]
"""Results and messages of a test: there can be several."""

RESULTS = {"failure": "failed", "error": "error", "skipped": "pending"}


def without_addresses(text: str) -> str:
    """
    Where a table lies in memory is different each time.
    """
    return re.sub("0x[0-9a-f]+", "0x", text)


def of_busted(folder: Path) -> dict[str, Said]:
    """
    What busted makes of the file, on the Lua that luahost takes, whichever Debian would.
    """
    ran = subprocess.run(
        ["busted", "--lua=lua5.4", "-o", "junit", "push_spec.lua"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    root = ElementTree.fromstring(ran.stdout[ran.stdout.index("<testsuites") :])
    found = {}
    for case in root.iter("testcase"):
        found[case.get("name", "")] = [
            (RESULTS[one.tag], told(one.text or "")) for one in case if one.tag in RESULTS
        ]
    return found


def told(text: str) -> str:
    """
    A message of busted's without the place in front of it and the stack behind it.
    """
    text = text.partition("\nstack traceback:")[0].strip()
    return without_addresses(re.sub(r"\A\S*\.lua:\d+: ", "", text))


def of_luahost(outcome: Outcome) -> list[str]:
    """
    What luahost says, problem by problem, with the source lines behind the message.
    """
    if outcome.result == "pending":
        return [outcome.reason]
    return [
        without_addresses(f"{problem.message}\n{problem.detail}").removeprefix("finally: ")
        for problem in outcome.problems
    ]


@needs("lua-busted", "lua5.4")
def test_specs_that_need_no_luahost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The same tests pass as under busted, and of the others the same is said.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "push.lua").write_text("")
    (tmp_path / "push_spec.lua").write_text(WORDS.read_text("utf-8"))
    theirs = of_busted(tmp_path)
    ours = [case.run() for case in load("push_spec.lua")]

    assert [outcome.name for outcome in ours] == list(theirs)
    different = []
    for outcome in ours:
        expected = theirs[outcome.name]
        said = of_luahost(outcome)
        results = {result for result, _ in expected}
        worst = next((one for one in ("failed", "error", "pending") if one in results), "passed")
        same_words = len(said) == len(expected) and all(
            mine.startswith(words) for mine, (_, words) in zip(said, expected, strict=True)
        )
        if not (outcome.result == worst and same_words):
            different.append((outcome.name, outcome.result, said, expected))
    assert different == []
