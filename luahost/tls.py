"""
How to meet an ``https://`` endpoint: whom to trust, and who to be.

The default is the safe one: a good certificate, for the right host, by the system's authorities.
"""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass

from luahost.errors import EndpointError

TLS_VERSIONS = {
    "any": (None, None),
    "sslv23": (None, None),
    "tlsv1": (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1),
    "tlsv1_1": (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1),
    "tlsv1_2": (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2),
    "tlsv1_3": (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3),
}
"""Lowest and highest version for LuaSec's names of protocols; None leaves it to OpenSSL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """
    How far to trust, and who to be, on a TLS connection.

    Attributes:
        verify: Whether the certificate must be good and fit the host.

        protocol: A key of ``TLS_VERSIONS``.

        cafile: File with the certificates to trust instead of the system's; ``capath`` a folder of them.

        certificate: File with the client's own certificate; ``key`` its key, ``password`` the key's.
    """

    verify: bool = True
    protocol: str = "any"
    cafile: str | None = None
    capath: str | None = None
    certificate: str | None = None
    key: str | None = None
    password: str | None = None


def tls_context(tls: Tls) -> ssl.SSLContext:
    """
    The context for a connection.

    Raises:
        EndpointError: A file cannot be read or holds no certificate, or there is no such protocol.
    """
    if tls.protocol not in TLS_VERSIONS:
        raise EndpointError("tls", f"invalid protocol ({tls.protocol})")
    step = "error loading CA locations"
    try:
        if tls.verify:
            context = ssl.create_default_context(cafile=tls.cafile, capath=tls.capath)
        else:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if tls.certificate is not None:
            step = "error loading certificate"
            # Without a password, an encrypted key must not make OpenSSL ask on the terminal.
            context.load_cert_chain(tls.certificate, tls.key, tls.password or "")
    except (OSError, ValueError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else str(error)
        raise EndpointError("tls", f"{step} ({reason})") from error
    lowest, highest = TLS_VERSIONS[tls.protocol]
    if lowest is not None and highest is not None:
        context.minimum_version, context.maximum_version = lowest, highest
    return context


def os_reason(error: OSError) -> str:
    """
    Why the system or OpenSSL refused, in its own words.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate verify failed: {error.verify_message}"
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return os.strerror(error.errno) if error.errno else str(error)
