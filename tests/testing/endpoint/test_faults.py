"""
Each fault of the double against the real thing: what the script gets, and what the effects tell, is the same.
"""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luahost.egress_policy import EgressPolicy
from luahost.testing import Answer, Endpoint, Fault, ManualClock
from luahost.testing.endpoint import FAULTS
from tests.certificates import self_signed
from tests.debian import needs
from tests.testing.endpoint.doors import (
    DOORS,
    IMPATIENCE_SECONDS,
    PATIENCE_SECONDS,
    asked,
    closed_port,
    full_port,
)

GOOD = Answer(200, {"X-Id": "7"}, b"a body of some length")

SERVED: dict[str, Answer | Fault] = {
    "good": GOOD,
    "reset": Fault("reset"),
    "truncated": Fault("truncated", answer=GOOD),
    "truncated at once": Fault("truncated"),
    "retry_after": Fault("retry_after", seconds=3),
    "redirect": Fault("redirect", answer=GOOD),
    "redirect elsewhere": Fault("redirect", to="http://127.0.0.1:1/"),
    "garbage": Fault("garbage"),
    "slow": Fault("slow", seconds=5, answer=GOOD),
    "read_timeout": Fault("read_timeout"),
    "no content": Answer(204),
    "unavailable": Fault("unavailable"),
}
"""What a server can do, by name."""

NEVER = ("slow", "read_timeout", "connect_timeout")
"""What does not come in time."""

PORTS: dict[str, Callable[[], AbstractContextManager[int]]] = {
    "refused": closed_port,
    "connect_timeout": full_port,
}
"""What comes of a port, by fault."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A certificate of 127.0.0.1 with its key.
    """
    return self_signed(tmp_path_factory.mktemp("certificate") / "ours.pem", "IP:127.0.0.1")


def patience_for(name: str) -> float:
    """
    How many seconds to wait for it.
    """
    return IMPATIENCE_SECONDS if name in NEVER else PATIENCE_SECONDS


def double(
    reply: Answer | Fault, door: str, url: str, folder: Path, *, pattern: str = "*/push*", **options: Any
) -> dict[str, Any]:
    """
    What a door makes of the double.
    """
    endpoint = Endpoint()
    endpoint.route("*", pattern, reply)
    # What a redirect elsewhere meets there.
    endpoint.route("*", "http://127.0.0.1:1/", Fault("refused"), optional=True)
    found = asked(door, url, folder, network=endpoint, clock=ManualClock(), **options)
    endpoint.verify()
    return found


@needs("openssl")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", SERVED)
def test_what_a_server_does(name: str, door: str, certificate: Path, tmp_path: Path) -> None:
    """
    A server's answers and failures, over TLS for LuaSec and the OX driver.
    """
    server = Endpoint()
    server.route("*", "*/push*", SERVED[name])

    with server.real(certificate=certificate if door in ("https", "ox") else None) as real:
        url = f"{real.url}/push?a=1"
        found = asked(door, url, tmp_path, patience=patience_for(name))

    assert found == double(SERVED[name], door, url, tmp_path, patience=patience_for(name))
    server.verify()


HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["X-A", "x-a", "Location", "Retry-After", "Set-Cookie", "Date", "Connection"]),
        st.sampled_from(["", "1", "a, b", "  x ", "/push?again", "chunked", "close", "\u00fc"]),
    ),
    max_size=3,
)


@settings(max_examples=8)
@given(
    door=st.sampled_from(["socket", "dovecot", "ox"]),
    status=st.sampled_from([200, 204, 206, 301, 303, 304, 308, 404, 408, 429, 503, 600]),
    headers=HEADERS,
    body=st.sampled_from([b"", b"abc", bytes(range(256)), b"x" * 5000]),
    reason=st.sampled_from([None, "", "Quite  odd: 1"]),
    cut=st.booleans(),
)
def test_any_answer(
    door: str, status: int, headers: list[tuple[str, str]], body: bytes, reason: str | None, cut: bool
) -> None:
    """
    Whatever a server says, the double says it too.
    """
    answer = Answer(status, headers, body, reason=reason)
    reply = Fault("truncated", answer=answer) if cut else answer
    server = Endpoint()
    server.route("*", "*", reply)

    with tempfile.TemporaryDirectory() as folder:
        with server.real() as real:
            url = f"{real.url}/push"
            found = asked(door, url, Path(folder), patience=PATIENCE_SECONDS)

        doubled = double(reply, door, url, Path(folder), pattern="*", patience=PATIENCE_SECONDS)

    assert found == doubled


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", PORTS)
def test_what_a_port_does(name: str, door: str, tmp_path: Path) -> None:
    """
    A port that is closed, and one whose queue is full.
    """
    with PORTS[name]() as port:
        url = f"{'https' if door == 'https' else 'http'}://127.0.0.1:{port}/push"
        found = asked(door, url, tmp_path, patience=patience_for(name))

    assert found == double(Fault(name), door, url, tmp_path, patience=patience_for(name))


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("policy", ["live", "addresses"])
def test_a_name_without_an_address(policy: str, door: str, tmp_path: Path) -> None:
    """
    The DNS does not know the host, whoever asks it: the egress policy or the connection.
    """
    asks = EgressPolicy(networks=("127.0.0.0/8", "public")) if policy == "addresses" else EgressPolicy()

    def nobody(host: str, port: int | None) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    url = f"{'https' if door == 'https' else 'http'}://service.example/push"
    known = EgressPolicy(networks=("127.0.0.0/8", "public"))
    found = asked(door, url, tmp_path, patience=PATIENCE_SECONDS, http=known, resolver=nobody)

    assert found == double(Fault("dns"), door, url, tmp_path, patience=PATIENCE_SECONDS, http=asks)


@needs("openssl")
@pytest.mark.parametrize("door", DOORS)
def test_a_certificate_that_is_none_to_trust(door: str, certificate: Path, tmp_path: Path) -> None:
    """
    Who signs for itself is trusted by nobody who looks.
    """
    server = Endpoint()
    server.route("*", "/push", GOOD, optional=True)

    with server.real(certificate=certificate) as real:
        url = f"{real.url}/push"
        found = asked(door, url, tmp_path, patience=PATIENCE_SECONDS, verify=True)

    fault = Fault("certificate", answer=GOOD)
    assert found == double(fault, door, url, tmp_path, patience=PATIENCE_SECONDS, verify=True)
    assert server.requests == []


def test_every_fault_is_compared() -> None:
    """
    No fault of the double goes without its comparison.
    """
    assert {name.partition(" ")[0].strip(",") for name in (*SERVED, *PORTS, "dns", "certificate")} >= set(
        FAULTS
    )
