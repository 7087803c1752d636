"""
Mailboxes that are made because a script opens them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost import Host
from luahost.effects import Call
from luahost.events import MessageNew

SCRIPT = """
function script_init() return 0 end
function dovecot_lua_notify_begin_txn(user) return { user = user } end
function dovecot_lua_notify_event_message_new(ctx)
  local mailbox = ctx.user:mailbox("Seen it", 0x1000 | 0x2000)
  mailbox:open()
  mailbox:free()
end
function dovecot_lua_notify_event_mailbox_create(ctx, event) end
function dovecot_lua_notify_event_mailbox_subscribe(ctx, event) end
function dovecot_lua_notify_end_txn() end
"""

WITHIN = [("begin_txn", 2), ("event_mailbox_create", 2), ("end_txn", 2)]
AND_THEN = [("begin_txn", 3), ("event_mailbox_subscribe", 3), ("end_txn", 3)]


@pytest.mark.parametrize(("dialect", "made"), [("2.3", []), ("2.4", WITHIN + AND_THEN)])
def test_the_script_hears_of_a_mailbox_that_it_makes_by_opening_it(
    dialect: str, made: list[tuple[str, int]], tmp_path: Path
) -> None:
    """
    Creating and subscribing are transactions of their own, within the one of the handler that opens.
    """
    script = tmp_path / "push.lua"
    script.write_text(SCRIPT)
    with Host(script, dialect=dialect).session("bob") as session:
        session.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=1))

    calls = [
        (call.function.removeprefix("dovecot_lua_notify_"), call.transaction)
        for call in session.effects.of(Call)
        if call.transaction is not None
    ]
    assert calls == [("begin_txn", 1), ("event_message_new", 1), *made, ("end_txn", 1)]
