"""
What a Dovecot can load.
"""

from __future__ import annotations

from pathlib import Path

from luahost.doctor import Check
from luahost.doctor.dovecot.modules import HTTP_CLIENT, PLUGINS, module_checks

LUA = b"...liblua5.4.so.0..."


def checks(folder: Path, library: bytes | None, *plugins: str, socket: bool = False) -> dict[str, Check]:
    """
    What is said of a Dovecot with this library and these plugins.
    """
    if library is not None:
        (folder / "libdovecot-lua.so").write_bytes(library)
    (folder / "modules").mkdir()
    for number, plugin in enumerate(plugins):
        (folder / f"modules/lib{number}_{plugin}_plugin.so").touch()
    if socket:
        (folder / "5.4").mkdir()
        (folder / "5.4/http.lua").touch()
    found = module_checks([str(folder)], [f"{folder}/{{lua}}/http.lua"])
    return {check.name: check for check in found}


def test_all_there(tmp_path: Path) -> None:
    """
    Plugins, the Lua it was built with, and the HTTP client that scripts have.
    """
    found = checks(tmp_path, LUA + HTTP_CLIENT, *PLUGINS, socket=True)

    assert {name: check.state for name, check in found.items()} == {"plugins": "ok", "dovecot.http": "ok"}
    assert found["dovecot.http"].detail.startswith("Lua 5.4")


def test_without_lua(tmp_path: Path) -> None:
    """
    A Dovecot without Lua cannot run the shim; the driver ox is the way then.
    """
    found = checks(tmp_path, None)

    assert found["lua"].state == "fail"
    assert "driver ox" in found["lua"].advice


def test_what_is_missing(tmp_path: Path) -> None:
    """
    A plugin that is not installed is named; without any HTTP client the package that has one is.
    """
    # Debian's own folder of plugins is looked at as well, where it is.
    found = checks(tmp_path, LUA, "notify")

    assert found["dovecot.http"].state == "warn"
    assert (found["LuaSocket"].state, found["LuaSocket"].advice) == (
        "fail",
        "on Debian: apt-get install lua-socket",
    )
