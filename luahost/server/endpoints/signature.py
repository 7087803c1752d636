"""
Signatures of what is sent (Standard Webhooks, section "Signature scheme"): an endpoint that has the same
secret knows that a request is luahost's, and when it was sent.

Only requests to named hosts are signed: a signature for somebody else's endpoint could be shown to one's own.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from luahost.clock import Clock
from luahost.dataclass import replace
from luahost.egress_policy import EgressPolicy
from luahost.errors import EndpointError, InputError
from luahost.exchange import Answer, Place, Request, to_wire
from luahost.network import Network

ID = "webhook-id"
TIMESTAMP = "webhook-timestamp"
SIGNATURE = "webhook-signature"

PREFIX = "whsec_"

SECRET_BYTES = range(24, 65)
"""How long a secret is: "between 24 bytes (192 bits) and 64 bytes (512 bits)"."""


class SigningNetwork:
    """
    A network that signs what has a ``webhook-id``. The timestamp is that of this try, so that it is fresh at
    each; a request that its script has signed goes out as it is.

    Args:
        network: What really carries requests.

        secrets: Each signs, so that one can take the place of another.

        hosts: Where signed requests go, as an egress policy names hosts.
    """

    takes_time = True

    def __init__(self, network: Network, secrets: Sequence[bytes], hosts: Sequence[str]) -> None:
        self._network = network
        self._secrets = secrets
        self._named = EgressPolicy(hosts=tuple(hosts))

    def prepare(self) -> None:
        """
        See :class:`~luahost.network.Network`.
        """
        self._network.prepare()

    def addresses(
        self, request: Request, place: Place, *, seconds: float | None, clock: Clock
    ) -> Sequence[str]:
        """
        See :class:`~luahost.network.Network`.
        """
        return self._network.addresses(request, place, seconds=seconds, clock=clock)

    def send(
        self,
        request: Request,
        *,
        address: str | None,
        seconds: float | None,
        most_bytes: int,
        clock: Clock,
    ) -> Answer:
        """
        Send a request, signed if it goes to one of the hosts.
        """
        return self._network.send(
            self._signed(request, clock),
            address=address,
            seconds=seconds,
            most_bytes=most_bytes,
            clock=clock,
        )

    def close(self) -> None:
        """
        See :class:`~luahost.network.Network`.
        """
        self._network.close()

    def _signed(self, request: Request, clock: Clock) -> Request:
        fields = {name.lower(): value for name, value in request.headers}
        if ID not in fields or SIGNATURE in fields or not self._goes_there(request):
            return request
        timestamp = int(clock.time())
        kept = tuple((name, value) for name, value in request.headers if name.lower() != TIMESTAMP)
        signed = signature(self._secrets, fields[ID], timestamp, request.body)
        return replace(request, headers=(*kept, (TIMESTAMP, str(timestamp)), (SIGNATURE, signed)))

    def _goes_there(self, request: Request) -> bool:
        try:
            self._named.check_url(request.url)
        except EndpointError:
            return False
        return True


def signature(secrets: Sequence[bytes], id: str, timestamp: int, body: bytes) -> str:
    """
    What goes into ``webhook-signature``.

    Args:
        secrets: One signature with each, with a space between.

        id: The request's ``webhook-id``.

        timestamp: When it is sent, in whole seconds since 1970.

        body: Its body.
    """
    content = to_wire(f"{id.strip()}.{timestamp}.") + body
    digests = (hmac.digest(secret, content, hashlib.sha256) for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def read_secrets(file: str) -> list[bytes]:
    """
    The secrets of a file, one on each line: ``whsec_`` and base64.

    Raises:
        InputError: It cannot be read, has none, or one that is something else.
    """
    try:
        with open(file, encoding="ascii") as opened:
            lines = [line.strip() for line in opened]
    except OSError as error:
        raise InputError(f"the secrets cannot be read: {error.strerror}", file=file) from None
    except UnicodeDecodeError:
        raise InputError("a secret is ASCII, and this file is not", file=file) from None
    secrets = [_secret(line, file, number) for number, line in enumerate(lines, 1) if line]
    if not secrets:
        words = f"there is no secret in this file; `echo {PREFIX}$(openssl rand -base64 32)` makes one"
        raise InputError(words, file=file)
    return secrets


def _secret(line: str, file: str, number: int) -> bytes:
    try:
        found = base64.b64decode(line.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        found = b""
    if not line.startswith(PREFIX) or len(found) not in SECRET_BYTES:
        words = (
            f"a secret is {PREFIX} and the base64 of {SECRET_BYTES[0]} to {SECRET_BYTES[-1]} bytes,"
            f" such as `echo {PREFIX}$(openssl rand -base64 32)` makes"
        )
        raise InputError(words, file=file, line=number)
    return found
