"""
Whether a connection to NATS comes about, and what is raised in its place.
"""

from __future__ import annotations

import pytest

from luahost.config.nats_place import nats_place
from luahost.errors import LuahostError
from luahost.server.spool.nats.api import ask
from luahost.server.spool.nats.connection import Connection

SECONDS = 30
"""How long what comes soon may take on a busy machine."""


def connected(url: str) -> bool:
    """
    Whether a connection is made and JetStream answers.
    """
    with Connection(nats_place(url)) as connection:
        told = connection.call(ask(connection.client, "INFO")).result(SECONDS)
        return connection.connected and "streams" in told


def refused(url: str) -> LuahostError:
    """
    What is raised in the place of a connection.
    """
    with pytest.raises(LuahostError) as caught, Connection(nats_place(url)):
        pass
    return caught.value


def with_user(url: str, who: str) -> str:
    """
    A URL with a login.
    """
    return url.replace("//", f"//{who}@")
