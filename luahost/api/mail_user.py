"""
``mail_user``: the fields of the session's user, and ``plugin_getenv``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from luahost.api.context import to_lua
from luahost.runtime import HostFunction, Plain, text

if TYPE_CHECKING:
    from luahost.api.context import ApiContext


def functions(context: ApiContext) -> dict[str, HostFunction]:
    """
    The host half.
    """

    def fields() -> tuple[Plain, ...]:
        return tuple(part for name, value in context.user_fields() for part in (name.encode(), value))

    def plugin_getenv(key: bytes) -> Plain:
        value = context.settings.get(text(key.partition(b"\0")[0]))
        return None if value is None else to_lua(value)

    return {
        "fields": fields,
        "has_plugin_getenv": lambda: context.dialect.plugin_getenv,
        "plugin_getenv": plugin_getenv,
    }
