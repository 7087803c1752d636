"""
Until when a certificate is good.

One of our own is tried as a client would try it: a handshake in memory, which also says whether its key
fits. No file format is taken apart for that.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from typing import Any

from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.config.serve_section import ServerTls
from luahost.doctor.check import Check, Subject
from luahost.tls import os_reason

DAY_SECONDS = 86_400

SOON_SECONDS = 14 * DAY_SECONDS
"""When an end is near enough to say so: those who renew by themselves do it 30 days before."""

_TLS = Subject("tls")


def own_certificate_checks(tls: ServerTls, clock: Clock = SYSTEM_CLOCK) -> list[Check]:
    """
    What is to be said of the server's own certificate, and of the authorities of its clients.
    """
    found = [_own(tls, clock)]
    if tls.client_ca is not None:
        found.append(_authorities(tls.client_ca))
    return found


def expiry_check(told: Check, certificate: Mapping[str, Any], clock: Clock) -> Check:
    """
    A check that went well, or what is to be said instead of a certificate that ends soon or has ended.

    Args:
        told: What is said if it does not.

        certificate: As ``ssl`` tells of it.

        clock: The time.
    """
    end = ssl.cert_time_to_seconds(certificate["notAfter"])
    left = end - clock.time()
    day = time.strftime("%Y-%m-%d", time.gmtime(end))
    subject = Subject(told.subject)
    if left < 0:
        return subject.fail(told.name, f"its certificate ended on {day}", "renew it")
    if left < SOON_SECONDS:
        words = f"its certificate ends on {day}, in {left / DAY_SECONDS:.0f} days"
        return subject.warn(told.name, words, "renew it")
    return subject.ok(told.name, ", ".join(filter(None, (told.detail, f"certificate good until {day}"))))


def _own(tls: ServerTls, clock: Clock) -> Check:
    name = tls.certificate
    try:
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(tls.certificate, tls.key, "")
    except (OSError, ValueError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else str(error)
        return _TLS.fail(
            name, reason, "certificate and key have to be PEM, the key without a password, and fit"
        )
    try:
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname = False
        client.load_verify_locations(tls.certificate)
        # The certificate itself is trusted, whoever has signed it: only its dates are asked for.
        client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        told = _certificate_shown(server, client)
    except ssl.SSLCertVerificationError as error:
        return _TLS.fail(name, error.verify_message, "renew it")
    except (OSError, ValueError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else str(error)
        return _TLS.fail(name, reason)
    return expiry_check(_TLS.ok(name), told, clock)


def _certificate_shown(server: ssl.SSLContext, client: ssl.SSLContext) -> Mapping[str, Any]:
    """
    What a client is told of the server's certificate.

    Raises:
        ssl.SSLError: The two do not come together.
    """
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    pending = list(ends)
    while pending:
        # They take turns; each writes until it has to read.
        end = pending.pop(0)
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            pending.append(end)
    return ends[0].getpeercert() or {}


def _authorities(file: str) -> Check:
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_verify_locations(file)
    except (OSError, ValueError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else str(error)
        return _TLS.fail(f"client_ca {file}", reason, "it has to hold certificates, PEM")
    return _TLS.ok(f"client_ca {file}")
