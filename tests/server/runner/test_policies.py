"""
Which policy is whose.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from luahost.config import read_configuration
from luahost.errors import UsageError
from luahost.server.runner import Hosting


def hosting(folder: Path, scripts: dict[str, Any], **configuration: Any) -> Hosting:
    """
    What runs the drivers of a configuration, with five attempts unless a script has another number.
    """
    serve = {
        "listen": "127.0.0.1:0",
        "spool": "s",
        "retry": {"attempts": 5, "first_seconds": 7},
        "scripts": {name: {"retry": {"attempts": attempts}} for name, attempts in scripts.items()},
    }
    file = folder / "luahost.yaml"
    file.write_text(json.dumps({**configuration, "serve": serve}))
    found = read_configuration(str(file))
    assert found.serve is not None
    return Hosting(found, found.serve)


def test_scripts_and_drivers(tmp_path: Path) -> None:
    """
    A script is known by its path, a driver by its name; what is not said of it is as for all.
    """
    drivers = [{"driver": "lua", "file": name} for name in ("a.lua", "b.lua")]
    found = hosting(tmp_path, {"a.lua": 2, "DLOG": 9}, drivers=[*drivers, "dlog"]).policies

    policies = [found.of(f"drivers {number}") for number in (1, 2, 3)]
    assert [policy.attempts for policy in policies] == [2, 5, 9]
    assert {policy.first_seconds for policy in policies} == {7}


def test_the_only_script(tmp_path: Path) -> None:
    """
    Its effects name no driver, and its path may be absolute; the name lua stands for all other scripts.
    """
    one = hosting(
        tmp_path, {str(tmp_path / "a.lua"): 2, "lua": 3}, drivers=[{"driver": "lua", "file": "a.lua"}]
    )
    other = hosting(tmp_path, {"lua": 3}, drivers=[{"driver": "lua", "file": "b.lua"}])

    assert one.policies.of(None).attempts == 2
    assert other.policies.of(None).attempts == 3


@pytest.mark.parametrize("dialect", ["2.3", "2.4"])
def test_the_script_of_mail_lua(tmp_path: Path, dialect: str) -> None:
    """
    It has a policy as well, and a push driver without a script, which takes this one, the same.
    """
    found = hosting(
        tmp_path, {"m.lua": 2}, dialect=dialect, mail_lua_script="m.lua", drivers=[{"driver": "lua"}]
    )

    assert found.policies.of("mail_lua").attempts == 2
    assert found.policies.of("drivers 1").attempts == 2


def test_a_script_that_nobody_runs(tmp_path: Path) -> None:
    """
    A policy for it is a mistake, which is said before anything is taken in.
    """
    found = hosting(tmp_path, {"a.lua": 2, "dlog": 3}, drivers=["dlog"])

    with pytest.raises(UsageError, match=r"something to say of .*/a\.lua in scripts, which no driver runs"):
        found.check()
