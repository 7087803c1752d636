"""
Actions of ``luahost metadata``, in a process of their own or in this one.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from luahost.cli.command import parser
from tests.cli.command_line import luahost

OX_KEY = "/private/vendor/vendor.dovecot/http-notify"


def metadata(*words: str, home: Path | None = None) -> str:
    """
    What an action prints that ends well, in a process of its own.
    """
    environment: dict[str, Any] = {}
    if home is not None:
        environment = {"HOME": str(home), "XDG_STATE_HOME": str(home / "state")}
    done = luahost("metadata", *words, **environment)

    assert done.stderr == b""
    assert done.returncode == 0
    return done.stdout.decode("utf-8", "surrogateescape")


def act(*words: str) -> None:
    """
    An action in this process, for the many ways in which it can be asked for.
    """
    options = parser("metadata").parse_args(["metadata", *words])
    assert options.act(options) == 0
    sys.stdout.flush()
