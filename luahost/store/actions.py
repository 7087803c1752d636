"""
What an operation does to push transactions, step by step.

Steps and not whole transactions, because two may be open at a time: MOVE begins one for each of its
mailboxes before it ends the first.
"""

from __future__ import annotations

from typing import TypeAlias

from luahost.dataclass import dataclass
from luahost.events import Event


@dataclass(frozen=True, slots=True)
class Notify:
    """
    An event of a transaction; the first one opens it.
    """

    transaction: int
    event: Event


@dataclass(frozen=True, slots=True)
class Commit:
    """
    The store has changed; the transaction ends with success.
    """

    transaction: int


@dataclass(frozen=True, slots=True)
class Rollback:
    """
    The store has not changed; the transaction ends without success.
    """

    transaction: int


Action: TypeAlias = Notify | Commit | Rollback
