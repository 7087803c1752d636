"""
The same Lua cases on two engines: Debian's ``lua5.4`` with the real LuaSocket, and luahost.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from luahost.effects import Effects
from luahost.egress import Egress
from luahost.runtime import LuaState
from luahost.shims import register

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.shims.endpoint import Endpoint, Seen

CASES = Path(__file__).parent / "cases"
RUN = CASES / "run.lua"

World = dict[str, str]


@dataclass(frozen=True)
class Outcome:
    """
    What a case gave, and the requests that it made.
    """

    gives: str
    requests: list[Seen] = field(default_factory=list)


def real(cases: str, world: Mapping[str, str]) -> str:
    """
    A file of cases under ``lua5.4`` with LuaSocket and LuaSec as Debian has them.
    """
    answer = subprocess.run(
        ["lua5.4", "-e", f"dofile('{RUN}') io.write(run())"],
        env={"LUA_PATH": f"{CASES}/?.lua;;", **_variables(cases, world)},
        capture_output=True,
        timeout=60,
        check=True,
    )
    return answer.stdout.decode("latin-1")


def hosted(cases: str, world: Mapping[str, str], *, lua: str = "5.4", effects: Effects | None = None) -> str:
    """
    A file of cases under luahost.
    """
    state = LuaState(lua, folders=[str(CASES)], environment=_variables(cases, world))
    with Egress() as egress:
        register(state, egress=egress, effects=effects if effects is not None else Effects())
        state.load(str(RUN))
        _, text = state.call("run")
    assert isinstance(text, bytes)
    return text.decode("latin-1")


def outcomes(run: Callable[[], str], endpoint: Endpoint | None = None) -> dict[str, Outcome]:
    """
    What each case gave, with the requests that the endpoint saw in the meantime.
    """
    lines = run().splitlines()
    seen: dict[str, list[Seen]] = {}
    requests: list[Seen] = []
    for request in endpoint.take() if endpoint else []:
        if request.line.startswith("GET /mark/"):
            requests = seen.setdefault(request.line.split("/")[2].split()[0], [])
        else:
            requests.append(request)
    results = (line.partition("\t") for line in lines)
    return {name: Outcome(gives, seen.get(name, [])) for name, _, gives in results}


def _variables(cases: str, world: Mapping[str, str]) -> dict[str, str]:
    named = {f"LUAHOST_TEST_{name.upper()}": value for name, value in world.items()}
    return {"LUAHOST_TEST_CASES": cases, **named}
