"""
Cases that say themselves what they give: JSON and rapidjson, which Debian does not package, as their
documentation has it, and what luahost does otherwise than the library of the name.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.runtime import LuaState
from tests.shims.json import oracle

EXPECTED = """
function expected()
  local lines = {}
  for index, case in ipairs(require "cases.MODULE") do
    lines[index] = case[1] .. ": " .. case[3]
  end
  return table.concat(lines, "\\n")
end
"""


def documented(cases: str, scratch: Path, lua: str) -> list[str]:
    """
    The lines that the cases promise.
    """
    script = scratch / "expected.lua"
    script.write_text(EXPECTED.replace("MODULE", cases), encoding="utf-8")
    state = LuaState(lua, folders=[str(oracle.HERE)])
    state.load(str(script))
    answer = state.call("expected")[1]
    assert isinstance(answer, bytes)
    return oracle.lines(answer)


@pytest.mark.parametrize("lua", ["5.3", "5.4", "5.5"])
@pytest.mark.parametrize(("module", "cases"), [("JSON", "jsonlua"), ("rapidjson", "rapidjson")])
def test_answers_are_those_of_the_documentation(module: str, cases: str, lua: str, tmp_path: Path) -> None:
    """
    Values, numbers and error texts are as documented, in the Lua versions that have integers.
    """
    answers = oracle.ours(module, cases, oracle.HERE, tmp_path, lua)

    assert answers == documented(cases, tmp_path, lua)


@pytest.mark.parametrize("module", ["json", "dkjson"])
def test_differences_are_the_documented_ones(module: str, tmp_path: Path) -> None:
    """
    What is not offered says so, and wrong arguments are named in Lua's words.
    """
    answers = oracle.ours(module, f"{module}_differences", oracle.HERE, tmp_path)

    assert answers == documented(f"{module}_differences", tmp_path, "5.4")
