"""
The endpoints that scripts push to: which of them are left alone for a while, and what is signed for them.

``breaker.py`` decides, ``guarded_network.py`` asks it before each request and tells it how the request went.
``signature.py`` signs, and ``way_out.py`` puts them together.
"""

from luahost.server.endpoints.breaker import Breaker, EndpointState
from luahost.server.endpoints.guarded_network import GuardedNetwork, origin_of
from luahost.server.endpoints.retry_after import retry_after_seconds
from luahost.server.endpoints.signature import SigningNetwork, read_secrets, signature
from luahost.server.endpoints.way_out import way_out

__all__ = [
    "Breaker",
    "EndpointState",
    "GuardedNetwork",
    "SigningNetwork",
    "origin_of",
    "read_secrets",
    "retry_after_seconds",
    "signature",
    "way_out",
]
