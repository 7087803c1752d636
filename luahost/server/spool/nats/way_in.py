"""
What a connection to NATS is made with: the client, its login, its TLS. nats-py is imported from here on.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from luahost.config.nats_place import Access, read_secrets
from luahost.errors import EndpointError, UsageError
from luahost.tls import Tls, tls_context

if TYPE_CHECKING:
    import ssl

    from nats.aio.client import Client

    from luahost.server.spool.nats.credentials import Signer


def client_maker(access: Access) -> Callable[[], Client]:
    """
    What makes a client for a way in; what is wrong with files is told now, and not as a server's refusal.

    Raises:
        UsageError: nats-py is not installed, or a file cannot be used.
    """
    try:
        from luahost.server.spool.nats.credentials import from_creds, from_nkey
        from luahost.server.spool.nats.persistent_client import PersistentClient

        signer: Callable[[], Signer] | None = None
        if access.creds is not None:
            signer = functools.partial(from_creds, access.creds)
        elif access.nkey is not None:
            signer = functools.partial(from_nkey, access.nkey)
        if signer is not None:
            signer()
    except ModuleNotFoundError as error:
        words = f"a spool on NATS needs the Python package {error.name}: pip install 'luahost[cluster]'"
        raise UsageError(words) from None
    read_secrets(access)
    if access.wants_tls:
        _tls(access)
    context = functools.partial(_tls, access)
    return lambda: PersistentClient(wants_tls=access.wants_tls, context=context, signer=signer)


def _tls(access: Access) -> ssl.SSLContext:
    try:
        return tls_context(Tls(cafile=access.ca, certificate=access.certificate, key=access.key))
    except EndpointError as error:
        files = [file for file in (access.ca, access.certificate, access.key) if file is not None]
        named = ", ".join(files) or "the system's authorities"
        raise UsageError(f"TLS for NATS with {named}: {error.detail}") from None


def failures_of_clients() -> tuple[type[BaseException], ...]:
    """
    What a client raises.
    """
    from nats import errors

    return (errors.Error, OSError, TimeoutError)
