"""
``os.exit``.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import Call


class ProcessExit(Rule):
    """
    A script that ends the mail process.
    """

    name = "process-exit"
    severity = "error"
    title = "`os.exit` kills the mail process"
    reason = (
        "The script runs in the process that delivers mail or serves IMAP. `os.exit` ends it with "
        "`Unexpected exit "
        "- converting to abort`, a crash."
    )
    source = "Seen in Dovecot 2.3.19.1 and 2.4.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for node in view.nodes(Call):
            if script.meaning.path(node.function) == "os.exit":
                yield Problem(node, "os.exit kills the mail process", "return, or error() to have it logged")
