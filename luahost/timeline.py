"""
The timeline: effects as people read them, one after the other, as they happen.

Text of scripts and servers is shown with control characters made visible, so that nothing of theirs
reaches the terminal as a command to it.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Mapping
from typing import TextIO

from luahost import patterns
from luahost.effects import (
    Call,
    Effect,
    Http,
    Log,
    MailboxCall,
    Metadata,
    NamedEvent,
    Print,
    ProcessKilled,
    Value,
)

BOLD, DIM, RED, YELLOW, CYAN = "1", "2", "31", "33", "36"
LEVEL_COLOURS = {"error": RED, "warning": YELLOW, "debug": DIM}

LONGEST_BODY = 4000
"""Characters of an HTTP body that are shown."""

_CONTROL = patterns.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SURROGATE = patterns.compile("[\udc80-\udcff]")


class Timeline:
    """
    Writes effects to a stream, in colour if it is a terminal and ``NO_COLOR`` is not set.

    ``timed`` says how long HTTP exchanges took.
    """

    def __init__(self, stream: TextIO, *, verbose: bool = False, timed: bool = True) -> None:
        self._timed = timed
        self._stream = stream
        self._verbose = verbose
        self._colour = stream.isatty() and not os.environ.get("NO_COLOR")
        self._transaction: int | None = None
        self._driver: str | None = None
        self._counts = {"transaction": 0, "event": 0, "HTTP request": 0}
        self._unanswered = 0
        self._logged_errors = 0
        self._failures = 0
        self._kills = 0
        self._called = True

    def head(self, script: str, *, dialect: str, lua: str) -> None:
        """
        What is run, and how.
        """
        self._write(self._paint(BOLD, inline(script)) + f"  dialect {dialect}, Lua {lua}")

    def input(self, name: str, user: str) -> None:
        """
        The next input begins.
        """
        self._say_if_nothing_was_called()
        self._write(f"\n{inline(name)}  for {inline(user)}")
        self._transaction = self._driver = None
        self._called = False

    def note(self, words: str) -> None:
        """
        Something to know about what comes.
        """
        self._line("note", inline(words), YELLOW)

    def effect(self, effect: Effect) -> None:
        """
        One effect.
        """
        if effect.transaction != self._transaction and effect.transaction is not None:
            self._write(self._paint(DIM, f"  transaction {effect.transaction}"))
            self._counts["transaction"] += 1
            self._driver = None
        self._transaction = effect.transaction
        if effect.driver != self._driver and effect.driver is not None:
            self._write(self._paint(DIM, f"  driver {inline(effect.driver)}"))
        self._driver = effect.driver
        match effect:
            case Call():
                self._call(effect)
            case Log():
                self._log(effect)
            case NamedEvent():
                self._named_event(effect)
            case Http():
                self._http(effect)
            case MailboxCall():
                self._mailbox(effect)
            case Metadata():
                self._metadata(effect)
            case ProcessKilled():
                self._killed(effect)
            case Print():
                first, *rest = printable(effect.text.rstrip("\n")).split("\n")
                self._line("print", first, DIM)
                self._block(rest, DIM)

    def missing_settings(self, names: list[str]) -> None:
        """
        Say how to set what the script asked for in vain.
        """
        for name in names:
            self._line(
                "note", f"plugin_getenv({shown(name)}) is nil; to set it: --set {inline(name)}=VALUE", YELLOW
            )

    def end(self) -> None:
        """
        The sum of it all.
        """
        self._say_if_nothing_was_called()
        said = [counted(number, what) for what, number in self._counts.items()]
        if self._unanswered:
            said.append(f"{self._unanswered} without a whole answer")
        if self._logged_errors:
            said.append(counted(self._logged_errors, "logged error"))
        said.append(
            f"the script failed {counted(self._failures, 'time')}" if self._failures else "no failures"
        )
        if self._kills:
            said.append("AND THIS KILLS DOVECOT'S PROCESS")
        colour = RED if self._failures or self._unanswered or self._logged_errors else BOLD
        self._write("\n" + self._paint(colour, ", ".join(said)))

    def _say_if_nothing_was_called(self) -> None:
        if not self._called:
            self._line("note", "no handler of the script was called (-v says which it has)", DIM)
        self._called = True

    def _call(self, call: Call) -> None:
        if call.event is not None:
            self._called = True
            self._counts["event"] += 1
            arguments = "ctx, event" + (", user" if "user" in call.event else "")
        elif call.success is not None:
            arguments = f"ctx, {str(call.success).lower()}"
        else:
            arguments = inline(call.user or "")
        self._line("call", f"{call.function}({arguments})", BOLD)
        if call.event is not None:
            width = max(len(name) for name in call.event)
            self._block(f"{name:{width}}  {shown(value)}" for name, value in call.event.items())

    def _log(self, log: Log) -> None:
        colour = LEVEL_COLOURS.get(log.level, "")
        first, *rest = printable(log.text).split("\n")
        self._line("log", f"{log.level}: {first}", colour)
        self._block(rest, colour)
        if log.failure is not None:
            self._called = True
            self._failures += 1
            if log.failure.source is not None:
                self._block([f"{log.failure.line} | {inline(log.failure.source)}"])
        elif log.level == "error":
            self._logged_errors += 1

    def _named_event(self, event: NamedEvent) -> None:
        own = event.source == "script"
        # Of Dovecot's own events the log line that follows says the error.
        told = {name: value for name, value in event.fields.items() if own or name != "error"}
        self._line("event", f"{inline(event.name)}  {fields(told)}".rstrip(), "" if own else DIM)

    def _killed(self, killed: ProcessKilled) -> None:
        self._called = True
        self._failures += 1
        self._kills += 1
        self._line("KILLED", inline(killed.reason), RED)
        if killed.file is not None:
            self._block([inline(killed.file) + (f":{killed.line}" if killed.line is not None else "")])

    def _http(self, http: Http) -> None:
        self._counts["HTTP request"] += 1
        if http.status is not None:
            outcome = f"{http.status} {inline(http.reason or '')}".rstrip()
            outcome += f", but {inline(http.error)}" if http.error else ""
        else:
            outcome = inline(http.error or "no answer")
            outcome += f" ({inline(http.refusal)})" if http.refusal else ""
        well = http.status is not None and http.error is None
        self._unanswered += not well
        colour = CYAN if well and http.status is not None and http.status < 400 else RED
        took = "" if http.denied or not self._timed else f", {http.seconds * 1000:.0f} ms"
        self._line("http", f"{inline(http.method)} {inline(http.url)} → {outcome}{took}", colour)
        if self._verbose:
            self._block((f"{inline(name)}: {inline(value)}" for name, value in http.headers), DIM)
        self._block(body(http.body))
        if self._verbose:
            self._block((f"{inline(name)}: {inline(value)}" for name, value in http.response_headers), DIM)
        answer = body(http.response_body)
        if answer:
            self._line("", "answer", DIM)
            self._block(answer)

    def _mailbox(self, call: MailboxCall) -> None:
        said = f"{inline(call.mailbox)}:{call.method}()"
        if call.error is not None:
            self._line("mailbox", f"{said} → {inline(call.error)}", RED)
        elif call.result is not None:
            counted = {
                name: value
                for name, value in call.result.items()
                if value and name != "mailbox" and not isinstance(value, bool)
            }
            self._line("mailbox", f"{said} → {fields(counted)}")
        else:
            self._line("mailbox", said)

    def _metadata(self, metadata: Metadata) -> None:
        owner = "user" if metadata.mailbox is None else inline(metadata.mailbox)
        said = f"{owner}:metadata_{metadata.operation}({inline(metadata.key)})"
        if metadata.error is not None:
            self._line("metadata", f"{said} → {inline(metadata.error)}", RED)
        elif metadata.operation in ("get", "set"):
            self._line(
                "metadata", f"{said} {'=' if metadata.operation == 'set' else '→'} {shown(metadata.value)}"
            )
        else:
            self._line("metadata", said)

    def _line(self, label: str, words: str, colour: str = "") -> None:
        self._write(f"  {label:<9} {self._paint(colour, words)}")

    def _block(self, lines: Iterable[str], colour: str = "") -> None:
        for line in lines:
            self._write(" " * 14 + self._paint(colour, line))

    def _paint(self, colour: str, words: str) -> str:
        return f"\x1b[{colour}m{words}\x1b[0m" if self._colour and colour else words

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


def told(effects: Iterable[Effect]) -> str:
    """
    Effects as text, without colour and without how long HTTP exchanges took.
    """
    text = io.StringIO()
    timeline = Timeline(text, timed=False)
    for effect in effects:
        timeline.effect(effect)
    return text.getvalue()


def printable(text: str) -> str:
    """
    Text for a terminal, with control characters and bytes that are no UTF-8 made visible.
    """
    if text.isprintable():
        return text
    text = _SURROGATE.sub(lambda found: f"\\x{ord(found[0]) - 0xDC00:02x}", text)
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def inline(text: str) -> str:
    """
    The same for text that must stay in its line.
    """
    return printable(text).replace("\n", "\\n")


def counted(number: int, what: str) -> str:
    """
    ``1 event``, ``no events``.
    """
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def shown(value: Value) -> str:
    """
    A value in one line: text in quotes, lists in braces, as in Lua.
    """
    match value:
        case None:
            return "nil"
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case bytes():
            return shown(value.decode("utf-8", "surrogateescape"))
        case str():
            return '"' + inline(value) + '"'
        case Mapping():
            return " ".join(f"{name} {shown(item)}" for name, item in value.items())
        case _:
            return "{" + ", ".join(shown(item) for item in value) + "}"


def fields(named: Mapping[str, Value]) -> str:
    """
    Names and values in one line.
    """
    return " ".join(f"{inline(name)}={shown(value)}" for name, value in named.items())


def body(content: bytes) -> list[str]:
    """
    An HTTP body as lines, its end cut off if it is long.
    """
    if not content:
        return []
    text = content.decode("utf-8", "surrogateescape")
    lines = printable(text[:LONGEST_BODY]).rstrip("\n").split("\n")
    if len(text) > LONGEST_BODY:
        lines.append(f"… {len(content)} bytes in all")
    return lines
