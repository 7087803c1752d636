"""
What carries an exchange: the seam below :class:`luahost.egress.Egress`, and the real network.

A :class:`Network` takes a request as it stands to one address and brings the answer, or says with an
:class:`~luahost.errors.EndpointError` why there is none. Policy, effects and overall limits are egress's, so
they hold for every network alike; :class:`luahost.testing.Endpoint` is one that has no wires.

:class:`RealNetwork` speaks HTTP/1.1 by h11 over sockets of its own. Of its parts, ``connection`` is a socket
on which every wait has an end, ``conversation`` one request and its answer, ``route`` and ``tunnel`` say whom
to connect to, ``kept`` has the connections that may be used again, and ``sender`` puts them together.
``real`` imports that late, as it needs h11, ``ssl`` and ``socket``: a script that sends nothing does not wait
for them.
"""

from luahost.network.network import Network
from luahost.network.real import RealNetwork

__all__ = ["Network", "RealNetwork"]
