"""
Files and commands.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import Call

COMMANDS = ("os.execute", "io.popen")
FILES = (
    "dofile",
    "loadfile",
    "io.open",
    "io.lines",
    "io.input",
    "io.output",
    "io.tmpfile",
    "os.remove",
    "os.rename",
    "os.tmpname",
)


class FilesAndCommands(Rule):
    """
    A script that starts commands or opens files.
    """

    name = "files-and-commands"
    severity = "warning"
    title = "commands and files"
    reason = (
        "A command is started in the mail process, with the mail user's rights, and mail waits until it "
        "ends; there "
        "is no time limit, and a subject in its arguments is a command too. Files are those of the mail "
        "user, in a "
        "folder that differs between services, or in a chroot. luahost's sandbox has neither."
    )

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for node in view.nodes(Call):
            path = script.meaning.path(node.function) or ""
            if path in COMMANDS:
                yield Problem(
                    node, f"{path} starts a command in the mail process, and mail waits until it ends"
                )
            elif path in FILES:
                words = f"{path} uses files of the mail user, in a folder that differs between services"
                yield Problem(node, words, severity="note")
