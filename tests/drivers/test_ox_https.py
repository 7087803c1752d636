"""
The OX driver and TLS: whom it trusts.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.certificates import self_signed
from tests.debian import needs
from tests.drivers.ox_session import delivered, ox
from tests.shims.endpoint import Endpoint

pytestmark = needs("openssl")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A certificate of 127.0.0.1, signed by itself, with its key in the same file.
    """
    return self_signed(tmp_path_factory.mktemp("certificate") / "ours.pem", "IP:127.0.0.1")


@pytest.fixture
def endpoint(certificate: Path) -> Iterator[Endpoint]:
    """
    An endpoint that speaks TLS.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Endpoint(context) as serving:
        yield serving


@pytest.mark.parametrize("option", ["ca_file", "ssl_client_ca_file"])
def test_an_authority_of_ones_own(option: str, endpoint: Endpoint, certificate: Path) -> None:
    """
    ``ca_file``, or 2.4's setting, says whom to trust.
    """
    log = delivered(ox(f"{endpoint.base}/ok", **{option: str(certificate)}))

    assert log[-1] == "debug: Notification sent successfully: 200 OK"
    assert len(endpoint.requests) == 1


def test_the_systems_authorities(endpoint: Endpoint) -> None:
    """
    Without that the system's authorities judge, and nobody who is not trusted gets a notification.
    """
    log = delivered(ox(f"{endpoint.base}/ok"))

    assert endpoint.requests == []
    assert re.sub(r"127\.0\.0\.1:[0-9]+", "PLACE", log[-1]) == (
        "error: Error when sending notification: SSL handshaking with PLACE failed: "
        "read(SSL (conn:PLACE,id=1)) failed: Received invalid SSL certificate: "
        "self-signed certificate (check ssl_client_ca_* settings?)"
    )
