"""
What a session may read.
"""

from __future__ import annotations

import pytest

from luahost import dialects
from luahost.drivers import DriverEntry
from luahost.egress_policy import EgressPolicy
from luahost.runtime import REAL_FILES
from luahost.server.workers import Setup

SETUP = Setup(
    username="bob",
    service="imap",
    drivers=[DriverEntry(name="lua", options={"file": "/etc/scripts/push.lua"})],
    settings={},
    mail_lua_script="/srv/mail.lua",
    dialect=dialects.dialect("2.3"),
    egress=EgressPolicy(),
    files=REAL_FILES,
)


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("/etc/scripts/push.lua", True),
        ("/srv/mail.lua", True),
        ("/etc/scripts/json.lua", True),
        ("/etc/scripts/a/b/init.lua", True),
        ("/etc/scripts/../shadow.lua", False),
        ("/etc/scripts/secret.txt", False),
        ("/etc/passwd", False),
        ("/etc/other.lua", False),
        ("push.lua", False),
        ("/srv2/x.lua", False),
    ],
)
def test_files(path: str, may: bool) -> None:
    """
    A worker may read its scripts, and Lua files below their folders.
    """
    assert SETUP.may_read(path) is may
