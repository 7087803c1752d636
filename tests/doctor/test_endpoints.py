"""
The endpoints that settings name.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path

import pytest

from luahost.config import read_configuration
from luahost.doctor import Check
from luahost.doctor.endpoints import endpoint_checks, named_origins, skew_check
from luahost.egress_policy import ANYTHING, NOTHING, EgressPolicy
from luahost.exchange import Request
from luahost.testing import Answer, ManualClock
from luahost.testing.endpoint.loopback import Loopback
from tests.certificates import self_signed
from tests.debian import needs


def checks(origin: str, policy: EgressPolicy = ANYTHING, seconds: float = 5) -> list[Check]:
    """
    What is said of an endpoint.
    """
    return list(endpoint_checks(origin, policy, seconds=seconds))


def test_an_endpoint_that_answers() -> None:
    """
    It is asked for its root by HEAD, once, and nothing else; any answer is fine.
    """
    asked: list[tuple[str, str]] = []

    def reply(request: Request) -> Answer:
        asked.append((request.method, request.url))
        return Answer(404, headers={"Date": formatdate(time.time(), usegmt=True)})

    with Loopback(reply) as server:
        endpoint, clock = checks(server.url)
        assert asked == [("HEAD", f"{server.url}/")]

    assert (endpoint.state, endpoint.detail) == ("ok", "127.0.0.1, answers (404)")
    assert (clock.subject, clock.state) == ("clock", "ok")


@pytest.mark.parametrize(("seconds", "state"), [(5, "ok"), (-60, "warn"), (600, "fail")])
def test_clocks(seconds: float, state: str) -> None:
    """
    A clock that is off is a warning, one so far off that signed requests are refused is broken.
    """
    assert skew_check("http://push.example", seconds).state == state


def test_nobody_there() -> None:
    """
    A port where nobody listens, and a name that nobody has, are broken, each with its own advice.
    """
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        [refused] = checks(f"http://127.0.0.1:{taken.getsockname()[1]}")
    [unknown] = checks("http://push.invalid:80")

    assert (refused.state, unknown.state) == ("fail", "fail")
    assert "Connection refused" in refused.detail
    assert "start it" in refused.advice
    assert "/etc/resolv.conf" in unknown.advice


def test_where_scripts_may_not_go() -> None:
    """
    What the egress policy refuses to scripts is not asked either, and the advice names the setting.
    """
    [by_name] = checks("http://127.0.0.1:9", NOTHING)
    [by_address] = checks("http://127.0.0.1:9", EgressPolicy(networks=("public",)))

    assert by_name.state == by_address.state == "fail"
    assert "`allow`" in by_name.advice


@pytest.fixture
def answering() -> Iterator[Callable[[bytes | None], str]]:
    """
    ``answering(b"…")`` is the origin of a server that answers so, or never if None.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def start(answer: bytes | None) -> str:
            def serve() -> None:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(4096)
                    if answer is not None:
                        connection.sendall(answer)
                    else:
                        connection.recv(1)

            threading.Thread(target=serve, daemon=True).start()
            return f"http://127.0.0.1:{listener.getsockname()[1]}"

        yield start


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"220 mail.example ESMTP\r\n", "does not answer in HTTP"),
        (b"", "does not answer in HTTP"),
        (None, "does not answer within"),
    ],
)
def test_who_speaks_no_http(
    answering: Callable[[bytes | None], str], answer: bytes | None, words: str
) -> None:
    """
    Another protocol's port, or one that says nothing, is broken.
    """
    [found] = checks(answering(answer), seconds=0.05 if answer is None else 5)

    assert found.state == "fail"
    assert words in found.detail


@needs("openssl")
def test_tls(tmp_path: Path) -> None:
    """
    A certificate that nobody vouches for is broken, with OpenSSL's reason.
    """
    own = self_signed(tmp_path / "own.pem", "IP:127.0.0.1")
    with Loopback(lambda request: Answer(200), certificate=own) as server:
        [found] = checks(server.url)

    assert found.state == "fail"
    assert "certificate verify failed: self-signed certificate" in found.detail
    assert "update-ca-certificates" in found.advice


@needs("openssl")
def test_good_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Of one that answers it is said which TLS it speaks, and until when its certificate is good.
    """
    own = self_signed(tmp_path / "own.pem", "IP:127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(own))
    # As it is good for two days, a month before that it is for long.
    earlier = ManualClock(time.time() - 30 * 86_400)
    with Loopback(lambda request: Answer(200), certificate=own) as server:
        [found, *_] = endpoint_checks(server.url, ANYTHING, clock=earlier)

    assert found.state == "ok"
    assert found.detail.startswith("127.0.0.1, TLSv1.3, answers (200), certificate good until ")


def test_which_endpoints(tmp_path: Path) -> None:
    """
    Each scheme, host and port once, of settings and of drivers' options; no path, no login, no variables.
    """
    file = tmp_path / "luahost.yaml"
    file.write_text(
        "plugin: {a: 'see https://me:secret@push.example/x', b: 'http://%d.example/', c: 'http://[::1]:8/y'}\n"
        "drivers: [{driver: ox, options: {url: 'https://push.example/other'}}]\n"
    )

    found = list(named_origins(read_configuration(str(file)).settings()))

    assert found == ["https://push.example:443", "http://[::1]:8"]
