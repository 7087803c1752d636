r"""
Steps that begin with ``doveadm``: what an administrator does with mail, each in a session of its own.

``doveadm flags add (\Seen one) INBOX 1:2``, ``doveadm move A INBOX 3`` and ``doveadm copy`` name messages by
their UIDs, ``doveadm expunge INBOX`` takes those that have ``\Deleted``; ``doveadm save A {n01}``; ``doveadm
mailbox create A`` and the like. Names are plain ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from luahost import message
from luahost.store import MessageSet, operations
from luahost.store.operations import FlagChange, NewMessage, Operation
from tests.conformance.imap import MESSAGES

Step: TypeAlias = tuple[list[str], Operation]
"""The command line, with ``-u`` for the user, and what luahost does for it."""

_WORD = re.compile(r"\([^)]*\)|\S+")


def read(step: str) -> Step:
    """
    Such a step.
    """
    _, word, *rest = _WORD.findall(step)
    return _COMMANDS[word](*rest)


def _flags(change: FlagChange, words: str, mailbox: str, uids: str) -> Step:
    given = words.strip("()").split()
    return (
        ["flags", change, "-u", " ".join(given), "mailbox", mailbox, "uid", uids],
        operations.StoreFlags(
            messages=MessageSet(uids, by_uid=True),
            change=change,
            flags=tuple(word for word in given if word.startswith("\\")),
            keywords=tuple(word for word in given if not word.startswith("\\")),
            mailbox=mailbox,
        ),
    )


def _move(to: str, mailbox: str, uids: str) -> Step:
    moved = operations.Move(messages=MessageSet(uids, by_uid=True), to=to, mailbox=mailbox)
    return ["move", "-u", to, "mailbox", mailbox, "uid", uids], moved


def _copy(to: str, mailbox: str, uids: str) -> Step:
    copied = operations.Copy(messages=MessageSet(uids, by_uid=True), to=to, mailbox=mailbox)
    return ["copy", "-u", to, "mailbox", mailbox, "uid", uids], copied


def _expunge(mailbox: str) -> Step:
    return ["expunge", "-u", "mailbox", mailbox, "deleted"], operations.Expunge(mailbox=mailbox)


def _save(mailbox: str, literal: str) -> Step:
    file = MESSAGES / f"{literal[1:-1]}.eml"
    new = NewMessage(fields=message.read(file.read_bytes()))
    return ["save", "-u", "-m", mailbox, str(file)], operations.Append(messages=(new,), mailbox=mailbox)


def _mailbox(word: str, name: str, to: str = "") -> Step:
    done: dict[str, Operation] = {
        "create": operations.Create(mailbox=name),
        "delete": operations.Delete(mailbox=name),
        "rename": operations.Rename(mailbox=name, to=to),
        "subscribe": operations.Subscribe(mailbox=name),
        "unsubscribe": operations.Unsubscribe(mailbox=name),
    }
    return ["mailbox", word, "-u", name, *([to] if to else [])], done[word]


_COMMANDS: dict[str, Callable[..., Step]] = {
    "flags": _flags,
    "move": _move,
    "copy": _copy,
    "expunge": _expunge,
    "save": _save,
    "mailbox": _mailbox,
}
