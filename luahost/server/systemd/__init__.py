"""
What the server and systemd tell each other: that it is ready, well, or ends; and the sockets that systemd
listens on for it.

Both are environment variables and a few lines of text, so no library is needed. Started by hand, none of the
variables is there and nothing is told.
"""

from luahost.server.systemd.activation import PassedSocket, listening_place, passed_sockets
from luahost.server.systemd.notifier import Notifier
from luahost.server.systemd.pulse import Pulse

__all__ = ["Notifier", "PassedSocket", "Pulse", "listening_place", "passed_sockets"]
