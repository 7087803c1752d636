"""
Both kinds of sockets: threads wait on the system's, and greenlets on the server's.
"""

from __future__ import annotations

import pytest

from luahost.network.sockets import SYSTEM_SOCKETS, Sockets
from luahost.server.cooperation import CooperativeSockets, sleep


@pytest.fixture(params=[SYSTEM_SOCKETS, CooperativeSockets()], ids=["system", "cooperative"])
def sockets(request: pytest.FixtureRequest) -> Sockets:
    """
    What a network's waits are made of.
    """
    found: Sockets = request.param
    if found is not SYSTEM_SOCKETS:
        # The first wait makes an event loop, which has descriptors.
        sleep(0)
    return found
