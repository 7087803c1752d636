"""
``Session``: the engine with its parts put together, for one user.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn

from luahost import api, shims
from luahost.drivers import DriverContext, DriverList
from luahost.drivers.mail_lua import MailLua, Refusal, refused
from luahost.effects import Effects, Log, Print
from luahost.egress import Egress
from luahost.errors import UsageError
from luahost.events import Event
from luahost.exchange import Way
from luahost.metered import MeteredEffects, MeteredWay
from luahost.origin import Origin
from luahost.runtime import LuaState, controlled, state_kind, text
from luahost.store import Connection, MailboxError, MailClient, MailUser, MemoryStore, perform
from luahost.store.actions import Commit, Notify, Rollback
from luahost.store.command_fields import command_fields
from luahost.store.operations import Operation
from luahost.transaction import Transaction

if TYPE_CHECKING:
    from luahost.host.host import Host


class Session(MailClient):
    """
    One user's session; made by :meth:`Host.session` and used in a ``with``.

    What the user does with mail has Dovecot's words: ``deliver``, ``append``, ``store``, ``read``,
    ``copy``, ``move``, ``expunge``, ``create``, ``delete``, ``rename``, ``subscribe``, ``unsubscribe``.
    Each opens the transactions that it opens in Dovecot.

    Attributes:
        user: Whose session it is.

        mail_store: The mailboxes that the script can ask about.

        effects: Everything that happened, in order.
    """

    def __init__(self, host: Host, user: MailUser, store: MemoryStore) -> None:
        self.host = host
        if user.session_create_time is None:
            user = user.beginning(int(host.clock.time()))
        self.user = user
        self.mail_store = store
        self.effects = Effects(host.listener)
        self._origin = Origin(user, host.dialect)
        self.effects.mark = self._origin.mark
        self._egress = Egress(host.http, network=host.network, resolver=host.resolver, clock=host.clock)
        # Inside there is no network behind that.
        self._way: Way = self._egress if host.inside is None else host.inside.way
        context = DriverContext(
            username=user.username,
            settings=host.settings,
            dialect=host.dialect,
            effects=self.effects,
            new_state=self._new_state,
            mail_lua_script=lambda: self._mail_lua.for_push(),
            debug=host.debug,
            store=store,
            way=self._way,
            clock=host.clock,
        )
        self._mail_lua = MailLua(
            host.mail_lua_script,
            host.mail_lua_settings,
            context,
            lambda script: self._new_state(script, log_prefix=""),
        )
        labelled = len(host.drivers) > 1 or host.mail_lua_script is not None
        self._drivers = DriverList(host.drivers, context, labelled=labelled)
        self._mailboxes_there = False
        self._states: list[LuaState] = []
        self._connection = Connection(store, user.username, host.dialect, client=user.service != "doveadm")
        self._transactions = 0
        self._entered = False
        self._open: list[Transaction] = []
        self._settings_missing: dict[str, None] = {}
        self._command: Operation | None = None

    @property
    def states(self) -> tuple[LuaState, ...]:
        """
        The Lua states of its scripts, in the order in which they were made.
        """
        return tuple(self._states)

    @property
    def loaded(self) -> bool:
        """
        Whether the script was loaded and initialised, and every other driver started; if not, the effects
        say why.
        """
        return self._drivers.complete

    @property
    def entered(self) -> bool:
        """
        Whether it is in its ``with`` block, where alone there is a script to call.
        """
        return self._entered

    @property
    def script_missing(self) -> bool:
        """
        Whether there is no such script at all, or it cannot be read.
        """
        return self._drivers.unread is not None

    @property
    def script_unread(self) -> tuple[str, str] | None:
        """
        What to say of a script that is not there or cannot be read, and the setting that names it; None if
        there is none.
        """
        return self._drivers.unread

    @property
    def drivers_silent(self) -> list[tuple[str, str]]:
        """
        Drivers that told nobody of anything, and why, where Dovecot says so with debugging only.
        """
        return self._drivers.silent

    @property
    def drivers_skipped(self) -> list[str]:
        """
        The settings of drivers that were not tried, since one before them could not be started.
        """
        return [entry.setting for entry in self._drivers.skipped]

    @property
    def settings_missing(self) -> list[str]:
        """
        Settings that the script asked for and that are not set, in the order of asking.
        """
        return list(self._settings_missing)

    def transaction(self) -> Transaction:
        """
        A push transaction; a context manager that commits, or rolls back if its block raises.
        """
        return self._transaction(self._observe)

    def notify(self, *events: Event) -> None:
        """
        A transaction of these events.
        """
        try:
            self.mail_store.check(events)
        except MailboxError:
            # It begins all the same, and cannot be committed.
            with self.transaction() as transaction:
                for event in events:
                    transaction.notify(event)
        else:
            self._new_transaction(self._note).perform(events)

    def rollback(self, *events: Event) -> None:
        """
        A transaction of these events that fails: begin and end, and no handler hears of it.
        """
        transaction = self.transaction()
        for event in events:
            transaction.notify(event)
        transaction.rollback()

    def perform(self, operation: Operation) -> None:
        """
        Carry out an operation, with the transactions that it opens.

        Raises:
            UsageError: The mail store refuses it; in the words of IMAP's answer.
        """
        self._command = operation
        try:
            self._perform(operation)
        except MailboxError as error:
            raise UsageError(str(error)) from None
        finally:
            self._command, self._origin.command = None, {}

    def _perform(self, operation: Operation) -> None:
        transactions: dict[int, Transaction] = {}
        for action in perform(self._connection, operation):
            if action.transaction not in transactions:
                # The operation itself changes the store.
                transactions[action.transaction] = self._transaction(lambda events: None)
            transaction = transactions[action.transaction]
            match action:
                case Notify():
                    if operation is self._command and self.user.service == "imap":
                        # And not what a script does meanwhile.
                        self._origin.command = command_fields(self._connection, operation, action.event)
                    transaction.notify(action.event)
                case Commit():
                    transaction.commit()
                case Rollback():
                    transaction.rollback()

    def __enter__(self) -> Session:
        refusal = self._mail_lua.open()
        self._entered = self._mailboxes_there = True
        self._drivers.open()
        if refusal is not None:
            self._refuse(refusal)
        return self

    def _refuse(self, refusal: Refusal) -> NoReturn:
        try:
            self._drivers.close()
            self._origin.user_let_go(refused=True)
            self.effects.add(Log(level="error", text=refusal.words, source="driver", failure=refusal.failure))
        finally:
            self._close()
        raise refused(refusal, self.host.mail_lua_script or "", self.user.username)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for transaction in self._open:
                if not transaction.over:
                    transaction.rollback()
            self._origin.user_let_go()
            if not any([self._mail_lua.kills(), self._drivers.kills()]):
                self._mail_lua.deinit_pre()
                self._drivers.close()
                self._mailboxes_there = False
                self._mail_lua.deinit()
        finally:
            self._close()

    def _close(self) -> None:
        self._entered = False
        self._connection.close()
        while self._states:
            self._states.pop().close()
        self._egress.close()

    def _observe(self, events: Sequence[Event]) -> None:
        """
        These have happened, if the names in them can be; those before one that cannot have happened all the
        same.
        """
        for event in events:
            try:
                self.mail_store.check([event])
            except MailboxError as error:
                raise UsageError(f"{event.name}: {error}") from None
            self._note([event])

    def _note(self, events: Sequence[Event]) -> None:
        """
        These have happened.
        """
        selection, store, user = self._connection.selection, self.mail_store, self.user.username
        if selection is None:
            store.note(user, events)
            return
        for event in events:
            store.note(user, [event])
            store.account(user)  # reads what it was told
            selection.look()

    def _transaction(self, committed: Callable[[Sequence[Event]], None]) -> Transaction:
        transaction = self._new_transaction(committed)
        self._open = [one for one in self._open if not one.over] + [transaction]
        return transaction

    def _new_transaction(self, committed: Callable[[Sequence[Event]], None]) -> Transaction:
        if not self._entered:
            raise RuntimeError("a session does its work in a `with` block")
        return Transaction(
            self._drivers.drivers,
            self.effects,
            next_number=self._next_number,
            committed=committed,
            debug=self.host.debug,
            shared=self.host.dialect.drivers_share_records,
        )

    def _next_number(self) -> int:
        self._transactions += 1
        return self._transactions

    def _undead(self) -> Iterator[LuaState]:
        """
        The states that no limit has struck; the others are let go of.
        """
        for state in self._states:
            if state.stopped is None:
                yield state
            else:
                state.close()

    def _new_state(
        self, script: str, *, log_prefix: str = "lua: ", http_settings: Mapping[str, str] | None = None
    ) -> LuaState:
        host = self.host
        inside = host.inside
        kind = state_kind(isolate=host.isolate) if inside is None else inside.state
        state = kind(
            host.lua,
            folders=[os.path.dirname(script) or ".", *host.folders],
            environment=host.settings,
            policy=host.policy,
            limits=host.limits,
            lines_watched=host.coverage is not None,
            files=host.files,
            variant=host.dialect.name,
            prepare=lambda state: self._prepare(state, script, log_prefix, http_settings or {}),
        )
        self._states = [*self._undead(), state]
        controlled.install(state, host.clock, host.seed)
        if host.coverage is not None:
            host.coverage.watch(state, dialect=host.dialect.name)
        return state

    def _prepare(
        self, state: LuaState, script: str, log_prefix: str, http_settings: Mapping[str, str]
    ) -> None:
        """
        Give a new state what luahost's chunks ask for, and the script's globals.
        """
        host = self.host
        effects = MeteredEffects(self.effects, state.meter)
        state.printed = lambda line: effects.add(Print(text=text(line)))
        way = MeteredWay(self._way, effects, state.meter)
        # A clock that is the machine's own waits within the script's limits.
        sleep = state.meter.sleep if host.clock.real else host.clock.sleep
        context = api.ApiContext(
            user=self.user,
            script=script,
            log_prefix=log_prefix,
            mailboxes_there=lambda: self._mailboxes_there,
            settings=host.settings,
            settings_missing=self._settings_missing,
            http_settings=http_settings,
            store=self.mail_store,
            perform=self._perform,
            effects=effects,
            dialect=host.dialect,
            way=way,
            debug=host.debug,
            clock=host.clock,
            sleep=sleep,
        )
        api.install(state, context)
        shims.register(state, egress=way, effects=effects, clock=host.clock, sleep=sleep)
