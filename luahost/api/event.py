"""
Log calls of event objects: a line in the mail log, and the named event that goes to the statistics.

The Lua half, ``luahost/lua/dovecot/event.lua``, keeps names, fields and prefixes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from luahost.api.context import to_lua
from luahost.effects import NamedEvent, Value
from luahost.runtime import HostFunction, Plain, text

if TYPE_CHECKING:
    from luahost.api.context import ApiContext


def functions(context: ApiContext) -> dict[str, HostFunction]:
    """
    The host half.
    """

    def log(
        level: bytes,
        prefix: bytes,
        line: bytes,
        replaced: bytes | None,
        forced: bool,
        name: bytes | None = None,
        *fields: Plain,
    ) -> None:
        if name is not None:
            pairs = zip(fields[::2], fields[1::2], strict=True)
            named: dict[str, Value] = {
                text(key): text(value) if isinstance(value, bytes) else value
                for key, value in pairs
                if isinstance(key, bytes)
            }
            context.effects.add(
                NamedEvent(name=text(name), fields=named, inherited={"script": context.script})
            )
        # Unlike i_debug, an event's debug line appears only where debugging is on.
        if level != b"debug" or context.debug or forced:
            front = None if replaced is None else text(replaced)
            context.log(level.decode(), text(line), prefix=text(prefix), replaced=front)

    return {
        "log": log,
        "log_prefix": lambda: to_lua(context.log_prefix),
        "has_forced_debug": lambda: context.dialect.forced_debug,
    }
