"""
What is signed, and how.
"""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from luahost.errors import InputError
from luahost.exchange import Answer, Request
from luahost.server.endpoints import SigningNetwork, read_secrets, signature
from luahost.testing import ManualClock
from tests.server.wire import Wire

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = base64.b64decode(SECRET.removeprefix("whsec_"))
OTHER = bytes(range(32))

HELLO = Request(
    method="POST", url="https://push.example/a", headers=(("webhook-id", "msg_1"),), body=b"\x00hello"
)


def sent(
    request: Request, *, hosts: tuple[str, ...] = ("push.example",), time: float = 1000.9
) -> dict[str, str]:
    """
    The header fields that a request has in the end.
    """
    wire = Wire(Answer(version="HTTP/1.1", status=200))
    network = SigningNetwork(wire, [KEY, OTHER], hosts)
    network.send(request, address=None, seconds=None, most_bytes=1000, clock=ManualClock(time))
    return dict(wire.sent[0].headers)


def test_like_others() -> None:
    """
    The example that libraries of Standard Webhooks are tested with; `openssl dgst -mac HMAC` says the same.
    """
    found = signature([KEY], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_is_sent() -> None:
    """
    It has the time of this try and a signature of each secret.
    """
    fields = sent(HELLO)
    later = sent(HELLO, time=1060)

    assert fields == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1000",
        "webhook-signature": signature([KEY, OTHER], "msg_1", 1000, HELLO.body),
    }
    assert len(fields["webhook-signature"].split(" ")) == 2
    assert later["webhook-timestamp"] == "1060"
    assert later["webhook-signature"] != fields["webhook-signature"]


@pytest.mark.parametrize("hosts", [("other.example",), ("push.example:8443",), ("*.push.example",)])
def test_other_hosts(hosts: tuple[str, ...]) -> None:
    """
    What goes to a host that is not named is not signed.
    """
    assert sent(HELLO, hosts=hosts) == {"webhook-id": "msg_1"}


def test_a_script_that_signs() -> None:
    """
    Its signature stands, with its time; a time without a signature is replaced.
    """
    own = (("Webhook-Id", "m"), ("Webhook-Timestamp", "7"), ("Webhook-Signature", "v1a,own"))
    signed = Request(method="POST", url=HELLO.url, headers=own)
    dated = Request(method="POST", url=HELLO.url, headers=own[:2])

    assert sent(signed) == dict(own)
    assert sent(dated) == {
        "Webhook-Id": "m",
        "webhook-timestamp": "1000",
        "webhook-signature": signature([KEY, OTHER], "m", 1000, b""),
    }


def test_secrets(tmp_path: Path) -> None:
    """
    A secret stands on each line.
    """
    file = tmp_path / "secrets"
    file.write_text(f"{SECRET}\n\nwhsec_{base64.b64encode(OTHER).decode()}\n")

    assert read_secrets(str(file)) == [KEY, OTHER]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (SECRET.removeprefix("whsec_"), 1),
        ("whsec_", 1),
        (f"{SECRET}\nwhsec_c2hvcnQ=", 2),
        ("whsec_!" + "A" * 40, 1),
        ("whsec_" + "A" * 88, 1),
        ("", None),
        ("whsec_\u00e4", None),
    ],
)
def test_no_secret(tmp_path: Path, text: str, line: int | None) -> None:
    """
    What is none is refused with its line, and is not shown.
    """
    file = tmp_path / "secrets"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(InputError) as caught:
        read_secrets(str(file))

    assert caught.value.line == line
    assert "secret" in caught.value.message
    assert "MfKQ9r8GKYqr" not in caught.value.message
