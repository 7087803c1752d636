"""
``python -m tests.runtime.reach``: write ``fixtures/globals/``, the names that a sandboxed script reaches.

What appears there is in the hands of every script: look at each line that a change adds.
"""

from __future__ import annotations

from pathlib import Path

from luahost import Host, MessageNew
from luahost.effects import Print
from luahost.runtime import LUA_VERSIONS

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "fixtures" / "globals"
SCRIPT = ROOT / "tests" / "lua" / "reach.lua"


def reached(lua: str) -> str:
    """
    The names, one a line, of a Lua version.
    """
    with Host(SCRIPT, lua=lua, trusted=True, http="deny").session("bob") as session:
        session.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=7))
        return "".join(effect.text for effect in session.effects.of(Print))


def main() -> None:
    """
    Write all lists.
    """
    FOLDER.mkdir(exist_ok=True)
    for lua in LUA_VERSIONS:
        (FOLDER / f"{lua}.txt").write_text(reached(lua), encoding="utf-8")


if __name__ == "__main__":
    main()
