"""
One script through all trials in one dialect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from luahost.check.dynamic.settings import MARK
from luahost.check.dynamic.trials import TRIALS, Trial, one_message
from luahost.check.syntax import Source
from luahost.effects import Effect, Failure, Log, ProcessKilled
from luahost.host import Host, Session
from luahost.runtime import Limits
from luahost.runtime.script_files import RealFiles
from luahost.store import MailUser, MemoryStore
from luahost.testing import Endpoint, ManualClock

USER = "bob"

BEGIN = "an error in dovecot_lua_notify_begin_txn left a mail_user behind"
"""What kills the process after an error that has been told already."""

LIMITS = Limits(call_seconds=5, call_instructions=50_000_000, transaction_seconds=10, http_requests=200)
"""A check is over before long, whatever the script does."""


class Seen(NamedTuple):
    """
    Something that a script did when it was run.

    Attributes:
        kind: ``error``, ``kill``, ``limit``, ``wait`` or ``secret``.

        trial: What happened then.

        message: What was said of it: Lua's words, the reason why the process dies, the log line.

        line: The line of the script; None if none is to blame.

        lines: All lines of the script that were under way.

        seconds: For ``wait``: how long mail was held.
    """

    kind: str
    trial: Trial
    message: str
    line: int | None = None
    lines: frozenset[int] = frozenset()
    seconds: float = 0.0


class _AtHand(RealFiles):
    """
    The machine's files, of which the script has the text that was checked: there need be no such file.
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    def exists(self, path: str) -> bool:
        """
        See :meth:`~luahost.runtime.ScriptFiles.exists`.
        """
        return path == self._source.file or super().exists(path)

    def read(self, path: str) -> bytes:
        """
        See :meth:`~luahost.runtime.ScriptFiles.read`.
        """
        return self._source.text if path == self._source.file else super().read(path)


def tried(
    source: Source, dialect: str, settings: Mapping[str, str], *, isolate: bool = False
) -> Iterator[Seen]:
    """
    What a script does in the trials, in a process of its own if asked. After a limit, or if it cannot be
    loaded, no more of them.
    """
    path = source.file
    for trial in TRIALS:
        endpoint = Endpoint(strict=False)
        endpoint.route("*", "*", trial.reply, optional=True)
        clock = ManualClock()
        host = Host(
            path,
            dialect=dialect,
            settings=settings,
            network=endpoint,
            clock=clock,
            seed=0,
            limits=LIMITS,
            isolate=isolate,
            files=_AtHand(source),
        )
        session = Session(host, MailUser(USER), _store())
        with session:
            loaded = session.loaded
            if loaded:
                trial.act(session)
        found = list(_seen(path, trial, session.effects))
        if clock.waited and trial.act is one_message:
            # Of several transactions nobody knows which one waited.
            found.append(Seen("wait", trial, "", seconds=clock.waited))
        yield from found
        if not loaded or any(one.kind == "limit" for one in found):
            return


def _store() -> MemoryStore:
    """
    A mail store in which the user has an INBOX with some mail, and two other mailboxes.
    """
    store = MemoryStore()
    inbox = store.create(USER, "INBOX", uid_validity=1)
    for uid in (1, 2):
        inbox.put(uid, [], [])
    for name in ("Archive", "Drafts"):
        store.create(USER, name, uid_validity=1)
    return store


def _seen(path: str, trial: Trial, effects: Sequence[Effect]) -> Iterator[Seen]:
    # What kills the process in Dovecot raises here; that error is the same thing once more.
    killed = {effect.reason for effect in effects if isinstance(effect, ProcessKilled)}
    for effect in effects:
        if isinstance(effect, Log) and effect.failure is not None:
            if any(effect.failure.message.endswith(reason) for reason in killed):
                continue
            failure = effect.failure
            yield Seen(
                "error" if failure.limit is None else "limit",
                trial,
                failure.message,
                failure.line if failure.file == path else None,
                lines_of(path, failure),
            )
        elif isinstance(effect, ProcessKilled) and BEGIN not in effect.reason:
            yield Seen("kill", trial, effect.reason, effect.line if effect.file == path else None)
        elif isinstance(effect, Log) and MARK in effect.text:
            yield Seen("secret", trial, effect.text)


def lines_of(path: str, failure: Failure) -> frozenset[int]:
    """
    The lines of the script that a traceback names.
    """
    found = {failure.line} if failure.line is not None and failure.file == path else set()
    for row in (failure.traceback or "").splitlines():
        place, _, _ = row.strip().partition(": ")
        file, _, number = place.rpartition(":")
        if file and number.isdigit() and path.endswith(file.removeprefix("...")):
            found.add(int(number))
    return frozenset(found)
