"""
What kills Dovecot's process, as the command line shows it.
"""

from __future__ import annotations

import io

from luahost.effects import ProcessKilled
from luahost.timeline import Timeline


def test_it_cannot_be_missed() -> None:
    """
    A line of its own says what was done and where, and the sum counts a failure.
    """
    stream = io.StringIO()
    timeline = Timeline(stream)
    reason = "mail_user objects were compared; this kills the process in Dovecot 2.3"
    timeline.effect(ProcessKilled(reason=reason, function="script_init", file="push.lua", line=7))
    timeline.end()

    assert f"  KILLED    {reason}\n" in stream.getvalue()
    assert stream.getvalue().endswith("the script failed 1 time, AND THIS KILLS DOVECOT'S PROCESS\n")
