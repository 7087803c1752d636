"""
What would kill the mail process in Dovecot: an effect of its own, and a Lua error for the script.

A script that crashes Dovecot looks harmless in a test that only shows an error, so the effect says it
in so many words. The Lua half, ``luahost/lua/dovecot/kill.lua``, finds the place and raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from luahost.effects import Call, ProcessKilled
from luahost.runtime import HostFunction, text

if TYPE_CHECKING:
    from luahost.api.context import ApiContext


def functions(context: ApiContext) -> dict[str, HostFunction]:
    """
    The host half.
    """

    def tell(words: bytes, file: bytes | None = None, line: int | None = None) -> bytes:
        reason = f"{text(words)}; {context.dialect.kills}"
        context.effects.add(
            ProcessKilled(
                reason=reason,
                function=next((call.function for call in reversed(context.effects.of(Call))), None),
                file=None if file is None else text(file),
                line=line,
            )
        )
        return reason.encode("utf-8", "surrogateescape")

    return {"tell": tell}
