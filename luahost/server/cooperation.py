"""
Waiting that costs no thread: each transaction under way is a greenlet of one thread, by gevent, and code
reads as if it had a thread of its own. Only this module knows gevent.

What waits by other means than these waits for all of them; what cannot be had otherwise goes :func:`aside`.
"""

from __future__ import annotations

import errno
import functools
import os
import socket
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Generic, TypeVar

import gevent
from gevent.event import AsyncResult, Event
from gevent.hub import Waiter
from gevent.socket import wait_write

from luahost.lookup import InTime, heard_from

T = TypeVar("T")

spawn = gevent.spawn
sleep = gevent.sleep
current = gevent.getcurrent
join_all = gevent.joinall

_READABLE, _WRITABLE = 1, 2
"""What a loop calls the events that something can be read, and written."""

_GOES_ON = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY)

__all__ = [
    "AsyncResult",
    "CooperativeSocket",
    "CooperativeSockets",
    "Crew",
    "Errands",
    "Event",
    "Inbox",
    "Watch",
    "aside",
    "current",
    "join_all",
    "sleep",
    "soon",
    "spawn",
    "wait_write",
]


def soon(act: Callable[..., None], *values: Any) -> None:
    """
    Have this called by the loop, in which nothing may wait, when those have had their turn who can go on now.
    """
    gevent.get_hub().loop.run_callback(act, *values)


def aside(ask: Callable[[], T], seconds: float | None = None) -> T:
    """
    What comes of something that can only wait in a thread of its own.

    Args:
        ask: It.

        seconds: How long to wait for it; None for as long as it takes.

    Raises:
        TimeoutError: It takes longer; it is left to itself.
    """
    with gevent.Timeout(seconds, TimeoutError):
        return heard_from(ask, gevent.get_hub().threadpool.apply)


class Errands:
    """
    What greenlets of one thread want of others, who answer by futures: all that is wanted in one moment is
    asked for together, and all that is done together comes in one step.

    Args:
        together: Gives what to be in while asking.

        pace_seconds: How long it is at least from one asking to the next, unless there is a :meth:`hurry`.
    """

    def __init__(
        self,
        together: Callable[[], AbstractContextManager[None]] = nullcontext,
        *,
        pace_seconds: float = 0.0,
    ) -> None:
        self._together = together
        self._pace_seconds = pace_seconds
        self._asked_at = -float("inf")
        self._timer: Any = None
        self._going = False
        self._wanted: list[tuple[Callable[[], Future[Any]], Callable[[Future[Any]], object]]] = []
        self._done: deque[tuple[Callable[[Future[Any]], object], Future[Any]]] = deque()
        self._bell: Any = None

    def result(self, ask: Callable[[], Future[T]]) -> T:
        """
        What a future comes to that is asked for, or its exception.
        """
        waiter: Waiter[Future[T]] = Waiter()
        self.send(ask, waiter.switch)
        return waiter.get().result()

    def send(
        self, ask: Callable[[], Future[T]], heard: Callable[[Future[T]], object], *, first: bool = False
    ) -> None:
        """
        Have something asked for, and go on.

        Args:
            ask: Asks for it.

            heard: Called by the loop with the future, once that is done.

            first: Whether it is asked for before all that is wanted already.
        """
        self._wanted.insert(0 if first else len(self._wanted), (ask, heard))
        if self._going or self._timer is not None:
            return
        seconds = self._asked_at + self._pace_seconds - time.monotonic()
        if seconds <= 0:
            self.hurry()
        else:
            self._timer = gevent.get_hub().loop.timer(seconds)
            self._timer.start(self.hurry)

    def hurry(self) -> None:
        """
        What is wanted is asked for now: nobody else will want anything before that.
        """
        self._stop_timer()
        if self._wanted and not self._going:
            self._going = True
            # All those have their turn before who can go on now: they may want something, too.
            soon(soon, self._go)

    def close(self) -> None:
        """
        Nothing is wanted any more.
        """
        self._stop_timer()
        if self._bell is not None:
            self._bell.close()
            self._bell = None

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.close()

    def _go(self) -> None:
        wanted, self._wanted = self._wanted, []
        self._going = False
        self._asked_at = time.monotonic()
        with self._together():
            asked = [(_asked(ask), heard) for ask, heard in wanted]
        if self._bell is None:
            self._bell = gevent.get_hub().loop.async_()
            self._bell.start(self._arrive)
        for future, heard in asked:
            if future.done():
                heard(future)
            else:
                future.add_done_callback(functools.partial(self._put, heard))

    def _put(self, heard: Callable[[Future[Any]], object], future: Future[Any]) -> None:
        """
        It is done; called by any thread.
        """
        self._done.append((heard, future))
        self._bell.send()

    def _arrive(self) -> None:
        while self._done:
            heard, future = self._done.popleft()
            heard(future)


def _asked(ask: Callable[[], Future[T]]) -> Future[T]:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001  whoever waits has to hear of it, and nobody else
        failed: Future[T] = Future()
        failed.set_exception(error)
        return failed


