"""
Coverage beside a plain line hook: for random programs both say the same of every line of every function.
"""

from __future__ import annotations

from pathlib import Path

from luahost.host import Host
from luahost.runtime.versions import new_runtime
from luahost.testing.coverage import Coverage
from luahost.testing.coverage.executable import executable
from tests.conftest import WriteScript
from tests.testing.coverage.programs import program

HOOK = (Path(__file__).parent / "hook.lua").read_bytes()
ENTRY_POINTS = """\
function dovecot_lua_notify_begin_txn() end
function dovecot_lua_notify_event_message_new() end
function dovecot_lua_notify_end_txn() end
"""


def by_hook(source: str, lua: str) -> set[tuple[int, int]]:
    """
    What ran by a hook that asks at every line where it is.
    """
    found: bytes = new_runtime(lua).compile(HOOK)(source.encode())
    return {(int(begins), int(line)) for begins, line in (each.split(b":") for each in found.split())}


def test_every_line(script: WriteScript, lua: str) -> None:
    """
    What ran is what the hook hears of, and all of it was known to be able to run.
    """
    for seed in range(3):
        source = program(seed) + ENTRY_POINTS
        coverage = Coverage()
        with Host(script(source), lua=lua, trusted=True, coverage=coverage).session("bob"):
            pass

        (file,) = coverage.files.values()
        ran = by_hook(source, lua)
        can_run = {(each.line, line) for each in executable(source.encode(), lua) for line in each.lines}
        assert file.ran["documented", lua] == ran, source
        assert ran <= can_run, source
