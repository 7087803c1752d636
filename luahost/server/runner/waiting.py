"""
Transactions that wait for an endpoint which is left alone: while it is, their scripts are not run again only
to be refused again.

Only a shortcut, kept in memory: what is forgotten is run, and held back once more.
"""

from __future__ import annotations

from collections.abc import Callable

from luahost.server.endpoints import Breaker
from luahost.server.runner.verdict import Verdict, held_back_by
from luahost.server.spool import Claim

MOST_REMEMBERED = 100_000
"""How many transactions that wait are remembered."""


class Waiting:
    """
    Runs what need not wait; threads may share it.

    Args:
        run: Runs a transaction, :meth:`Attempts.run`.

        breaker: Which endpoints are left alone.
    """

    def __init__(self, run: Callable[[Claim], Verdict], breaker: Breaker) -> None:
        self._run = run
        self._breaker = breaker
        self._endpoints: dict[str, str] = {}

    def run(self, claim: Claim) -> Verdict:
        """
        Run a transaction, unless the endpoint that held it back before would again.
        """
        endpoint = self._endpoints.get(claim.id)
        if endpoint is not None and (wait_seconds := self._breaker.wait_seconds(endpoint)):
            return held_back_by(endpoint, wait_seconds)
        self._endpoints.pop(claim.id, None)
        verdict = self._run(claim)
        if verdict.endpoint is not None:
            if len(self._endpoints) >= MOST_REMEMBERED:
                self._endpoints.clear()
            self._endpoints[claim.id] = verdict.endpoint
        return verdict
