"""
The way in: HTTP requests that bring transactions, checked and put into the spool before they are answered.

``application.py`` is what happens with a request and ``connection.py`` is HTTP, with ``request.py`` between
them; ``listening.py`` has the sockets.
"""

from luahost.server.intake.application import Health, Intake
from luahost.server.intake.batch import MostAtOnce
from luahost.server.intake.certificates import certificate_of
from luahost.server.intake.listening import Listener, bound, place_of
from luahost.server.intake.tokens import Tokens, read_tokens

__all__ = [
    "Health",
    "Intake",
    "Listener",
    "MostAtOnce",
    "Tokens",
    "bound",
    "certificate_of",
    "place_of",
    "read_tokens",
]
