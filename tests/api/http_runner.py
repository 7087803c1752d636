"""
Runs Lua expressions with ``dovecot.http.client`` in a handler, and shows what came of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from luahost import Host
from luahost.effects import Http, Log, Print, ProcessKilled
from luahost.events import MessageNew

SCRIPT = """
function script_init() return 0 end
function dovecot_lua_notify_begin_txn() end
local function submit(url, settings, prepare, method)
  local request = dovecot.http.client(settings or {{}}):request({{ url = url, method = method }})
  if prepare then prepare(request) end
  local response = request:submit()
  return response:status(), response:reason(), response:payload()
end
function dovecot_lua_notify_event_message_new()
  print(table.concat({{ {expression} }}, "|"))
end
function dovecot_lua_notify_end_txn() end
"""


class Result:
    """
    What came of an expression.
    """

    def __init__(self, host: Host) -> None:
        with host.session("bob") as session:
            session.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=1))
        self.effects = session.effects

    @property
    def text(self) -> str:
        """
        The values, with times masked.
        """
        (printed,) = self.effects.of(Print)
        return masked(printed.text.rstrip("\n"))

    @property
    def exchanges(self) -> list[Http]:
        """
        The exchanges.
        """
        return self.effects.of(Http)

    @property
    def log(self) -> list[str]:
        """
        The log, with times masked.
        """
        return [masked(line.text.partition("\n")[0]) for line in self.effects.of(Log)]

    @property
    def killed(self) -> list[str]:
        """
        What would have killed Dovecot.
        """
        return [effect.reason for effect in self.effects.of(ProcessKilled)]


def masked(text: str) -> str:
    """
    The text with a T for each time.
    """
    return re.sub(r"\d+\.\d{3}\b", "T", text)


Run = Callable[..., Result]
