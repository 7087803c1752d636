"""
The JSON modules on every Lua version, and as hostile texts and deep tables find them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from luahost.runtime import LUA_VERSIONS
from tests.shims.json import oracle

if TYPE_CHECKING:
    from pathlib import Path

MODULES = {
    "json": "json",
    "cjson": "cjson",
    "cjson.safe": "cjson_safe",
    "dkjson": "dkjson",
    "JSON": "JSON",
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
    assert verdicts(answers) == verdicts(oracle.ours(module, cases, oracle.HERE, tmp_path))


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
