"""
How to meet an ``https://`` endpoint: whom to trust, and who to be.

The default is the safe one: a good certificate, for the right host, by the system's authorities.
``ssl`` is imported when it is needed; see :mod:`luahost.egress`.
"""

from __future__ import annotations

import errno
import functools
import os
from typing import TYPE_CHECKING, Any

from luahost.dataclass import dataclass
from luahost.errors import EndpointError

if TYPE_CHECKING:
    import ssl

TLS_VERSIONS = {
    "any": None,
    "sslv23": None,
    "tlsv1_2": "TLSv1_2",
    "tlsv1_3": "TLSv1_3",
}
"""The one version to speak, by LuaSec's names of protocols; None leaves it to OpenSSL."""

RETIRED = frozenset({"sslv3", "tlsv1", "tlsv1_1"})
"""Versions that nobody may speak any more (RFC 7568, RFC 8996)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """
    How far to trust, and who to be, on a TLS connection.

    Attributes:
        verify: Whether the certificate must be good and fit the host.

        protocol: A key of ``TLS_VERSIONS``, or one of ``RETIRED``, which comes to nothing.

        cafile: File with the certificates to trust instead of the system's; ``capath`` a folder of them.

        certificate: File with the client's own certificate; ``key`` its key, ``password`` the key's.

        chosen_by_script: Whether it is a script that named the files.
    """

    verify: bool = True
    protocol: str = "any"
    cafile: str | None = None
    capath: str | None = None
    certificate: str | None = None
    key: str | None = None
    password: str | None = None
    chosen_by_script: bool = False

    @property
    def files(self) -> list[str]:
        """
        The files and folders that are to be read.
        """
        named = (self.cafile, self.capath, self.certificate, self.key)
        return [file for file in named if file is not None]


def check_protocol(tls: Tls) -> None:
    """
    Refuse a protocol that nobody speaks.

    Raises:
        EndpointError: Of the kind ``tls``.
    """
    if tls.protocol in RETIRED:
        raise EndpointError("tls", "no protocols available")
    if tls.protocol not in TLS_VERSIONS:
        raise EndpointError("tls", f"invalid protocol ({tls.protocol})")


def tls_context(tls: Tls) -> ssl.SSLContext:
    """
    The context for a connection.

    Raises:
        EndpointError: A file cannot be read or holds no certificate, or there is no such protocol.
    """
    import ssl

    check_protocol(tls)
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
    version = TLS_VERSIONS[tls.protocol]
    if version is not None:
        context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    context.sslsocket_class = _connection_class()
    return context


@functools.cache
def _connection_class() -> type[ssl.SSLSocket]:
    """
    A TLS connection that is closed also if it is cut before TLS begins: ``ssl`` takes it for one that is not
    made yet then, and forgets it open.
    """
    import ssl

    class Connection(ssl.SSLSocket):
        def getpeername(self) -> Any:
            try:
                return super().getpeername()
            except OSError as error:
                self.close()
                raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET)) from error

    return Connection


def os_reason(error: OSError) -> str:
    """
    Why the system or OpenSSL refused, in its own words.
    """
    import ssl

    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate verify failed: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        # Without a reason the text is `[SSL] PEM lib (_ssl.c:123)`, and the number no errno.
        text = error.reason or str(error.strerror or error).partition("] ")[2].partition(" (_ssl")[0]
        return text.replace("_", " ").lower()
    return os.strerror(error.errno) if error.errno else str(error)
