"""
What the Dovecot of this machine can load: its push plugins, the Lua that it was built with, and what
scripts can require there.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence

from luahost import patterns
from luahost.config.plugins import MODULES
from luahost.doctor.check import Check, Subject

PLUGINS = ("notify", "push_notification", "mail_lua", "push_notification_lua")

LIBRARIES = ("/usr/lib/dovecot", "/usr/lib64/dovecot", "/usr/local/lib/dovecot")
LUA_LIBRARY = "libdovecot-lua.so"

LUASOCKET = ("/usr/share/lua/{lua}/socket/http.lua", "/usr/local/share/lua/{lua}/socket/http.lua")

HTTP_CLIENT = b"dlua_dovecot_http_register"
"""What a library that has ``dovecot.http.client`` calls its registration."""

_LUA = patterns.compile(rb"liblua-?(5\.[0-9])|libluajit-(5\.1)")

_DOVECOT = Subject("dovecot")


def module_checks(
    libraries: Sequence[str] = LIBRARIES, luasocket: Sequence[str] = LUASOCKET
) -> Iterator[Check]:
    """
    Each check as it is done.

    Args:
        libraries: Folders in which Dovecot's libraries may be.

        luasocket: Where LuaSocket may be, ``{lua}`` for the version.
    """
    library = next(
        (path for path in (f"{one}/{LUA_LIBRARY}" for one in libraries) if os.path.exists(path)), None
    )
    if library is None:
        yield _DOVECOT.fail(
            "lua",
            f"there is no {LUA_LIBRARY}: this Dovecot has no Lua, or the package with it is missing",
            "on Debian it is in dovecot-core; without Lua, the driver ox brings new mail: docs/operating.md",
        )
        return
    folder = os.path.dirname(library)
    missing = [name for name in PLUGINS if not _plugin(folder, name)]
    if missing:
        yield _DOVECOT.fail("plugins", f"not installed: {', '.join(missing)}", "see to Dovecot's packages")
    else:
        yield _DOVECOT.ok("plugins", "all four are installed")
    with open(library, "rb") as opened:
        data = opened.read()
    lua = _version(data)
    named = f"Lua {lua}" if lua else "a Lua of unknown version"
    has_client = HTTP_CLIENT in data
    if has_client:
        yield _DOVECOT.ok("dovecot.http", f"{named}, with dovecot.http.client")
    else:
        yield _DOVECOT.warn(
            "dovecot.http", f"{named}, without dovecot.http.client", "scripts need LuaSocket then"
        )
    if lua and not any(os.path.exists(one.format(lua=lua)) for one in luasocket):
        words = f"not installed for Lua {lua}: scripts there cannot require socket.http"
        if has_client:
            yield _DOVECOT.ok("LuaSocket", words)
        else:
            yield _DOVECOT.fail("LuaSocket", words, "on Debian: apt-get install lua-socket")


def _plugin(folder: str, name: str) -> bool:
    places = (f"{folder}/modules", folder, MODULES)
    return any(glob.glob(f"{place}/lib*_{name}_plugin.so") for place in places)


def _version(data: bytes) -> str | None:
    found = _LUA.search(data)
    return (found[1] or found[2]).decode() if found else None
