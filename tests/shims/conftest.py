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
    A folder with ``ours.pem`` (certificate of 127.0.0.1, signed by itself), its key ``ours.key``, and
    ``other.pem`` of somebody else.
    """
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("ours", "other"):
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
                *("-nodes", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
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
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "ours.pem", certificates / "ours.key")
    with Endpoint(context) as serving:
        yield serving
