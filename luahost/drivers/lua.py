"""
The Lua driver: a script's functions, called as Dovecot calls them.

One state for each driver of each session, loaded when it opens; which file that is, the plugin setting, the
entry or the mail-lua plugin says. Every error of the script becomes the line that
Dovecot logs, and the mail operation goes on: a failed load or ``script_init`` switches the driver off
for the session, a failed ``begin_txn`` for the transaction, a failed handler nothing.

A script that used more than it may is stopped, which Dovecot does not know. The driver then is of no more
use; what follows is in ``stoppable.py``.

How functions are called stands in ``calls.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, count, groupby
from operator import attrgetter

from luahost.dataclass import replace
from luahost.drivers.calls import Calls, Came
from luahost.drivers.context import DriverContext
from luahost.drivers.crossing import Crossing, crossings, forms
from luahost.drivers.driver import Driver, Registration
from luahost.drivers.entry import DriverEntry
from luahost.drivers.handlers import BEGIN, PREFIX
from luahost.drivers.records import Changed, Record
from luahost.drivers.script import Script, StartError, failure_of
from luahost.drivers.telling import Telling
from luahost.effects import Log
from luahost.errors import ScriptError, ScriptLimitError
from luahost.events import Event

SCRIPT_FILE = "push_notification_lua_script_file"
"""The plugin setting that wins over an entry's own file."""

_KEYS = count(1)
# Two drivers may share a script, so a context's key in Lua is not its transaction's number.

_missing_of = attrgetter("missing")


class LuaDriver(Driver):
    """
    The driver for one entry of the list.
    """

    def __init__(self, entry: DriverEntry, context: DriverContext) -> None:
        self._entry = entry
        self._context = context
        self._dialect = context.dialect
        self._forms = forms(context.dialect)
        self._effects = context.effects
        self._telling = Telling(context.effects, context.dialect, context.username, debug=context.debug)
        self._script: Script
        self._shared = False
        self._keys: dict[int, int] = {}

    def open(self) -> bool:
        """
        Load the script and call ``script_init``; or take that of the mail-lua plugin as it is.
        """
        path = self._path()
        script = self._context.mail_lua_script() if path is None else self._started(path)
        if script is None:
            if path is None:
                self._cannot_start(self._dialect.no_script)
            return False
        if script.state.stopped is not None:
            # The mail-lua plugin's, which loads it once.
            return False
        self._script, self._shared = script, path is None
        return True

    def _path(self) -> str | None:
        """
        Which file: the plugin setting's, if the dialect has that and it is set, or the entry's.
        """
        if self._dialect.script_file_setting and not self._entry.only_file:
            return self._context.settings.get(SCRIPT_FILE, self._entry.file)
        return self._entry.file

    def _started(self, path: str) -> Script | None:
        if self._dialect.scripts_checked_at_start and path.startswith("inline:"):
            self._cannot_start("Lua doesn't support inline content for lua_file")
            return None
        if self._dialect.loading_line:
            self._telling.debug(f"Loading {path}")
        own = self._entry.lua_settings
        script = Script(
            path,
            self._context.new_state(path, http_settings=self._entry.http_settings),
            prefix=PREFIX,
            settings=self._context.settings if own is None else own,
            dialect=self._dialect,
            effects=self._effects,
        )
        try:
            script.parse()
            self._telling.debug("Calling script_init")
            script.init()
        except StartError as error:
            self.unread = error.unread
            # What fails to start is called as configuration calls it.
            words = f"{self._entry.name}: {error.words}"
            script.failed(words, error.error, error.function, prefix="")
            return None
        return script

    def _cannot_start(self, words: str) -> None:
        failure = failure_of(ScriptError(words))
        text = f"{self._entry.name}: {words}"
        self._effects.add(Log(level="error", text=text, source="driver", failure=failure))

    @cached_property
    def _calls(self) -> Calls:
        """
        What calls the script for transactions: there are sessions without one.
        """
        return Calls(self._script, self._telling, self._dialect)

    def begin(self, transaction: int, mailbox: str) -> Registration | None:
        """
        Call ``begin_txn``, if the script has it and any handler.
        """
        key = next(_KEYS)
        came = self._begun(key)
        if came is Came.NEVER:
            return None
        found = self._calls.functions
        if came is Came.NOT_BEGUN:
            return replace(found.registration, takes_part=False)
        self._keys[transaction] = key
        return found.registration

    def process(self, transaction: int, changed: Changed, records: Sequence[Record]) -> None:
        """
        Call a handler for each record. One that the script lacks is an error: another driver registered
        the event, or the script had the handler when the transaction began.
        """
        self._calls.make(self._keys[transaction], self._crossings(records))

    def end(self, transaction: int, *, success: bool) -> None:
        """
        Call ``end_txn`` and let the context go.
        """
        self.conclude(transaction, (), success=success)

    def conclude(
        self, transaction: int, told: Iterable[tuple[Changed, Sequence[Record]]], *, success: bool
    ) -> None:
        """
        Call the handlers and then ``end_txn``.
        """
        key = self._keys[transaction]
        records = chain.from_iterable(records for _, records in told)
        self._calls.make(key, self._crossings(records), success=success)
        del self._keys[transaction]

    def transact(self, transaction: int, events: Sequence[Event], committed: Callable[[], None]) -> bool:
        """
        All of it, without leaving Lua in between if that can be.
        """
        came = self._begun(next(_KEYS), events, success=True, has_begun=committed)
        return came is Came.WELL

    def _begun(
        self,
        key: int,
        events: Sequence[Event] = (),
        *,
        success: bool | None = None,
        has_begun: Callable[[], None] | None = None,
    ) -> Came:
        """
        Call ``begin_txn``, if it is there and a handler is, and then the handlers for these events.
        """
        calls = self._calls
        while calls.functions.registers or calls.look():
            types, handled = calls.functions.types, events
            if not types.issuperset(map(type, events)):
                handled = [event for event in events if type(event) in types]
            told = crossings(handled, self._forms, calls.most_values)
            came = calls.make(key, told, begins=True, success=success, has_begun=has_begun)
            if came is not Came.CHANGED:
                return came
        if calls.functions.begins:
            self._telling.finished(BEGIN)
            self._telling.debug("No event handlers found in script")
        else:
            words = f"Missing function {BEGIN}"
            self._telling.finished(BEGIN, error=words)
            calls.error(words)
        return Came.NEVER

    def _crossings(self, records: Iterable[Record]) -> Iterator[Crossing]:
        for missing, alike in groupby(records, _missing_of):
            events = [record.event for record in alike]
            yield from crossings(events, forms(self._dialect, missing), self._calls.most_values)

    def kills(self) -> bool:
        """
        Whether the script holds a user or an open mailbox, so that Dovecot dies.
        """
        return not self._shared and self._script.kills()

    def close(self) -> None:
        """
        Let the script go, unless it is the mail-lua plugin's.
        """
        if not self._shared:
            self._script.deinit()

    def tell(self, error: ScriptLimitError) -> None:
        """
        Log that a limit has stopped the script, unless that has been told.
        """
        self._script.tell(error)
