"""
What one session leaves in an engine, the next does not meet: every table that a script can reach is its own.
"""

from __future__ import annotations

import pytest

from luahost import Host, MessageNew
from luahost.effects import Print
from tests.conftest import WriteScript

EVENT = MessageNew(mailbox="INBOX", uid=1, uid_validity=7)

STAIN = """
local next, type, getmetatable, rawset = next, type, getmetatable, rawset
local MODULES = {
  "JSON", "cjson", "dkjson", "json", "ltn12", "mime", "rapidjson", "socket", "socket.http", "ssl.https",
}
local seen, stained, clean = {}, 0, 0

local function walk(value)
  if type(value) ~= "table" or seen[value] then
    return
  end
  seen[value] = true
  if rawget(value, "stain") then
    stained = stained + 1
  else
    clean = clean + 1
  end
  for key, inner in next, value do
    walk(key)
    walk(inner)
  end
  walk(getmetatable(value))
  rawset(value, "stain", true)
end

function dovecot_lua_notify_begin_txn(user)
  for _, name in ipairs(MODULES) do
    walk(require(name))
  end
  local event = dovecot.event()
  walk(event)
  walk(event:passthrough_event():log_info("done"))
  local mailbox = user:mailbox("INBOX")
  walk(mailbox)
  walk(mailbox:status(dovecot.storage.STATUS_MESSAGES))
  mailbox:free()
  local client = dovecot.http.client({})
  walk(client)
  walk(client:request({ url = "http://localhost/" }))
  walk(user)
  dovecot.restrict_global_variables(true)
  walk(_G)
  print(stained, clean)
end

function dovecot_lua_notify_event_message_new(context, event)
  walk(event)
end

function dovecot_lua_notify_end_txn() end
"""


@pytest.mark.parametrize("dialect", ["documented", "2.4"])
def test_tables_are_the_sessions_own(script: WriteScript, lua: str, dialect: str) -> None:
    """
    A script marks every table that it can reach, through fields and metatables; the next one finds no mark.
    """
    host = Host(script(STAIN), lua=lua, dialect=dialect, trusted=True, http="deny")
    said = []
    for _ in range(3):
        with host.session("bob") as session:
            session.notify(EVENT)
            said += [effect.text.split() for effect in session.effects.of(Print)]

    assert [stained for stained, _ in said] == ["0", "0", "0"]
    assert min(int(clean) for _, clean in said) > 50


METATABLE_OF_LOADED = """
setmetatable(package.loaded, {
  __index = function() return "left" end,
  __pairs = function() error("left") end,
})
"""


def test_metatable_of_loaded_modules(script: WriteScript, lua: str) -> None:
    """
    A metatable of ``package.loaded`` goes with its session.
    """
    for text in (METATABLE_OF_LOADED, "print(getmetatable(package.loaded), package.loaded.nothing)"):
        host = Host(script(text), lua=lua, trusted=True)
        with host.session("bob") as session:
            printed = [effect.text for effect in session.effects.of(Print)]

    assert printed == ["nil\tnil\n"]
