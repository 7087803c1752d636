"""
The server's certificate, which is renewed every few weeks while connections come and go.
"""

from __future__ import annotations

import ssl

from luahost.config.serve_section import ServerTls
from luahost.errors import UsageError


def certificate_of(tls: ServerTls) -> ssl.SSLContext:
    """
    What the files have in them now.

    Raises:
        UsageError: They cannot be used.
    """
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        found.load_cert_chain(tls.certificate, tls.key)
    except OSError as error:
        raise UsageError(unusable(tls, error)) from None
    return found


def context_of(tls: ServerTls) -> ssl.SSLContext:
    """
    A server's TLS, with what the files have in them now; clients need a certificate if their authorities are
    named.

    Raises:
        UsageError: They cannot be used.
    """
    found = certificate_of(tls)
    if tls.client_ca is not None:
        try:
            found.load_verify_locations(tls.client_ca)
        except OSError as error:
            raise UsageError(unusable(tls, error)) from None
        found.verify_mode = ssl.CERT_REQUIRED
    return found


def unusable(tls: ServerTls, error: OSError) -> str:
    """
    What to say of files that TLS cannot be used with.
    """
    files = ", ".join(filter(None, (tls.certificate, tls.key, tls.client_ca)))
    return f"TLS cannot be used with {files}: {error.strerror or error}"


class Renewed:
    """
    Has a server's TLS take the certificate that was read last.

    Args:
        context: The server's TLS, with the first one. Whether clients need a certificate stays as it says.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._certificate = context
        context.sni_callback = self._choose

    def adopt(self, certificate: ssl.SSLContext) -> None:
        """
        Meet clients with this one from now on; connections that there are go on.
        """
        self._certificate = certificate

    def _choose(
        self, connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, context: ssl.SSLContext
    ) -> None:
        # Called at the beginning of each handshake, whether or not the client names a server.
        connection.context = self._certificate
