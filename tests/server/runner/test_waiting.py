"""
Transactions that wait for an endpoint.
"""

from __future__ import annotations

from luahost.config.retry_section import BreakerSection
from luahost.server.endpoints import Breaker
from luahost.server.runner import Verdict, Waiting
from luahost.server.runner.verdict import held_back_by
from luahost.server.spool import Claim
from luahost.testing import ManualClock

ENDPOINT = "http://push.example:80"


def test_waiting() -> None:
    """
    What an endpoint held back is not run while that is left alone, and is once it may be asked; what has not
    been held back is run in any case.
    """
    clock = ManualClock()
    breaker = Breaker(BreakerSection(failures=1, open_seconds=30), clock)
    breaker.failed(ENDPOINT, "refused")
    ran: list[str] = []
    verdicts = [held_back_by(ENDPOINT, 30), Verdict(), Verdict()]

    def run(claim: Claim) -> Verdict:
        ran.append(claim.id)
        return verdicts.pop(0)

    waiting = Waiting(run, breaker)
    held, other = (Claim(id=id, user="bob", payload=b"", attempt=1, accepted=0) for id in ("held", "other"))

    assert waiting.run(held).endpoint == ENDPOINT
    clock.advance(10)
    assert waiting.run(held) == held_back_by(ENDPOINT, 20)
    assert waiting.run(other) == Verdict()
    clock.advance(20)
    assert waiting.run(held) == Verdict()
    assert ran == ["held", "other", "held"]
