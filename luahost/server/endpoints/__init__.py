"""
The endpoints that scripts push to: which of them are left alone for a while, and why.

``breaker.py`` decides, ``guarded_network.py`` asks it before each request and tells it how the request went.
"""

from luahost.server.endpoints.breaker import Breaker, EndpointState
from luahost.server.endpoints.guarded_network import GuardedNetwork, origin_of
from luahost.server.endpoints.retry_after import retry_after_seconds

__all__ = ["Breaker", "EndpointState", "GuardedNetwork", "origin_of", "retry_after_seconds"]
