"""
The push drivers. Each knows its own trade and none of the others.
"""

from luahost.drivers.driver import Driver
from luahost.drivers.lua import LuaDriver

__all__ = ["Driver", "LuaDriver"]
