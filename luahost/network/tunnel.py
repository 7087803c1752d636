"""
Tunnels: a proxy is asked to pass everything on to an endpoint (RFC 9110, section 9.3.6).
"""

from __future__ import annotations

import base64
import urllib.parse
from typing import TYPE_CHECKING, NamedTuple

from luahost.errors import EndpointError
from luahost.exchange import Place, Request, from_wire
from luahost.network.conversation import Conversation

if TYPE_CHECKING:
    from ssl import SSLContext

    from luahost.network.connection import Connection
    from luahost.network.deadline import Deadline


class Tunnel(NamedTuple):
    """
    A tunnel to an endpoint to whom TLS is spoken.

    Attributes:
        host: The endpoint.

        port: Its port.

        context: For TLS with the endpoint.

        credentials: What the proxy is told in ``Proxy-Authorization``, None for nothing.
    """

    host: str
    port: int
    context: SSLContext
    credentials: str | None

    @classmethod
    def of(cls, proxy: str, endpoint: Place, context: SSLContext) -> Tunnel:
        """
        A tunnel through a proxy, whose URL may have credentials.
        """
        authority = proxy.partition("://")[2].partition("/")[0]
        userinfo, at, _ = authority.rpartition("@")
        credentials = None
        if at:
            user, _, password = userinfo.partition(":")
            plain = b":".join(urllib.parse.unquote_to_bytes(part) for part in (user, password))
            credentials = "Basic " + base64.b64encode(plain).decode()
        return cls(endpoint.host, endpoint.port_number, context, credentials)

    def open(
        self, connection: Connection, patience: float | None, tls_patience: float | None, deadline: Deadline
    ) -> None:
        """
        Make a connection to the proxy one to the endpoint; it is closed if that fails.

        Args:
            connection: Nothing has been said on it.

            patience: How long the proxy may take for a word, None for ever.

            tls_patience: How long the endpoint may take until TLS can be spoken, None for ever.

            deadline: When it must be over.

        Raises:
            EndpointError: It failed; of the kind ``tunnel`` if the proxy does not want to.
        """
        try:
            self._ask(connection, patience, deadline)
        except BaseException:
            connection.close(reset=deadline.passed)
            raise
        connection.start_tls(self.context, self.host, tls_patience, deadline)

    def _ask(self, connection: Connection, patience: float | None, deadline: Deadline) -> None:
        host = f"[{self.host}]" if ":" in self.host else self.host
        authority = f"{host}:{self.port}"
        headers = [("Host", authority), ("Accept", "*/*")]
        if self.credentials is not None:
            headers.append(("Proxy-Authorization", self.credentials))
        request = Request(method="CONNECT", url="", headers=tuple(headers), timeout_seconds=patience)
        conversation = Conversation(connection, request, authority.encode(), deadline)
        conversation.say()
        head = conversation.head()
        if head.status_code // 100 != 2:
            raise EndpointError("tunnel", f"{head.status_code} {from_wire(head.reason)}")
