"""
METADATA that is written to a mailbox that is not open.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.meaning.usage import escapes, uses_of
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import MethodCall, Name

OPENS = ("open", "sync", "status")


class MetadataUnopened(Rule):
    """
    metadata_set before open().
    """

    name = "metadata-unopened"
    severity = "error"
    title = "METADATA written before the mailbox is open"
    reason = (
        "`mailbox:metadata_set` and `metadata_unset` on a mailbox that was not opened end the process with "
        "the "
        "assertion `box->opened`. `open()`, `sync()` and `status()` open it; reading METADATA does not."
    )
    source = "Seen in Dovecot 2.3.19.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for node in view.nodes(MethodCall):
            if node.name not in ("metadata_set", "metadata_unset"):
                continue
            owner = node.object
            if not script.meaning.is_a(owner, "mailbox"):
                continue
            if isinstance(owner, MethodCall):
                opened = False
            elif isinstance(owner, Name) and owner.binding is not None and owner.binding.kind == "local":
                uses = list(uses_of(owner.binding))
                opened = any(use.name in OPENS and use.start < node.start for use in uses)
                opened = opened or self._followed_nowhere(script, owner)
            else:
                continue
            if not opened:
                words = f"{node.name} on a mailbox that is not open kills the mail process"
                yield Problem(node, words, "call mailbox:sync() or mailbox:open() before")

    def _followed_nowhere(self, script: Script, owner: Name) -> bool:
        """
        Whether another function may have opened it: it was handed over.
        """
        return owner.binding is not None and escapes(owner.binding, script.meaning)
