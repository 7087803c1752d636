"""
The Lua scripts that are measured.
"""

from __future__ import annotations

from pathlib import Path

HANDLER = Path(__file__).with_name("lua") / "handler.lua"
"""What every host that is compared runs."""

JSON = HANDLER.with_name("json.lua")
"""A script that works hard in Lua."""

_SHIPPED = Path(__file__).parent.parent / "scripts"

_LONG = ("notify_simple.lua", "notify_events.lua", "notify_http.lua")


def long_script() -> str:
    """
    A script of 200 lines, in which to begin a session: three of those that ship, one after the other. Of
    functions of one name the last counts.
    """
    return "".join((_SHIPPED / name).read_text("utf-8") for name in _LONG)
