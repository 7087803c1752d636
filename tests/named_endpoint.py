"""
An endpoint behind a name: what the name turns into, who serves at its address, and requests to it.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from luahost.effects import Effects, Http
from luahost.egress import Egress
from luahost.egress_policy import SERVER, EgressPolicy
from luahost.errors import EndpointError
from luahost.exchange import Answer, Request
from luahost.network import RealNetwork

LOCAL = replace(SERVER, ports=None, networks=("127.0.0.0/8", "::1/128"))
"""A server's policy whose public addresses are the loopback's, so that tests have endpoints to reach."""

NAME = "push.example.org"

Converse = Callable[[socket.socket], None]
"""What a server does with a connection, after the client has spoken."""


class Names:
    """
    A resolver: a name's addresses, a list of them for each time that it is asked, the last one for ever.
    """

    def __init__(self, **names: Sequence[Sequence[str]]) -> None:
        self._names = {name.replace("_", "."): list(answers) for name, answers in names.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int | None) -> Sequence[str]:
        self.asked.append(host)
        answers = self._names.get(host.lower(), [[]])
        return answers.pop(0) if len(answers) > 1 else answers[0]


def here(*addresses: str) -> Names:
    """
    A resolver that knows NAME.
    """
    return Names(push_example_org=[addresses or ["127.0.0.1"]])


def get(port: int, *, host: str = NAME, scheme: str = "http", path: str = "/ok", **more: object) -> Request:
    """
    A GET of that host and port.
    """
    return Request(
        method="GET",
        url=f"{scheme}://{host}:{port}{path}",
        headers=(("Host", f"{host}:{port}"), ("Connection", "close")),
        **{"timeout_seconds": 5.0, **more},  # type: ignore[arg-type]  # the fields of a request
    )


def ask(
    request: Request, policy: EgressPolicy = LOCAL, resolver: Names | None = None
) -> tuple[Answer | EndpointError, Http]:
    """
    What an exchange comes to, and its effect.
    """
    effects = Effects()
    outcome: Answer | EndpointError
    with Egress(policy, network=RealNetwork(resolver or here())) as egress:
        try:
            outcome = egress.exchange(request, effects)
        except EndpointError as error:
            outcome = error
    (effect,) = effects.of(Http)
    return outcome, effect


@contextmanager
def serving(converse: Converse, family: socket.AddressFamily = socket.AF_INET) -> Iterator[int]:
    """
    A server that hands its one connection to a function; gives its port.
    """
    place = ("127.0.0.1", 0) if family == socket.AF_INET else ("::1", 0)
    with socket.create_server(place, family=family) as listener:

        def serve() -> None:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    connection.recv(65536)
                    converse(connection)
                except OSError:
                    # The client has gone, as it may.
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)
