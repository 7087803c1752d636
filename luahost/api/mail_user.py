"""
``mail_user``: the fields of the session's user, ``plugin_getenv`` and ``var_expand``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from luahost.api.context import to_lua
from luahost.runtime import HostFunction, LuaFault, Plain, text

if TYPE_CHECKING:
    from luahost.api.context import ApiContext


def functions(context: ApiContext) -> dict[str, HostFunction]:
    """
    The host half.
    """

    def fields() -> tuple[Plain, ...]:
        return tuple(context.user_fields())

    def plugin_getenv(key: bytes) -> Plain:
        name = text(key.partition(b"\0")[0])
        value = context.user.userdb.get(name, context.settings.get(name))
        if value is None:
            context.settings_missing[name] = None
            return None
        return to_lua(value)

    def expand(template: bytes) -> bytes:
        from luahost.api.var_expand import VarExpandError, var_expand  # which few scripts use

        try:
            return to_lua(var_expand(text(template), context.user, context.dialect.var_expand))
        except VarExpandError as error:
            raise LuaFault(f"var_expand({text(template)}) failed: {error}") from None

    return {
        "fields": fields,
        "mailboxes_there": lambda: context.mailboxes_there(),
        "has_plugin_getenv": lambda: context.dialect.plugin_getenv,
        "plugin_getenv": plugin_getenv,
        "var_expand": expand,
    }
