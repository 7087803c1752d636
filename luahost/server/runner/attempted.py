"""
What is told of an attempt once it is over, to whoever counts.

The server's metrics hear it; nothing that they do has a say in what becomes of the transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from luahost.dataclass import dataclass, field
from luahost.effects import Effect
from luahost.server.runner.verdict import Verdict
from luahost.server.worker.effect_form import Calls


@dataclass(slots=True, kw_only=True)
class Attempted:
    """
    An attempt that is over. Not to be changed; to have Python see to that would cost as much as counting it.

    Attributes:
        id: The transaction's id.

        user: Whose it is: the login name.

        effects: Everything that drivers and scripts did, in order, but for calls; nothing if none was begun.

        verdict: Whether it failed.

        seconds: How long it took.

        repeated: How many requests were answered from the journal, and so not sent.

        calls: How often functions of scripts were called, by driver ("" where there is one only) and name.
    """

    id: str
    user: str
    effects: Sequence[Effect]
    verdict: Verdict
    seconds: float
    repeated: int = 0
    calls: Calls = field(default_factory=dict)


def unheard(attempted: Attempted) -> None:
    """
    Nobody counts.
    """
