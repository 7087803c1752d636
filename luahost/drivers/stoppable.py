"""
The Lua driver of scripts that may be stopped: what comes after a limit.

A script that used more than it may has been stopped somewhere in its middle, so its Lua state is of no more
use. Nothing more of it is called, ``end_txn`` and ``script_deinit`` included, and the next transaction finds
the script loaded anew. Dovecot has no limits and nothing like this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from luahost.drivers.context import DriverContext
from luahost.drivers.driver import Driver, Registration
from luahost.drivers.entry import DriverEntry
from luahost.drivers.lua import LuaDriver
from luahost.drivers.records import Changed, Record
from luahost.effects import Log
from luahost.errors import ScriptLimitError
from luahost.events import Event

LOST = (
    "lua: the script was stopped in another transaction, and what it knew of this one is lost; "
    "nothing more of it is called here"
)


class StoppableLuaDriver(Driver):
    """
    A :class:`LuaDriver`, and another one after a limit.
    """

    def __init__(self, entry: DriverEntry, context: DriverContext) -> None:
        self._new: Callable[[], LuaDriver] = lambda: LuaDriver(entry, context)
        self._effects = context.effects
        self._driver: LuaDriver | None = None
        self._stopped = False
        self._begun: dict[int, LuaDriver] = {}

    def open(self) -> bool:
        driver = self._new()
        opened = driver.open()
        self.unread = driver.unread
        self._driver = driver if opened else None
        return opened

    def begin(self, transaction: int, mailbox: str) -> Registration | None:
        driver = self._ready()
        if driver is None:
            return None
        self._begun[transaction] = driver
        try:
            return driver.begin(transaction, mailbox)
        except ScriptLimitError as error:
            self._stop(transaction, driver, error)
            return None

    def process(self, transaction: int, changed: Changed, records: Sequence[Record]) -> None:
        driver = self._at_work(transaction)
        if driver is None:
            return
        try:
            driver.process(transaction, changed, records)
        except ScriptLimitError as error:
            self._stop(transaction, driver, error)

    def end(self, transaction: int, *, success: bool) -> None:
        driver = self._at_work(transaction)
        self._begun.pop(transaction, None)
        if driver is None:
            return
        try:
            driver.end(transaction, success=success)
        except ScriptLimitError as error:
            self._stop(transaction, driver, error)

    def conclude(
        self, transaction: int, told: Iterable[tuple[Changed, Sequence[Record]]], *, success: bool
    ) -> None:
        driver = self._at_work(transaction)
        self._begun.pop(transaction, None)
        if driver is None:
            return
        try:
            driver.conclude(transaction, told, success=success)
        except ScriptLimitError as error:
            self._stop(transaction, driver, error)

    def transact(self, transaction: int, events: Sequence[Event], committed: Callable[[], None]) -> bool:
        driver = self._ready()
        if driver is None:
            return False
        try:
            return driver.transact(transaction, events, committed)
        except ScriptLimitError as error:
            self._stop(transaction, driver, error)
            return False

    def kills(self) -> bool:
        driver = self._driver
        try:
            return driver is not None and driver.kills()
        except ScriptLimitError as error:
            if driver is not None:
                driver.tell(error)
            return False

    def close(self) -> None:
        driver = self._driver
        if driver is None:
            return
        try:
            driver.close()
        except ScriptLimitError as error:
            driver.tell(error)

    def _ready(self) -> LuaDriver | None:
        """
        The driver for a transaction that begins, another one if the last was stopped; None if there is none.
        """
        if self._stopped:
            self._stopped = False
            self.open()
        return self._driver

    def _at_work(self, transaction: int) -> LuaDriver | None:
        """
        The driver that knows this transaction, None if it was stopped.
        """
        driver = self._begun.get(transaction)
        if driver is not None and driver is not self._driver:
            del self._begun[transaction]
            self._effects.add(Log(level="error", text=LOST, prefix="lua: ", source="driver"))
            return None
        return driver

    def _stop(self, transaction: int, driver: LuaDriver, error: ScriptLimitError) -> None:
        driver.tell(error)
        self._begun.pop(transaction, None)
        if self._driver is driver:
            self._driver, self._stopped = None, True
