"""
Attempts at transactions in real worker processes, and a script that does what a mail's subject says.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from luahost.config import read_configuration
from luahost.effects import Log
from luahost.network import Network, RealNetwork
from luahost.server.runner import Attempted, Attempts, Hosting, Verdict
from luahost.server.spool import Claim
from luahost.store.metadata_sqlite import SqliteMetadata
from tests.sources.recorded import NEW, transaction

STATUS = {"messages": 5, "recent": 1, "unseen": 2, "uid_next": 9, "uid_validity": 3}

COUNTING = """
local json = require("values")
local count = 0
function script_init() dovecot.i_info("init") return 0 end
function script_deinit() dovecot.i_info("deinit " .. count) end
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_event_message_new(user, event)
  count = count + 1
  dovecot.i_info(user.username .. " " .. count .. json.x)
  SUBJECTS[event.subject](user, event)
end
function dovecot_lua_notify_end_txn() end
SUBJECTS = setmetatable({
  fails = function() error("no") end,
  loops = function() while true do end end,
  hangs = function() string.find(("a"):rep(40), ("a-"):rep(40) .. "b") end,
  status = function(user, event)
    local now = user:mailbox(event.mailbox):status(dovecot.storage.STATUS_UNSEEN)
    dovecot.i_info(("unseen %d"):format(now.unseen))
  end,
  elsewhere = function(user) user:mailbox("Other"):status(dovecot.storage.STATUS_UNSEEN) end,
  set = function(user) user:metadata_set("/private/x", "kept") end,
  get = function(user) dovecot.i_info("x is " .. tostring(user:metadata_get("/private/x"))) end,
  sleeps = function() require("socket").sleep(0.01) end,
  sends = function(user)
    local _, code = require("socket.http").request("http://push.example/", "hello")
    dovecot.i_info("code " .. tostring(code))
  end,
}, {__index = function() return function() end end})
"""


class Running:
    """
    Attempts at transactions of one script, and the lines that they log.
    """

    def __init__(
        self, folder: Path, network: Network | None = None, script: str = COUNTING, **section: Any
    ) -> None:
        (folder / "push.lua").write_text(script)
        (folder / "values.lua").write_text('return {x = "!"}')
        document = {
            "dialect": "2.3",
            "drivers": [{"driver": "lua", "file": str(folder / "push.lua")}],
            "serve": {"listen": "127.0.0.1:0", "spool": "s", "http": "live", **section},
        }
        (folder / "luahost.yaml").write_text(json.dumps(document))
        found = read_configuration(str(folder / "luahost.yaml"))
        assert found.serve is not None
        self.observed: list[Attempted] = []
        self.answers: dict[str, bytes] = {}
        self.attempts = Attempts(
            Hosting(found, found.serve),
            new_network=lambda: network or RealNetwork(),
            record=lambda transaction, key, answer: self.answers.__setitem__(key, answer),
            processes=1,
            metadata=SqliteMetadata(folder / "metadata.db"),
            observe=self.observed.append,
        )

    def run(
        self,
        subject: str = "x",
        *,
        user: str = "bob",
        session: str | None = "S1",
        attempt: int = 1,
        mailboxes: bool = True,
        **more: Any,
    ) -> Verdict:
        """
        A delivery.
        """
        payload = transaction(
            user={"username": user, "service": "imap", **({"session_id": session} if session else {})},
            events=[{**NEW, "subject": subject}],
            mailboxes={"INBOX": STATUS} if mailboxes else {},
            **more,
        )
        claim = Claim(
            id=f"{user}-{subject}",
            user=user,
            payload=json.dumps(payload).encode(),
            attempt=attempt,
            accepted=0,
        )
        return self.attempts.run(claim)

    def lines(self) -> list[str]:
        """
        What scripts have logged in the last attempt, and why they failed.
        """
        return [each.text for each in self.observed[-1].effects if isinstance(each, Log)]


Run = Callable[..., Running]
