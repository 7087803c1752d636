"""
The fault matrix: every scenario under every fault of the endpoint, and what that does to each handler.

What a push script does when its endpoint is down is seldom tested, and matters: Dovecot waits for it. So each
scenario runs once as it is and once under each fault, which meets all requests that fit its routes. Compared
are the messages that were told of, the errors that came out of the script, and for how long a delivery stood
still, by the scenario's clock. What the scenario expects is not judged here.
"""

from luahost.testing.fault_matrix.matrix import Cell, Matrix, Row, check_faults, fault_matrix
from luahost.testing.fault_matrix.observation import Escaped, Message

__all__ = ["Cell", "Escaped", "Matrix", "Message", "Row", "check_faults", "fault_matrix"]
