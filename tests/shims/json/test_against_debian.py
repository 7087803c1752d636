"""
The JSON modules that Debian packages, asked the same as luahost's.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from luahost.runtime import LUA_VERSIONS
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


@pytest.mark.parametrize("lua", LUA_VERSIONS)
@pytest.mark.parametrize(("module", "cases"), MODULES.items())
def test_every_lua_version_runs_them(module: str, cases: str, lua: str, tmp_path: Path) -> None:
    """
    Whether a call succeeds does not depend on the Lua version, and no error is luahost's own.
    """
    answers = oracle.ours(module, cases, oracle.HERE, tmp_path, lua)

    assert not [answer for answer in answers if "luahost/lua" in answer]
    assert verdicts(answers) == verdicts(oracle.ours(module, cases, oracle.HERE, tmp_path))


def without(places: set[int], answers: list[str]) -> list[str]:
    """
    The other lines.
    """
    return [answer for index, answer in enumerate(answers) if index not in places]


def verdicts(answers: list[str]) -> list[str]:
    """
    Each line up to what was given: ``decode [1]: gives``. Cases about fractions for integers are left
    out, as Lua itself changed its mind on those.
    """
    found = [
        re.match(r"(.*?: (?:gives|fails))( |$)", answer) for answer in answers if "fraction" not in answer
    ]
    assert all(found)
    return [match[1] for match in found if match]
