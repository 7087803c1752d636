"""
The JSON modules that Debian packages, asked the same as luahost's.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.debian import needs
from tests.shims.json import generated, oracle

MODULES = {"json": "json", "cjson": "cjson", "cjson.safe": "cjson_safe", "dkjson": "dkjson"}
"""Modules and their files of cases."""

UNMATCHED = re.compile(r"fails \"unexpected character @ character: \d+ \d+:\d+ \[[\]}]\]")

debian = needs("lua5.4", "lua-json", "lua-cjson", "lua-dkjson")


@debian
@pytest.mark.parametrize(("module", "cases"), MODULES.items())
def test_answers_are_those_of_the_real_library(module: str, cases: str, tmp_path: Path) -> None:
    """
    Values, numbers, error texts and positions are the same under Lua 5.4.
    """
    ours = oracle.ours(module, cases, oracle.HERE, tmp_path)

    assert ours == oracle.real(module, cases, oracle.HERE)


@debian
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("module", MODULES)
def test_generated_values_and_texts_too(module: str, seed: int, tmp_path: Path) -> None:
    """
    Random values are written and read alike, and random faults get the same message.
    """
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "generated.lua").write_text(generated.cases(seed, 100), encoding="ascii")

    ours = oracle.ours(module, "generated", tmp_path, tmp_path)
    real = oracle.real(module, "generated", tmp_path)

    assert len(ours) == len(real) == 400
    # luajson takes any closing bracket for any other, and builds a broken table; luahost complains.
    unmatched = {index for index, answer in enumerate(ours) if UNMATCHED.search(answer)}
    assert len(unmatched) < 4
    assert without(unmatched, ours) == without(unmatched, real)


def without(places: set[int], answers: list[str]) -> list[str]:
    """
    The other lines.
    """
    return [answer for index, answer in enumerate(answers) if index not in places]
