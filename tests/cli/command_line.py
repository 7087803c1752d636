"""
The command ``luahost`` as a test runs it: in a process of its own. Nothing is faked.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.cli.ready import Ready

ROOT = Path(__file__).parent.parent.parent
HELLO = str(ROOT / "fixtures/messages/hello.eml")

HANDLER = """
function dovecot_lua_notify_begin_txn(user) return {} end
function dovecot_lua_notify_end_txn(ctx, success) end
function dovecot_lua_notify_event_message_new(ctx, event)
  %s
end
"""
"""A script with one handler, whose body a test fills in."""


READY = functools.cache(Ready)


def luahost(
    *words: str, stdin: bytes = b"", cwd: Path = ROOT, fresh: bool = False, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """
    Run the command, in the project's folder unless told otherwise; ``fresh`` from a Python that has to start.
    """
    variables = {**os.environ, "PYTHONIOENCODING": "utf-8", **environment}
    if not (fresh or any(name.startswith("PYTHON") for name in environment)):
        return READY().run(words, stdin, cwd, variables)
    return subprocess.run(
        [sys.executable, "-m", "luahost", *words],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
        env=variables,
    )


def effects(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    """
    What ``--json`` printed.
    """
    return [json.loads(line) for line in done.stdout.splitlines()]
