"""
A connection to NATS, with an event loop in a thread of its own.

What is made is made to last: when a server goes away the others of its cluster are tried, for as long as it
takes; only the first connection fails, with words for the operator. Nothing is kept back for later while
there is no connection: what cannot be sent now raises, so nothing old is said when the connection is back.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from luahost.config.nats_place import NatsPlace, read_secrets
from luahost.errors import SpoolError, UsageError
from luahost.server.spool.nats.api import PREFIX, ApiError, ask
from luahost.server.spool.nats.watch import Watch
from luahost.server.spool.nats.way_in import client_maker, failures_of_clients

if TYPE_CHECKING:
    from nats.aio.client import Client

T = TypeVar("T")

LEAST_VERSION = (2, 12)
"""The first nats-server that keeps several messages as all or none (ADR-50)."""

CONNECT_SECONDS = 3
"""How long one server may take to let us in."""

PING_SECONDS = 1
UNANSWERED = 2
"""A server that leaves more pings than these unanswered is gone."""

AGAIN_SECONDS = 0.5
"""How long the same server is left alone after it failed."""

FLUSH_SECONDS = 2
CLOSE_SECONDS = 5.0
ASK_SECONDS = 5.0

log = logging.getLogger("luahost.server")


class Connection:
    """
    A connection, open from the beginning until it is closed.

    Args:
        place: The servers, and who to be there.

        name: What the servers call us in their lists of connections.

        patience_seconds: How long servers that do not answer are tried at first.

    Raises:
        UsageError: nats-py is not installed; a file of the place cannot be used; the servers refuse the
            login, speak no TLS, are too old or have no JetStream.

        SpoolError: None of the servers can be reached.

    Attributes:
        place: The same.

        prefix: The place's.

        loop: The event loop. Its thread runs all callbacks.

        failures: What nats-py raises, for those that do not import it.

        watch: Is told what is kept and what nobody answers.
    """

    def __init__(self, place: NatsPlace, *, name: str = "luahost", patience_seconds: float = 0.0) -> None:
        self.place = place
        self.prefix = place.prefix
        self._new_client = client_maker(place.access)
        self.failures = failures_of_clients()
        self.watch = Watch()
        self._name = name
        self._lost: list[Callable[[], None]] = []
        self._back: list[Callable[[], None]] = []
        self._failures: list[BaseException] | None = []
        self._denied: set[str] = set()
        self._denial = asyncio.Event()
        self._away: str | None = None
        self._closing = False
        self._client: Client | None = None
        self._server = "?"
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="luahost nats", daemon=True)
        self._thread.start()
        try:
            self.call(self._open(patience_seconds)).result()
        except BaseException:
            self.close()
            raise

    @property
    def client(self) -> Client:
        """
        nats-py's client, for use in the loop.
        """
        assert self._client is not None
        return self._client

    @property
    def connected(self) -> bool:
        """
        Whether there is a connection now, as far as is known.
        """
        return self._client is not None and self._client.is_connected

    @property
    def max_payload(self) -> int:
        """
        The longest message that the server takes, in bytes.
        """
        return self.client.max_payload

    @property
    def server_name(self) -> str:
        """
        The name of the server that we are connected to.
        """
        # nats-py keeps what the server greeted with and has no public name for it.
        return str(self.client._server_info.get("server_name", "?"))

    @property
    def denied(self) -> frozenset[str]:
        """
        What the servers did not let us do, in their words.
        """
        return frozenset(self._denied)

    def call(self, coroutine: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """
        Run something in the loop, from any thread.

        Raises:
            SpoolError: The connection was closed.
        """
        try:
            return asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        except RuntimeError:
            coroutine.close()
            raise SpoolError(f"the connection to NATS at {self.place} is closed") from None

    async def ask(
        self,
        subject: str,
        request: Mapping[str, Any] | None = None,
        *,
        headers: dict[str, str] | None = None,
        seconds: float = ASK_SECONDS,
        prefix: str = PREFIX,
    ) -> dict[str, Any]:
        """
        Ask JetStream, see :func:`~luahost.server.spool.nats.api.ask`, in the loop.

        Raises:
            UsageError: Our user may not ask that. NATS tells so beside the answer, which never comes.
        """
        whole = f'"{prefix}{subject}"'.lower()
        # It may have been allowed since.
        self._denied = {words for words in self._denied if whole not in words}
        asking = asyncio.ensure_future(
            ask(self.client, subject, request, headers=headers, seconds=seconds, prefix=prefix)
        )
        try:
            while not asking.done():
                denial = asyncio.ensure_future(self._denial.wait())
                await asyncio.wait([asking, denial], return_when=asyncio.FIRST_COMPLETED)
                denial.cancel()
                if found := [words for words in self._denied if whole in words]:
                    raise UsageError(
                        f"NATS at {self.place} refuses: {found[0]}. `luahost cluster permissions` prints "
                        "what its user needs"
                    )
            return await asking
        finally:
            asking.cancel()

    def on_lost(self, callback: Callable[[], None]) -> None:
        """
        Call it, in the loop, each time the connection is gone.
        """
        self._lost.append(callback)

    def on_reconnect(self, callback: Callable[[], None]) -> None:
        """
        Call it, in the loop, each time there is a connection again, subscriptions included.
        """
        self._back.append(callback)

    def close(self) -> None:
        """
        Send what is to be sent, and end. From any thread but the loop's; a second time does nothing.
        """
        if self.loop.is_closed():
            return
        self._closing = True
        try:
            self.call(self._close()).result(CLOSE_SECONDS)
        except concurrent.futures.TimeoutError:
            log.warning("the connection to NATS did not close in time")
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    async def _close(self) -> None:
        if self.connected:
            with contextlib.suppress(*self.failures):
                await self.client.flush(FLUSH_SECONDS)
        if self._client is not None:
            await self._client.close()
        rest = asyncio.all_tasks(self.loop) - {asyncio.current_task(self.loop)}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await self.loop.shutdown_asyncgens()

    async def _open(self, patience_seconds: float) -> None:
        end = time.monotonic() + patience_seconds
        while True:
            try:
                await self._connect()
                await self._check()
            except SpoolError:
                if time.monotonic() > end:
                    raise
                await self._end_client()
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                break
        # Held, as the loop itself forgets tasks. It ends with the loop.
        self._watching = asyncio.ensure_future(self.watch.look(self.client))

    async def _connect(self) -> None:
        """
        Let each of the servers have one chance.
        """
        from nats import errors

        from luahost.server.spool.nats.refusals import refusal

        addresses = list(self.place.addresses)
        # Each machine begins elsewhere, so that one server does not have them all.
        random.shuffle(addresses)
        self._failures = []
        access = self.place.access
        self._client = client = self._new_client()
        try:
            await client.connect(
                servers=[f"nats://{address}" for address in addresses],
                name=self._name,
                error_cb=self._hear_error,
                disconnected_cb=self._hear_lost,
                reconnected_cb=self._hear_back,
                dont_randomize=True,
                max_reconnect_attempts=-1,
                connect_timeout=CONNECT_SECONDS,
                reconnect_time_wait=AGAIN_SECONDS,  # type: ignore[arg-type]  # asyncio.sleep takes it
                ping_interval=PING_SECONDS,
                max_outstanding_pings=UNANSWERED,
                tls_handshake_first=access.handshake_first,
                user=access.user,
                password=self._password if access.user is not None else None,
                token=self._token if access.token or access.token_file else None,
                pending_size=0,
            )
        except (_AllFailed, OSError, errors.Error):
            failures = self._failures or []
            await self._end_client()
            raise refusal(addresses, failures, access) from None
        # From here on servers are tried again whatever fails.
        self._failures = None

    def _password(self) -> str:
        return read_secrets(self.place.access).password or ""

    def _token(self) -> str:
        return read_secrets(self.place.access).token or ""

    async def _end_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            closing, self._closing = self._closing, True
            await client.close()
            self._closing = closing

    async def _check(self) -> None:
        """
        Whether the servers can do what a spool needs.
        """
        from luahost.server.spool.nats.refusals import no_jetstream

        self._note_server()
        version = self.client.connected_server_version
        if (version.major, version.minor) < LEAST_VERSION:
            least = ".".join(map(str, LEAST_VERSION))
            found = f"{version.major}.{version.minor}.{version.patch}"
            raise UsageError(f"nats-server at {self._server} is {found}; a spool needs {least} or later")
        try:
            await self.ask("INFO")
        except ApiError as error:
            if error.is_off:
                raise UsageError(no_jetstream(self._server, error)) from None
            raise SpoolError(f"JetStream at {self.place} is not ready: {error}") from None
        except SpoolError as error:
            raise SpoolError(
                f"JetStream at {self.place} is not ready: {error}. While its servers elect a leader, for ten "
                "seconds or less, it answers nobody: try again"
            ) from None

    def _note_server(self) -> None:
        url = self.client.connected_url
        if url is not None:
            self._server = f"{url.hostname}:{url.port}"

    async def _hear_error(self, error: Exception) -> None:
        from luahost.server.spool.nats.persistent_client import PERMISSIONS
        from luahost.server.spool.nats.refusals import reason

        if self._closing:
            return
        words = str(error).removeprefix("nats: ")
        if PERMISSIONS in words.lower():
            if words not in self._denied:
                self._denied.add(words)
                # Those who wait for an answer look whether it is theirs.
                self._denial.set()
                self._denial = asyncio.Event()
                log.error("NATS does not allow something that luahost needs: %s", words)
            return
        if self._failures is not None and not self.connected:
            self._failures.append(error)
            if len(self._failures) >= len(self.place.servers):
                raise _AllFailed
            return
        if reason(error) != self._away:
            self._away = reason(error)
            log.warning("NATS at %s: %s", self._server, self._away)

    async def _hear_lost(self) -> None:
        if self._closing:
            return
        log.warning("the connection to NATS at %s is lost; it is tried again until it is back", self._server)
        for callback in self._lost:
            callback()

    async def _hear_back(self) -> None:
        self._away = None
        self._note_server()
        log.info("connected to NATS at %s again", self._server)
        for callback in self._back:
            callback()


class _AllFailed(Exception):
    """
    Ends the client's first attempts; none of its own errors, which it would go on after.
    """
