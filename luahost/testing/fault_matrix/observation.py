"""
One run of a scenario, looked at call by call: what each handler told, what it cost, what came out of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from luahost import patterns
from luahost.dataclass import dataclass, field
from luahost.effects import Call, Effect, Http, Log, ProcessKilled
from luahost.testing.endpoint.answers import Fault
from luahost.testing.scenario.case import ScenarioCase
from luahost.testing.scenario.running import Running

LAST_CALLS = ("dovecot_lua_notify_end_txn", "script_deinit")
"""
Where scripts send what their handlers have collected: at the end of the transaction, or of the session.
"""

_ADDRESS = patterns.compile("0x[0-9a-f]+")

CallKey = tuple[int | None, str, int]
"""A handler's call in any run of a scenario: transaction, function, and the how-manieth call of it there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """
    What a handler was to tell of.

    Attributes:
        test: The scenario, as reports call it.

        mailbox: Name of the mailbox.

        uid: The message's number there, None for what happens to a mailbox.

        subject: Its subject, None where the event has none.
    """

    test: str
    mailbox: str
    uid: int | None = None
    subject: str | None = None

    @property
    def text(self) -> str:
        """
        In one line.
        """
        number = "" if self.uid is None else f" {self.uid}"
        subject = "" if self.subject is None else f" {self.subject!r}"
        return f"{self.mailbox}{number}{subject} of {self.test}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Escaped:
    """
    An error that came out of the script.

    Attributes:
        function: What Dovecot had called; None while it loaded the script.

        message: Lua's words, or why Dovecot would have died.

        file, line: Where.
    """

    function: str | None
    message: str
    file: str | None = None
    line: int | None = None

    @property
    def text(self) -> str:
        """
        In one line.
        """
        first = self.message.partition("\n")[0]
        if self.file is None or self.line is None:
            return first
        # Lua says the place itself, and cuts off the beginning of a long path.
        _, said, rest = first.partition(f":{self.line}: ")
        return f"{self.file}:{self.line}: {rest if said else first}"


@dataclass(slots=True, kw_only=True)
class Called:
    """
    A call of a function of the script.

    Attributes:
        began: How long somebody had waited by then.

        ended: The same for its end.

        asked: Whether it sent any request.

        told: Whether one of them came to good.
    """

    call: Call
    began: float
    ended: float
    asked: bool = False
    told: bool = False


@dataclass(slots=True)
class Observation:
    """
    A run of a scenario.

    Attributes:
        calls: The calls, in order.

        escaped: The errors.
    """

    calls: list[Called] = field(default_factory=list)
    escaped: list[Escaped] = field(default_factory=list)

    def longest_transaction(self) -> float:
        """
        How many seconds were waited in the push transaction that waited most.
        """
        waited: dict[int, float] = defaultdict(float)
        for called in self.calls:
            if called.call.transaction is not None:
                waited[called.call.transaction] += called.ended - called.began
        return max(waited.values(), default=0.0)

    def handled(self) -> Iterator[tuple[CallKey, Called, bool]]:
        """
        The calls of event handlers, each with whether its message was told of.
        """
        counts: Counter[tuple[int | None, str]] = Counter()
        for called in self.calls:
            call = called.call
            if call.event is None:
                continue
            place = call.transaction, call.function
            counts[place] += 1
            yield (*place, counts[place]), called, self._told(called)

    def _told(self, called: Called) -> bool:
        if called.asked:
            return called.told
        # What sends nothing itself may leave it to the end.
        transaction = called.call.transaction
        return any(
            last.told
            for last in self.calls
            if last.call.function in LAST_CALLS and last.call.transaction in (transaction, None)
        )


def observed(case: ScenarioCase, fault: Fault | None) -> Observation:
    """
    Run a scenario under a fault (None: as it is), and look.

    Raises:
        UsageError: The scenario cannot be carried out.
    """
    heard: list[tuple[Effect, float]] = []
    running = Running(case, listener=lambda effect: heard.append((effect, running.clock.waited)))
    running.happen(fault)
    if case.options.coverage is not None:
        case.options.coverage.add_faults(running.endpoint.faults)
    return _sorted(heard, running.clock.waited)


def _sorted(heard: Sequence[tuple[Effect, float]], waited: float) -> Observation:
    found = Observation()
    for effect, now in heard:
        if isinstance(effect, Call):
            if found.calls:
                found.calls[-1].ended = now
            found.calls.append(Called(call=effect, began=now, ended=now))
        elif isinstance(effect, Http) and found.calls:
            found.calls[-1].asked = True
            found.calls[-1].told |= came_to_good(effect)
        elif (error := _escaped(effect)) is not None:
            found.escaped.append(error)
    if found.calls:
        found.calls[-1].ended = waited
    return found


def came_to_good(effect: Http) -> bool:
    """
    Whether somebody took the request in: an answer from 200 to 299. One without header fields is no answer,
    but what LuaSocket makes of anything that is not HTTP.
    """
    return effect.status is not None and effect.status // 100 == 2 and bool(effect.response_headers)


def _escaped(effect: Effect) -> Escaped | None:
    if isinstance(effect, ProcessKilled):
        return Escaped(function=effect.function, message=effect.reason, file=effect.file, line=effect.line)
    if not isinstance(effect, Log) or effect.failure is None:
        return None
    failure = effect.failure
    message = _ADDRESS.sub("0x…", failure.message)
    return Escaped(function=failure.function, message=message, file=failure.file, line=failure.line)


def message_of(event: Mapping[str, object] | None, node: str) -> Message:
    """
    What an event table is about.
    """
    table = event or {}
    uid, subject = table.get("uid"), table.get("subject")
    return Message(
        test=node,
        mailbox=str(table.get("mailbox", "")),
        uid=int(uid) if isinstance(uid, int | float) else None,
        subject=subject if isinstance(subject, str) else None,
    )
