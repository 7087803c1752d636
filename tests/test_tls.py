"""
Meeting ``https://`` endpoints: what cannot be met says why, in OpenSSL's and LuaSec's words.
"""

from __future__ import annotations

import os
import socket
import ssl
import struct
from pathlib import Path

import pytest

from luahost.errors import EndpointError
from luahost.tls import RETIRED, TLS_VERSIONS, Tls, tls_context


def test_by_default_certificates_and_names_are_checked() -> None:
    """
    Nobody has to ask for safety.
    """
    context = tls_context(Tls())

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_without_verification_nothing_is_checked() -> None:
    """
    Who asks for none gets none.
    """
    context = tls_context(Tls(verify=False))

    assert context.verify_mode is ssl.CERT_NONE
    assert not context.check_hostname


@pytest.mark.parametrize("protocol", TLS_VERSIONS)
def test_protocols(protocol: str) -> None:
    """
    A protocol's name stands for one version, or for all that are good.
    """
    context = tls_context(Tls(protocol=protocol))

    one_version = context.minimum_version == context.maximum_version
    assert one_version == (TLS_VERSIONS[protocol] is not None)


@pytest.mark.parametrize(
    ("tls", "says"),
    [
        *((Tls(protocol=protocol), "no protocols available") for protocol in sorted(RETIRED)),
        (Tls(protocol="tlsv9"), "invalid protocol (tlsv9)"),
        (Tls(cafile="/nonexistent"), "error loading CA locations (No such file or directory)"),
        (Tls(cafile="/dev/null"), "error loading CA locations (no certificate or crl found)"),
        (Tls(cafile="a\0b"), "error loading CA locations (embedded null byte)"),
        (Tls(certificate="/nonexistent"), "error loading certificate (No such file or directory)"),
        (Tls(certificate=str(Path(__file__))), "error loading certificate (pem lib)"),
    ],
)
def test_what_cannot_be_met(tls: Tls, says: str) -> None:
    """
    A parameter that leads nowhere is an error of the kind ``tls`` that says which.
    """
    with pytest.raises(EndpointError) as raised:
        tls_context(tls)

    assert (raised.value.kind, raised.value.detail) == ("tls", says)


def test_a_connection_that_is_cut_before_tls_begins_is_closed() -> None:
    """
    However early a deadline comes: nothing stays open.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = socket.create_connection(server.getsockname())
        descriptor = connection.fileno()
        accepted, _ = server.accept()
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        accepted.close()
        with pytest.raises(ConnectionResetError):
            connection.recv(1)

        with pytest.raises(OSError, match="reset by peer"):
            tls_context(Tls(verify=False)).wrap_socket(connection)

        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)
