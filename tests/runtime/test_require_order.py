"""
Which module ``require`` finds when several have the name.
"""

from __future__ import annotations

from pathlib import Path

from luahost.runtime import LuaState


def test_a_module_beside_the_script_goes_before_luahosts(tmp_path: Path) -> None:
    """
    Whoever puts a json.lua beside the script means that one.
    """
    (tmp_path / "json.lua").write_text("return {mine = true}")
    script = tmp_path / "push.lua"
    script.write_text("function which() return require('json').mine end")
    state = LuaState(folders=[str(tmp_path)])
    state.load(str(script))

    assert state.call("which") == ("boolean", True)


def test_json_and_JSON_are_two_modules(tmp_path: Path) -> None:
    """
    Names that differ in case only are two modules, also where the file system does not tell them apart.
    """
    script = tmp_path / "push.lua"
    script.write_text("function same() return require('json') == require('JSON') end")
    state = LuaState(folders=[])
    state.load(str(script))

    assert state.call("same") == ("boolean", False)
