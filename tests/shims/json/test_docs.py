"""
The table of numbers in docs/json.md, asked of the modules.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.runtime import LuaState

PAGE = Path(__file__).parents[3] / "docs" / "json.md"
SCRIPT = """
local json = require "{module}"
local function encode(value) return {encode} end
local function decode(text) return {decode} end
function answer()
  local ok, value = pcall(function() return {expression} end)
  return ok and tostring(value) or "an error"
end
"""


def rows() -> list[tuple[str, str, str]]:
    """
    Module, expression and what the table says it gives.
    """
    lines = iter(PAGE.read_text("utf-8").splitlines())
    heading = next(line for line in lines if line.startswith("| Lua 5.4 |"))
    modules = [cell.strip(" `") for cell in heading.strip("|").split("|")][1:]
    found: list[tuple[str, str, str]] = []
    for line in lines:
        if not line.startswith("|"):
            return found
        expression, *cells = (cell.strip(" `") for cell in line.strip("|").split("|"))
        if expression != "---":
            found += [(module, expression, cell) for module, cell in zip(modules, cells, strict=True)]
    return found


@pytest.mark.parametrize(("module", "expression", "expected"), rows())
def test_numbers_are_as_the_page_says(module: str, expression: str, expected: str, tmp_path: Path) -> None:
    """
    Each cell of the table is what the module answers under Lua 5.4.
    """
    call = "json:{}(...)" if module == "JSON" else "json.{}(...)"
    script = tmp_path / "script.lua"
    script.write_text(
        SCRIPT.format(
            module=module,
            encode=call.format("encode").replace("...", "value"),
            decode=call.format("decode").replace("...", "text"),
            expression=expression,
        ),
        encoding="utf-8",
    )
    state = LuaState("5.4")
    state.load(str(script))

    assert state.call("answer") == ("string", expected.encode())
