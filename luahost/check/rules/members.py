"""
Names that are looked up in Dovecot's objects, and whether they are there. What three rules share.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.facts import NEWER, Facts
from luahost.check.meaning import View
from luahost.check.meaning.usage import is_called, is_question, is_written
from luahost.check.rule import did_you_mean
from luahost.check.script import Script
from luahost.check.syntax.nodes import Expression, Index

CONSTANT_TABLES = ("storage", "dict", "doveadm_client")

SHOWN = {
    "mail_user": "user",
    "mailbox": "mailbox",
    "event": "event",
    "passthrough_event": "passthrough event",
    "http_client": "client",
    "http_request": "request",
    "http_response": "response",
    "http": "dovecot.http",
    "storage": "dovecot.storage",
    "dict": "dovecot.dict",
    "doveadm_client": "dovecot.doveadm_client",
}
"""What owners are called in messages."""


def owner_of(script: Script, expression: Expression) -> str:
    """
    The kind of an expression as the facts call it; of a push event its name. Empty if it may be several.
    """
    owners = {
        kind.detail if kind.what == "push_event" else kind.what
        for kind in script.meaning.kinds(expression)
        if kind.what != "nil"
    }
    owner = owners.pop() if len(owners) == 1 else ""
    return owner if isinstance(owner, str) else ""


def absent_reads(script: Script, view: View) -> Iterator[Index]:
    """
    ``object.name`` where no such object has that name, read and not only asked for.
    """
    for node in view.nodes(Index):
        if node.name is None or is_written(node) or is_called(node) or is_question(node, script.meaning):
            continue
        if view.absent(node.object, node.name) and not sets(script, node):
            yield node


def sets(script: Script, node: Index) -> bool:
    """
    Whether the script puts something under that name itself: Dovecot's objects are tables.
    """
    whats = script.meaning.whats(node.object)
    return any(
        target.name == node.name and script.meaning.whats(target.object) & whats
        for target, _, _ in script.meaning.tables.assigned
    )


def advice(facts: Facts, owner: str, name: str) -> str:
    """
    What may have been meant.
    """
    newer = NEWER.get((owner, name))
    if newer is not None and facts.dialect == "2.4":
        return f"it came with {newer}; luahost's 2.4 is 2.4.1"
    return did_you_mean(name, facts.members(owner))
