"""
The way from an attempt to its endpoints: what stands between it and the wire.
"""

from __future__ import annotations

from collections.abc import Callable

from luahost.config.retry_section import SignatureSection
from luahost.network import Network
from luahost.server.endpoints.breaker import Breaker
from luahost.server.endpoints.guarded_network import GuardedNetwork
from luahost.server.endpoints.signature import SigningNetwork, read_secrets


def way_out(
    wire: Callable[[], Network], breaker: Breaker, signed: SignatureSection | None
) -> Callable[[], Network]:
    """
    What makes the network of an attempt.

    Args:
        wire: Makes what really carries requests.

        breaker: Which endpoints are left alone.

        signed: Which requests are signed; None for none.

    Raises:
        InputError: The secrets cannot be used.
    """
    if signed is None:
        return lambda: GuardedNetwork(wire(), breaker)
    secrets = read_secrets(signed.secret_file)
    return lambda: GuardedNetwork(SigningNetwork(wire(), secrets, signed.to), breaker)
