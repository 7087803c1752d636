"""
Endpoints for the shim tests, one plain and one with TLS, and the certificates of the latter.
"""

from __future__ import annotations

import ssl
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.shims.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """
    A plain endpoint.
    """
    with Endpoint() as serving:
        yield serving


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A folder with ``ours.pem`` (certificate of 127.0.0.1, signed by itself), its key ``ours.key``,
    ``other.pem`` of somebody else with the same address, and ``elsewhere.pem`` of another host.
    """
    folder = tmp_path_factory.mktemp("certificates")
    names = {"ours": "IP:127.0.0.1", "other": "IP:127.0.0.1", "elsewhere": "DNS:elsewhere.example"}
    for name, host in names.items():
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
                *("-nodes", "-subj", "/CN=127.0.0.1", "-addext", f"subjectAltName={host}"),
                *("-days", "2", "-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem")),
            ],
            capture_output=True,
            check=True,
        )
    return folder


@pytest.fixture
def secure_endpoint(certificates: Path) -> Iterator[Endpoint]:
    """
    An endpoint with TLS.
    """
    with Endpoint(_server_context(certificates, "ours")) as serving:
        yield serving


@pytest.fixture
def misnamed_endpoint(certificates: Path) -> Iterator[Endpoint]:
    """
    An endpoint with TLS and the certificate of another host.
    """
    with Endpoint(_server_context(certificates, "elsewhere")) as serving:
        yield serving


def _server_context(certificates: Path, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
    return context
