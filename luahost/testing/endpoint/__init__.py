"""
The HTTP double: one endpoint for every door that scripts and drivers send through.

:class:`Endpoint` takes the place of the network (``Host(network=endpoint)``), so nothing in the script's
world is changed: ``socket.http``, ``ssl.https``, ``dovecot.http.client`` and the driver ``ox`` get from it
what the real network would give them, good answers and bad. See ``docs/testing-endpoint.md``.
"""

from luahost.testing.endpoint.answers import FAULTS, Answer, Fault
from luahost.testing.endpoint.endpoint import Endpoint
from luahost.testing.endpoint.received import Headers, Request
from luahost.testing.endpoint.routes import Route

__all__ = ["FAULTS", "Answer", "Endpoint", "Fault", "Headers", "Request", "Route"]
