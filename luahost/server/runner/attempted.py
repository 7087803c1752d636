"""
What is told of an attempt once it is over, to whoever counts.

The server's metrics hear it; nothing that they do has a say in what becomes of the transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from luahost.effects import Effect
from luahost.server.runner.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """
    An attempt that is over.

    Attributes:
        id: The transaction's id.

        user: Whose it is: the login name.

        effects: Everything that drivers and scripts did, in order; nothing if none was begun.

        verdict: Whether it failed.

        seconds: How long it took.

        repeated: How many requests were answered from the journal, and so not sent.
    """

    id: str
    user: str
    effects: Sequence[Effect]
    verdict: Verdict
    seconds: float
    repeated: int = 0


def unheard(attempted: Attempted) -> None:
    """
    Nobody counts.
    """
