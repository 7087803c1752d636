"""
What was put a moment ago, as its claimer will get it: most is claimed before long, and need not be read
again.
"""

from __future__ import annotations

from luahost.server.spool.entries import Claim

MOST_BYTES = 16 * 1024 * 1024
"""What is kept of payloads. What waits beyond that is read when its turn comes."""

CLAIM_BYTES = 512
"""About what a claim takes beside its payload."""


class Fresh:
    """
    First claims, by sequence.
    """

    def __init__(self) -> None:
        self._claims: dict[int, Claim] = {}
        self._bytes = 0

    def keep(self, sequence: int, claim: Claim) -> None:
        """
        Keep one, if there is room.
        """
        size = len(claim.payload) + CLAIM_BYTES
        if self._bytes + size <= MOST_BYTES:
            self._bytes += size
            self._claims[sequence] = claim

    def take(self, sequence: int) -> Claim | None:
        """
        One that is kept, once.
        """
        claim = self._claims.pop(sequence, None)
        if claim is not None:
            self._bytes -= len(claim.payload) + CLAIM_BYTES
        return claim
