"""
``dovecot.*``: the host halves, one beside each Lua half in ``luahost/lua/dovecot/``.

A host half is a function ``functions(context)`` that answers the plain functions its Lua half calls.
:func:`install` offers them all to a Lua state and puts ``dovecot`` in the script's globals. The network is
the way out in the context, and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from luahost.api import dovecot, event, http_client, kill, mail_user, mailbox, metadata, more, storage
from luahost.api.context import ApiContext

if TYPE_CHECKING:
    from luahost.runtime import LuaState

HALVES = {
    "dovecot": dovecot.functions,
    "dovecot.event": event.functions,
    "dovecot.http_client": http_client.functions,
    "dovecot.kill": kill.functions,
    "dovecot.mail_user": mail_user.functions,
    "dovecot.mailbox": mailbox.functions,
    "dovecot.metadata": metadata.functions,
    "dovecot.more": more.functions,
    "dovecot.storage": storage.functions,
}


def install(state: LuaState, context: ApiContext) -> None:
    """
    Offer every host half and define the global ``dovecot``. Before the script is loaded.
    """
    state.offer(HALVES, context)
    state.define("dovecot", "dovecot")


__all__ = ["ApiContext", "install"]
