"""
The list of drivers of one session: which entries become drivers, and when one that fails ends the list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from luahost.drivers.context import DriverContext
from luahost.drivers.driver import Driver
from luahost.drivers.entry import DriverEntry
from luahost.effects import Log


# A driver's module is imported where it is wanted: most hosts have one driver.
def _dlog(entry: DriverEntry, context: DriverContext) -> Driver:
    from luahost.drivers.dlog import dlog_driver

    return dlog_driver(entry, context)


def _lua(entry: DriverEntry, context: DriverContext) -> Driver:
    from luahost.drivers.stoppable import StoppableLuaDriver

    return StoppableLuaDriver(entry, context)


def _ox(entry: DriverEntry, context: DriverContext) -> Driver:
    from luahost.drivers.ox import OxDriver

    return OxDriver(entry, context)


DRIVERS: Mapping[str, Callable[[DriverEntry, DriverContext], Driver]] = {
    "dlog": _dlog,
    "lua": _lua,
    "ox": _ox,
}
"""The drivers by name."""


def preload() -> None:
    """
    Import every driver now, for a process that will have no files.
    """
    import luahost.drivers.dlog
    import luahost.drivers.ox
    import luahost.drivers.stoppable  # noqa: F401


class DriverList:
    """
    The drivers of one session.

    In Dovecot the first entry that cannot be started ends the list, and those before it stay; in the
    documented dialect the others go on without it.

    Attributes:
        drivers: Those that were started, in order.

        complete: Whether every entry was, as far as Dovecot looks for more.

        unread: What to say of the first script that could not be read, and the setting that names it; None if
            there is none.

        skipped: The entries that were not tried, since one before them could not be started.

        silent: Settings of drivers that told nobody of anything, each with the reason, once they are closed.
    """

    def __init__(self, entries: Sequence[DriverEntry], context: DriverContext, *, labelled: bool) -> None:
        self._entries = entries
        self._context = context
        self._labelled = labelled
        self.drivers: list[Driver] = []
        self.complete = False
        self.unread: tuple[str, str] | None = None
        self.skipped: list[DriverEntry] = []
        self.silent: list[tuple[str, str]] = []
        self._settings: dict[Driver, str] = {}

    def open(self) -> None:
        """
        Start the drivers; the old series only if no other entry could be started.
        """
        self.complete = True
        for old_series in (False, True):
            if not self.drivers:
                self._start([entry for entry in self._entries if entry.old_series is old_series])

    def kills(self) -> bool:
        """
        The session is about to end. Whether Dovecot's process dies of a script of theirs.
        """
        return any([self._kills(driver) for driver in self.drivers])

    def close(self) -> None:
        """
        Let the drivers go, in order.
        """
        drivers, self.drivers, self.complete = self.drivers, [], False
        for driver in drivers:
            with self._context.effects.working(driver=driver.label):
                driver.close()
            if driver.silent is not None:
                self.silent.append((self._settings[driver], driver.silent))
        self._settings = {}

    def _kills(self, driver: Driver) -> bool:
        with self._context.effects.working(driver=driver.label):
            return driver.kills()

    def _start(self, entries: Sequence[DriverEntry]) -> None:
        for number, entry in enumerate(entries, 1):
            label = entry.setting if self._labelled else None
            with self._context.effects.working(driver=label):
                driver = self._started(entry)
            if driver is not None:
                driver.label = label
                self._settings[driver] = entry.setting
                self.drivers.append(driver)
                continue
            self.complete = False
            if self._context.dialect.failing_driver_ends_list:
                self.skipped += entries[number:]
                return

    def _started(self, entry: DriverEntry) -> Driver | None:
        make = DRIVERS.get(entry.name.lower()) if entry.registered else None
        if make is None:
            words = self._context.dialect.unknown_driver.format(name=entry.name)
            self._context.effects.add(Log(level="error", text=words, source="driver"))
            return None
        driver = make(entry, self._context)
        started = driver.open()
        if driver.unread is not None and self.unread is None:
            self.unread = driver.unread, entry.setting
        return driver if started else None
