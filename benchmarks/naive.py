"""
The naive way to have Lua called from Python: each event's dict becomes a table with ``table_from``, field by
field, and the handler is called with it. No sandbox, no errors taken apart, nothing remembered.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from lupa import lua54

from benchmarks.measure import Round
from benchmarks.scripts import HANDLER


def naive_lupa(transactions: Sequence[Sequence[dict[str, Any]]]) -> Round:
    """
    These transactions of message_new, in a Lua state of lupa's defaults; answers the seconds for one event.
    """
    lua = lua54.LuaRuntime()
    lua.execute(HANDLER.read_text("utf-8"))
    found = lua.globals()
    begin, end = found.dovecot_lua_notify_begin_txn, found.dovecot_lua_notify_end_txn
    handler = found.dovecot_lua_notify_event_message_new
    each = sum(map(len, transactions))

    def round_() -> float:
        began = time.process_time()
        for events in transactions:
            ctx = begin(lua.table_from({"username": "bob"}))
            for event in events:
                handler(ctx, lua.table_from(event, recursive=True))
            end(ctx, True)
        return (time.process_time() - began) / each

    return round_
