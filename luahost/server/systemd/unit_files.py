"""
The files for systemd that come with luahost: the service, its socket, and its user.

They stand beside this file as they are, for packagers; whoever installs luahost by hand has them printed with
paths of this machine.
"""

from __future__ import annotations

import os
import sys

FILES = {"service": "luahost.service", "socket": "luahost.socket", "sysusers": "luahost.sysusers"}
"""What can be printed."""

CONFIGURATION = "/etc/luahost/luahost.yaml"
"""Where the service looks for it, unless told otherwise."""


def unit_file(name: str, *, command: str, configuration: str = CONFIGURATION) -> str:
    """
    The text of a file.

    Args:
        name: A key of ``FILES``.

        command: What runs luahost, words of ``ExecStart=``.

        configuration: The path of the configuration.
    """
    with open(os.path.join(os.path.dirname(__file__), FILES[name]), encoding="utf-8") as file:
        found = file.read()
    return found.replace("@LUAHOST@", command).replace("@CONFIGURATION@", escaped(configuration))


def this_command() -> str:
    """
    What runs this luahost, as words of ``ExecStart=``.
    """
    path = os.path.abspath(sys.argv[0])
    if os.path.basename(path) == "luahost" and os.access(path, os.X_OK):
        return escaped(path)
    return f"{escaped(sys.executable)} -m luahost"


def escaped(word: str) -> str:
    """
    A word of a command line in a unit (systemd.service(5), "Command lines").
    """
    plain = word.replace("%", "%%").replace("$", "$$")
    if not any(character in plain for character in " \t\"'\\;"):
        return plain
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
