"""
Connections whose time is over.
"""

from __future__ import annotations

import os
import socket
import threading
from dataclasses import replace

import pytest

from luahost.clock import SYSTEM_CLOCK
from luahost.errors import EndpointError
from luahost.exchange import CONNECTING, OVERALL, TALKING, Request
from luahost.network import RealNetwork
from luahost.network.connection import Connection, connect
from luahost.network.deadline import Deadline
from luahost.network.sockets import Sockets


def get(port: int) -> Request:
    """
    A plain GET.
    """
    return Request(method="GET", url=f"http://127.0.0.1:{port}/", headers=(("Host", "h"),), timeout_seconds=5)


def test_the_endpoint_learns_of_the_end(sockets: Sockets) -> None:
    """
    A connection whose time is over is reset, so that an endpoint that is still talking stops; and nothing of
    it stays open.
    """
    heard: list[type[BaseException] | bytes] = []
    before = len(os.listdir("/proc/self/fd"))
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(5)
                try:
                    while connection.recv(65536):
                        pass
                    heard.append(b"an ordinary end")
                except OSError as error:
                    heard.append(type(error))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with pytest.raises(EndpointError) as raised:
            RealNetwork(sockets=sockets).send(
                get(listener.getsockname()[1]), address=None, seconds=0.3, most_bytes=1000, clock=SYSTEM_CLOCK
            )
        thread.join(timeout=5)

    assert (raised.value.kind, raised.value.detail) == ("timeout", OVERALL)
    assert heard == [ConnectionResetError]
    assert len(os.listdir("/proc/self/fd")) <= before


@pytest.mark.parametrize(("patience", "whole", "detail"), [(0.02, 5, CONNECTING), (5, 0.02, OVERALL)])
def test_connecting_has_an_end(sockets: Sockets, patience: float, whole: float, detail: str) -> None:
    """
    Where nobody takes connections any more, its own or that of the whole, and the error says which.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            # More than the listener's queue holds.
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        network = RealNetwork(sockets=sockets)
        with pytest.raises(EndpointError) as raised:
            network.send(
                replace(get(port), connect_timeout_seconds=patience),
                address=None,
                seconds=whole,
                most_bytes=1000,
                clock=SYSTEM_CLOCK,
            )
        for one in waiting:
            one.close()

    assert (raised.value.kind, raised.value.detail) == ("timeout", detail)


@pytest.mark.parametrize(("patience", "whole", "detail"), [(0.02, 5, TALKING), (5, 0.02, OVERALL)])
def test_writing_has_an_end(patience: float, whole: float, detail: str) -> None:
    """
    An endpoint that reads nothing does not hold who has much to say.
    """
    ours, theirs = socket.socketpair()
    connection = Connection(ours)
    deadline = Deadline(whole)
    with theirs, pytest.raises(EndpointError) as raised:
        connection.write(b"x" * 10_000_000, patience, deadline)
    connection.close()

    assert deadline.judged(raised.value).detail == detail


@pytest.mark.parametrize("name", ["a..b", "\udcff", "a\0b"])
def test_names_that_are_none(sockets: Sockets, name: str) -> None:
    """
    No name can break more than the exchange.
    """
    with pytest.raises(EndpointError) as raised:
        connect(name, 80, 5, Deadline(5), sockets)

    assert raised.value.kind == "host_not_found"
