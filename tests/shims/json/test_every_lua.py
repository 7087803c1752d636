"""
The JSON modules on every Lua version, and as hostile texts and deep tables find them.
"""

from __future__ import annotations

import functools
import re
import tempfile
from pathlib import Path

import pytest

from luahost.runtime import LUA_VERSIONS, LuaState
from tests.shims.json import oracle

MODULES = {
    "json": "json",
    "cjson": "cjson",
    "cjson.safe": "cjson_safe",
    "dkjson": "dkjson",
    "JSON": "jsonlua",
    "rapidjson": "rapidjson",
}
"""Modules and their files of cases."""


@pytest.mark.parametrize("lua", LUA_VERSIONS)
@pytest.mark.parametrize(("module", "cases"), MODULES.items())
def test_every_lua_version_runs_them(module: str, cases: str, lua: str, tmp_path: Path) -> None:
    """
    Whether a call succeeds does not depend on the Lua version, and no error is luahost's own.
    """
    answers = oracle.ours(module, cases, oracle.HERE, tmp_path, lua)

    assert not [answer for answer in answers if "luahost/lua" in answer]
    assert verdicts(answers) == usual_verdicts(module, cases)


@functools.cache
def usual_verdicts(module: str, cases: str) -> list[str]:
    """
    What comes of the cases on the default Lua.
    """
    with tempfile.TemporaryDirectory() as scratch:
        return verdicts(oracle.ours(module, cases, oracle.HERE, Path(scratch)))


def hostile(module: str, function: str, lua: str, scratch: Path) -> str:
    """
    What a function of hostile.lua answers for a module.
    """
    script = scratch / "script.lua"
    script.write_text(f'answer = require "hostile"(require "{module}").{function}\n', encoding="utf-8")
    state = LuaState(lua, folders=[str(oracle.HERE)])
    state.load(str(script))
    answer = state.call("answer")[1]
    assert isinstance(answer, bytes)
    return answer.decode()


@pytest.mark.parametrize("lua", LUA_VERSIONS)
@pytest.mark.parametrize("module", MODULES)
def test_a_broken_standard_library_does_not_matter(module: str, lua: str, tmp_path: Path) -> None:
    """
    A script that replaces string.gsub, pairs and the like breaks itself, not its JSON module.
    """
    written = hostile(module, "poisoned", lua, tmp_path)

    assert re.fullmatch(r'\[1(\.0)?,"aé",\{"b":(\[\]|\{\})\}\]', written)


@pytest.mark.parametrize("lua", ["5.4", "luajit"])
@pytest.mark.parametrize("module", MODULES)
def test_nesting_ends_in_a_lua_error_at_worst(module: str, lua: str, tmp_path: Path) -> None:
    """
    A hundred thousand brackets are read, or refused with a message; the process goes on.
    """
    outcomes = hostile(module, "deep", lua, tmp_path).split("\n")

    assert len(outcomes) == 3
    for outcome in outcomes:
        assert re.search("^(table|string)$|stack overflow|nest|Unclosed|unterminated|Missing a", outcome)


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
