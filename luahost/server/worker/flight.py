"""
A flight: one transaction under way in a worker, or all sessions as they end, in a greenlet of its own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any, Protocol

from greenlet import getcurrent, greenlet

from luahost.dataclass import dataclass, field
from luahost.drivers import DriverEntry
from luahost.effects import Http, Log, ProcessKilled
from luahost.errors import LuahostError, UsageError, fault_words
from luahost.events import MessageAppend
from luahost.host import Host, Inside, Session
from luahost.runtime import Limits, LuaState
from luahost.server.worker.effect_form import SEEN, calls_document, effect_document
from luahost.server.worker.frames import (
    CLOSE,
    DONE,
    EXCHANGE,
    METADATA,
    PAUSE,
    READ,
    RUN,
    SETUP,
    STOPPED,
    TOLD,
    Frame,
    dumped,
)
from luahost.server.worker.reported_store import ReportedStore
from luahost.server.worker.server_seams import ServerFiles, ServerMetadata, ServerWay, Texts
from luahost.server.worker.sessions import Kept, Key, Sessions
from luahost.sources.plain_transactions import read_transaction
from luahost.sources.transaction_schema import RecordedTransaction, SchemaError
from luahost.store import MailUser, MemoryMetadata

GRACE_SECONDS = 1.0
"""
How long after its time a script may still run until its process is ended: Lua's own hook stops it sooner, and
says where it was.
"""

OF_SESSIONS = frozenset({READ, EXCHANGE, METADATA, TOLD})
"""Kinds of frames that are about a session, whether anything has happened in it or not."""

LAST = frozenset({DONE, STOPPED})
"""Kinds of frames after which nothing comes."""

_UNKNOWN = MessageAppend(mailbox="INBOX", uid=1, uid_validity=1)
"""Stands for what was rolled back: that something began is all that is known, and all that scripts learn."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """
    What the flights of a worker share.

    Attributes:
        lua: The Lua version of scripts.

        limits: What they may use.

        sessions: Those that are kept.

        texts: Scripts that the server has sent.
    """

    lua: str
    limits: Limits
    sessions: Sessions
    texts: Texts = field(default_factory=Texts)


class Wire(Protocol):
    """
    What brings a flight's frames to the server; see :class:`~luahost.server.worker.flights.Flights`.
    """

    def say(self, frame: Frame) -> None:
        """
        Send a frame soon.
        """

    def await_frame(self) -> Frame:
        """
        Have the flight that runs wait for the server's next frame to it.
        """


class Flight(greenlet):
    """
    One flight after another: a new greenlet for each would cost more than what most transactions do, as the
    system has to find memory for its stack.

    Args:
        wire: By which it says what there is to say.

        rooms: What it shares with the others.

    Attributes:
        number: By which the server knows the flight that is under way.

        landed: Whether none is.
    """

    def __init__(self, wire: Wire, rooms: Rooms) -> None:
        super().__init__()
        self.number = 0
        self.landed = True
        self._wire = wire
        self._rooms = rooms
        self._session: Session | None = None
        self._session_number: int | None = None
        self._outside = False
        self._asking = False
        self._failed = False
        self._calls: dict[tuple[str, str], int] = {}
        self._seen: Http | None = None

    @staticmethod
    def current() -> Flight:
        """
        The one that runs.
        """
        found = getcurrent()
        assert isinstance(found, Flight)
        return found

    def run(self, frame: Frame) -> None:
        """
        Do what the server wants, again and again; called by the greenlet.
        """
        try:
            while True:
                self.number, self.landed = frame.flight, False
                self._say(DONE, self._flown(frame))
                self._session = self._session_number = None
                self.landed = True
                frame = self._wire.await_frame()
        except BaseException:  # noqa: BLE001  the server waits for an answer that will not come
            os._exit(70)

    def _flown(self, frame: Frame) -> dict[str, Any]:
        if frame.kind == RUN:
            return self._run(frame.payload, fresh=frame.loaded()["fresh"])
        if frame.kind == CLOSE:
            self._let_go(self._rooms.sessions.clear())
        return {}

    def pause(self, seconds: float) -> None:
        """
        Let time pass, and others have their turn.
        """
        self.ask(PAUSE, {"seconds": seconds})

    def ask(self, kind: int, document: dict[str, Any]) -> Mapping[str, Any]:
        """
        What the server answers to a question.
        """
        self._asking = True
        self._say(kind, document)
        frame = self._wire.await_frame()
        self._asking = False
        return frame.loaded()

    def saw(self, effect: Http) -> None:
        """
        An effect of the exchange that the server has just made, which knows as much of it.
        """
        if effect.driver is None:
            self._seen = effect

    def overdue(self) -> Frame | None:
        """
        What is to be said if a script runs here that should have been stopped long ago, None if none does;
        from another thread.
        """
        session = self._session
        if session is None or self._asking:
            return None
        for state in session.states:
            limited = state.meter.nearest_time() if state.meter.calling else None
            if limited is not None and limited[1] > limited[2] + GRACE_SECONDS:
                limit, spent, allowed = limited
                return self._framed(STOPPED, {"limit": limit, "spent": spent, "allowed": allowed})
        return None

    def _say(self, kind: int, document: dict[str, Any]) -> None:
        self._wire.say(self._framed(kind, document))

    def _framed(self, kind: int, document: dict[str, Any]) -> Frame:
        """
        A frame, with the effects that the server has not heard of.
        """
        session = self._session
        effects = [] if session is None else self._effects(session)
        if effects:
            document["effects"] = effects
        # Of an exchange that the server knows it knows the session, and all sessions say the same.
        if kind in OF_SESSIONS or effects not in ([], [SEEN]):
            document["session"] = self._session_number
            if self._outside:
                document["outside"] = True
        if self._calls and kind in LAST:
            document["calls"], self._calls = calls_document(self._calls), {}
        return Frame(kind, self.number, dumped(document))

    def _effects(self, session: Session) -> list[Any]:
        """
        What has happened in a session since the last time; calls are counted.
        """
        found: list[Any] = []
        for effect in session.effects.take_uncounted(self._uncounted if self._outside else self._count):
            if effect is self._seen:
                found.append(SEEN)
                continue
            if effect.marked and (type(effect) is ProcessKilled or getattr(effect, "failure", None)):
                self._failed = True
            found.append(effect_document(effect))
        self._seen = None
        return found

    def _count(self, driver: str | None, function: str) -> None:
        call = driver or "", function
        self._calls[call] = self._calls.get(call, 0) + 1

    def _uncounted(self, driver: str | None, function: str) -> None:
        """
        What is called outside belongs to no transaction.
        """

    def _run(self, payload: bytes, *, fresh: bool) -> dict[str, Any]:
        """
        Run a transaction, and say what came of it.
        """
        try:
            transaction = read_transaction(payload)
        except (SchemaError, ValueError) as error:
            return {"failure": f"this luahost cannot read the transaction: {error}", "cause": "input"}
        key = transaction.session
        kept = self._rooms.sessions.take(key)
        if kept is not None and fresh:
            self._let_go([kept])
            kept = None
        self._failed = False
        self._calls = {}
        try:
            kept = kept or self._begun(transaction)
            return self._performed(transaction, key, kept)
        except LuahostError as error:
            return {"failure": str(error), "cause": "start"}
        except Exception as fault:  # noqa: BLE001  the operator has to hear of it, and the worker goes on
            return {"failure": fault_words(fault), "cause": "fault"}

    def _begun(self, transaction: RecordedTransaction) -> Kept:
        """
        A new session for this transaction, entered.

        Raises:
            LuahostError: There can be none.
        """
        setup = self.ask(SETUP, {"user": dict(transaction.user)})
        if "refused" in setup:
            raise LuahostError(setup["refused"])
        number: int = setup["session"]
        self._session_number = number
        user = MailUser(**{**transaction.user, "service": setup["service"]})
        host = Host(
            drivers=[DriverEntry(**entry) for entry in setup["drivers"]],
            settings=setup["settings"],
            mail_lua_script=setup["mail_lua_script"],
            mail_lua_settings=setup["mail_lua_settings"],
            dialect=setup["dialect"],
            lua=self._rooms.lua,
            limits=self._rooms.limits,
            files=ServerFiles(Flight.current, setup["files"], self._rooms.texts),
            inside=Inside(way=ServerWay(Flight.current, setup["total_seconds"]), state=SessionState),
        )
        store = ReportedStore(
            ServerMetadata(Flight.current) if setup["metadata"] else MemoryMetadata(),
            lambda words: session.effects.add(Log(level="warning", text=words, source="driver")),
        )
        store.report(transaction)
        session = host.session(user, store=store)
        self._session = session
        session.__enter__()
        return Kept(number=number, service=user.service, session=session, store=store)

    def _performed(self, transaction: RecordedTransaction, key: Key, kept: Kept) -> dict[str, Any]:
        """
        Let it happen in this session, which is kept if all went well.
        """
        session = self._session = kept.session
        self._session_number = kept.number
        found: dict[str, Any] = {} if session.loaded else {"started": False}
        kept.store.report(transaction)
        try:
            if transaction.success:
                session.notify(*transaction.events)
            else:
                session.rollback(*(transaction.events or (_UNKNOWN,)))
        except UsageError as error:
            # The mail store refuses what is said to have happened, and will each time.
            found |= {"failure": str(error), "cause": "input"}
        # Where no session is named, nothing says that another transaction is of the same one.
        goes_on = key[2] is not None and session.loaded and not self._failed and "failure" not in found
        if goes_on:
            self._let_go(self._rooms.sessions.put(key, kept, time.monotonic()))
        else:
            self._let_go([kept])
        return found

    def _let_go(self, ended: list[Kept]) -> None:
        """
        End sessions; what their scripts do then belongs to no transaction.
        """
        if not ended:
            return
        self._say(TOLD, {})
        before = self._session, self._session_number
        self._outside = True
        try:
            for kept in ended:
                self._session, self._session_number = kept.session, kept.number
                kept.session.__exit__(None, None, None)
                self._say(TOLD, {"ended": True})
        finally:
            self._outside = False
            self._session, self._session_number = before


class SessionState(LuaState):
    """
    A Lua state of a session in a worker: what waits there waits for the others, too.
    """

    # LuaJIT's would need memory that can be executed.
    machine_code = False
    patience_seconds = 0.02
    wait = staticmethod(lambda seconds: Flight.current().pause(seconds))
    give_way = staticmethod(lambda: Flight.current().pause(0))
