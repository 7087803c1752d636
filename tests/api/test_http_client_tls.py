"""
``dovecot.http.client`` and TLS: whom it trusts, and what it says of an endpoint that it does not.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest

from tests.api.http_runner import Run
from tests.certificates import self_signed
from tests.debian import needs
from tests.shims.endpoint import Endpoint

pytestmark = needs("openssl")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """
    A file with the endpoint's key and certificate, which is that of localhost and signed by itself.
    """
    return str(self_signed(tmp_path_factory.mktemp("certificate") / "localhost.pem", "DNS:localhost"))


@pytest.fixture
def endpoint(certificate: str) -> Iterator[Endpoint]:
    """
    An endpoint that speaks TLS.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Endpoint(context) as serving:
        yield serving


@pytest.mark.parametrize(
    ("host", "settings", "text"),
    [
        ("localhost", "ssl_client_ca_file = '{file}'", "200|OK|fine\n"),
        ("127.0.0.1", "ssl_client_require_valid_cert = 'no'", "200|OK|fine\n"),
        (
            "localhost",
            "",
            "9003|SSL handshaking with {place} failed: read(SSL (conn:{place},id=0)) failed: Received "
            "invalid SSL certificate: self-signed certificate (check ssl_client_ca_* settings?)|",
        ),
    ],
)
def test_whom_it_trusts(
    host: str, settings: str, text: str, endpoint: Endpoint, certificate: str, run: Run
) -> None:
    """
    An endpoint needs a certificate that fits its name, though it is reached by its address.
    """
    url = f"https://{host}:{endpoint.port}/ok"
    found = run(f"submit('{url}', {{{settings.format(file=certificate)}}})", dialect="2.4")

    assert found.text == text.format(place=f"127.0.0.1:{endpoint.port}").rstrip("\n")


def test_a_certificate_of_another_host(endpoint: Endpoint, certificate: str, run: Run) -> None:
    """
    It is refused, though its signer is trusted.
    """
    url, settings = f"https://127.0.0.1:{endpoint.port}/ok", f"ssl_client_ca_file = '{certificate}'"

    assert run(f"submit('{url}', {{{settings}}})", dialect="2.4").text.startswith(
        f"9003|SSL handshaking with 127.0.0.1:{endpoint.port} failed: "
    )