class Inbox:
    """
    What comes for one greenlet, which is brought by callbacks of the loop.
    """

    __slots__ = ("_come", "_waiting")

    def __init__(self) -> None:
        self._come: deque[Any] = deque()
        self._waiting: Any = None

    def put(self, found: Any) -> None:
        """
        Something has come. If the greenlet waits for it, it goes on at once; then the caller is the loop.
        """
        waiting = self._waiting
        if waiting is None:
            self._come.append(found)
        else:
            self._waiting = None
            waiting.switch(found)

    def get(self) -> Any:
        """
        Wait for the next.
        """
        if self._come:
            return self._come.popleft()
        self._waiting = gevent.getcurrent()
        try:
            return gevent.get_hub().switch()
        finally:
            self._waiting = None


class Crew(Generic[T]):
    """
    Greenlets that do one thing after another. A new one for each thing would cost more than most things do,
    as the system has to find memory for its stack.

    Args:
        work: Does one thing. What it raises ends its greenlet only, and is printed.
    """

    def __init__(self, work: Callable[[T], None]) -> None:
        self._work = work
        self._idle: list[Inbox] = []

    def give(self, thing: T) -> None:
        """
        Have this done, when those have had their turn who can go on now.
        """
        if self._idle:
            soon(self._idle.pop().put, (thing,))
        else:
            spawn(self._member, thing)

    def dismiss(self) -> None:
        """
        Let those go who have nothing to do.
        """
        while self._idle:
            soon(self._idle.pop().put, None)

    def _member(self, thing: T) -> None:
        inbox = Inbox()
        given: tuple[T] | None = (thing,)
        while given is not None:
            self._work(*given)
            self._idle.append(inbox)
            given = inbox.get()


class Watch:
    """
    Has the loop of the thread that makes this call when a descriptor can be read, and every so often besides.
    Nothing may wait in what is called.

    Args:
        descriptor: It; not closed before :meth:`stop`.

        ready: Called when there is something to read.

        look: Called every so often.

        seconds: How often that is.
    """

    def __init__(
        self, descriptor: int, ready: Callable[[], None], look: Callable[[], None], seconds: float
    ) -> None:
        loop = gevent.get_hub().loop
        self._watchers = (loop.io(descriptor, _READABLE), loop.timer(seconds, seconds))
        for watcher, act in zip(self._watchers, (ready, look), strict=True):
            watcher.start(act)

    def stop(self) -> None:
        """
        Nothing is called any more.
        """
        for watcher in self._watchers:
            watcher.close()


class CooperativeSocket(socket.socket):
    """
    A socket on which only the greenlet waits that uses it. Between two uses it belongs to no thread.
    """

    _patience: float | None = None

    def __init__(self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None) -> None:
        super().__init__(family, type, proto, fileno)
        self.setblocking(False)

    def settimeout(self, seconds: float | None) -> None:
        """
        How long each of the next steps may wait, None for ever.
        """
        self._patience = seconds

    def _await(self, event: int) -> None:
        """
        Let others have their turn until this can go on.

        Raises:
            TimeoutError: That takes longer than there is patience.
        """
        hub = gevent.get_hub()
        watcher = hub.loop.io(self.fileno(), event)
        timer = None if self._patience is None else hub.loop.timer(self._patience)
        go_on = gevent.getcurrent().switch
        try:
            watcher.start(go_on, True)
            if timer is not None:
                timer.start(go_on, False)
            if not hub.switch():
                raise TimeoutError("timed out")
        finally:
            for each in (watcher, timer):
                if each is not None:
                    each.close()

    def connect(self, address: Any) -> None:
        """
        See ``socket``.
        """
        fault = self.connect_ex(address)
        if fault in _GOES_ON:
            fault = self.connect_ex(address)  # one on this machine has taken it by now
        if fault in _GOES_ON:
            self._await(_WRITABLE)
            fault = self.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if fault:
            raise OSError(fault, os.strerror(fault))

    def recv(self, size: int, flags: int = 0) -> bytes:
        """
        See ``socket``.
        """
        while True:
            try:
                return super().recv(size, flags)
            except BlockingIOError:
                self._await(_READABLE)

    def send(self, data: Any, flags: int = 0) -> int:
        """
        See ``socket``.
        """
        while True:
            try:
                return super().send(data, flags)
            except BlockingIOError:
                self._await(_WRITABLE)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """
        See ``socket``.
        """
        end = None if self._patience is None else time.monotonic() + self._patience
        rest = memoryview(data)
        while rest:
            rest = rest[self.send(rest, flags) :]
            if rest and end is not None and time.monotonic() > end:
                raise TimeoutError("timed out")


class CooperativeSockets:
    """
    Sockets on which no thread waits; see :class:`luahost.network.sockets.Sockets`.
    """

    in_time: InTime = staticmethod(aside)

    def new(self, family: int, kind: int, protocol: int) -> socket.socket:
        """
        A socket.
        """
        return CooperativeSocket(family, kind, protocol)
