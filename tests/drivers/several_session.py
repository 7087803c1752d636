"""
Sessions with several Lua drivers, whose scripts show what they hear of.
"""

from __future__ import annotations

from luahost.drivers import DriverEntry
from luahost.effects import Log, Print
from luahost.host import Session
from tests.conftest import WriteScript

SHOW = """
local function show(e)
  local words = { e.name }
  for _, name in ipairs({ "keywords", "keywords_old" }) do
    words[#words + 1] = e[name] and e[name][1] and name .. "=" .. table.concat(e[name], ",") or nil
  end
  print(table.concat(words, " "))
end
function dovecot_lua_notify_begin_txn(user) print("begin") return user end
function dovecot_lua_notify_end_txn(ctx, success) print("end") end
function script_deinit() print("deinit") end
"""


def handling(*events: str) -> str:
    """
    A script with handlers for these events, each of which prints what it got.
    """
    handlers = [f"function dovecot_lua_notify_event_{event}(ctx, e) show(e) end" for event in events]
    return "\n".join([SHOW, *handlers])


def said(session: Session) -> list[str]:
    """
    What the scripts printed and what was logged, each behind its driver.
    """
    found = []
    for effect in session.effects:
        match effect:
            case Print():
                found.append(f"{effect.driver}: {effect.text.rstrip()}")
            case Log():
                found.append(f"{effect.driver}: {effect.text}")
    return found


def entries_for(script: WriteScript, **texts: str) -> list[DriverEntry]:
    """
    A Lua driver for each script, by the name of its setting.
    """
    return [
        DriverEntry(name="lua", options={"file": script(text, f"{name}.lua")}, setting=name)
        for name, text in texts.items()
    ]
