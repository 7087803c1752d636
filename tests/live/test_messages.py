"""
Random odd messages, delivered to a real Dovecot 2.3.19.1: luahost makes the same fields of them.

``make test`` delivers 100, always the same ones. ``make fuzz-messages N=2000`` delivers others, and says how
to do them again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from luahost import message
from tests.debian import needs
from tests.live.calls import PROBE, CallsFile
from tests.live.dovecot import PACKAGES, Dovecot
from tests.live.odd_messages import odd_messages

pytestmark = needs(*PACKAGES)

CI_MESSAGES = 100

MESSAGES = int(os.environ.get("FUZZ_MESSAGES", CI_MESSAGES))
"""How many messages: ``make fuzz-messages`` sets it."""


class Deliveries:
    """
    A server, and what its scripts hear of a message.
    """

    def __init__(self, server: Dovecot) -> None:
        self._server = server
        self._calls = CallsFile(server.folder)

    def fields(self, data: bytes) -> dict[str, Any]:
        """
        What MessageNew says of a message.
        """
        self._server.deliver("bob", data)
        events = [call["event"] for call in self._calls.take() if call["call"] == "event_message_new"]
        assert len(events) == 1
        event: dict[str, Any] = events[0]
        return event


@pytest.fixture(scope="module")
def deliveries() -> Iterator[Deliveries]:
    """
    One server for all messages.
    """
    with Dovecot({}, files=[PROBE], drivers=[f"lua:file=@folder@/{PROBE.name}"]) as server:
        yield Deliveries(server)


def plain(value: Any) -> Any:
    """
    A value as the probe wrote it, as Python has it.
    """
    return (
        bytes.fromhex(value["hex"]).decode("utf-8", "surrogateescape") if isinstance(value, dict) else value
    )


@settings(
    max_examples=MESSAGES,
    derandomize="FUZZ_MESSAGES" not in os.environ,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
@given(data=odd_messages())
def test_luahost_reads_a_message_as_dovecot_does(deliveries: Deliveries, data: bytes) -> None:
    """
    Every field of MessageNew is the one that the real server gives to its script.
    """
    ours = {name.rstrip("_"): value for name, value in message.read(data, date_range="wrap").items()}
    del ours["headers"]

    event = deliveries.fields(data)

    assert ours == {name: plain(event.get(name)) for name in ours}
