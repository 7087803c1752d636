"""
Control runs: attempts on set-ups that others took for sandboxes. If the harness finds nothing there, it has
gone blind.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from luahost.runtime import LUA_VERSIONS
from tests.escapes.outcome import RAISED, RETURNED, Outcome

TRIMMED = """
python, io, package, debug, require, dofile, loadfile = nil
for _, name in pairs { "execute", "exit", "remove", "rename", "tmpname", "getenv" } do os[name] = nil end
"""


def naive(text: bytes, lua: str, set_up: str) -> Outcome:
    """
    What comes of an attempt in lupa's ``defaults``, or with some globals set to nil (``trimmed``).
    """
    module = importlib.import_module(LUA_VERSIONS[lua])
    runtime: Any = module.LuaRuntime() if set_up == "defaults" else module.LuaRuntime(register_eval=False)
    if set_up == "trimmed":
        runtime.execute(TRIMMED)
    sys.stdout = sys.stderr = open("/dev/null", "w", encoding="utf-8")  # noqa: SIM115  the process ends soon
    try:
        value = runtime.execute(text.replace(b"@PORT@", b"1").decode("utf-8", "surrogateescape"))
    except module.LuaError as error:
        return Outcome(RAISED, str(error), alive=True)
    except Exception as error:  # noqa: BLE001  what Python objects raise when a script calls them
        return Outcome(RAISED, repr(error), alive=True)
    return Outcome(RETURNED, str(value), alive=True)
