"""
``dovecot.*``: the host halves, one beside each Lua half in ``luahost/lua/dovecot/``.

A host half is a function ``functions(context)`` that answers the plain functions its Lua half calls.
:func:`install` gives them all to a Lua state and puts ``dovecot`` in the script's globals. The network is
the way out in the context, and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from luahost.api import dovecot, event, http_client, kill, mail_user, mailbox, metadata, more, storage
from luahost.api.context import ApiContext

if TYPE_CHECKING:
    from luahost.runtime import LuaState

CHUNKS = {
    "dovecot": dovecot,
    "dovecot.event": event,
    "dovecot.http_client": http_client,
    "dovecot.kill": kill,
    "dovecot.mail_user": mail_user,
    "dovecot.mailbox": mailbox,
    "dovecot.metadata": metadata,
    "dovecot.more": more,
    "dovecot.storage": storage,
}


def install(state: LuaState, context: ApiContext) -> None:
    """
    Register every host half and define the global ``dovecot``. Before the script is loaded.
    """
    for chunk, half in CHUNKS.items():
        state.register(chunk, half.functions(context))
    state.define("dovecot", "dovecot")


__all__ = ["ApiContext", "install"]
