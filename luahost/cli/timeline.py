"""
The timeline: effects as people read them, one after the other, as they happen.

Text of scripts and servers is shown with control characters made visible, so that nothing of theirs
reaches the terminal as a command to it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import TextIO

from luahost.effects import (
    Call,
    Effect,
    Failure,
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

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile("[\udc80-\udcff]")


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
        self._counts = {"transaction": 0, "event": 0, "HTTP request": 0, "failure": 0}

    def head(self, script: str, *, dialect: str, lua: str) -> None:
        """
        What is run, and how.
        """
        self._write(self._paint(BOLD, printable(script)) + f"  dialect {dialect}, Lua {lua}")

    def input(self, name: str, user: str) -> None:
        """
        The next input begins.
        """
        self._write(f"\n{printable(name)}  for {printable(user)}")
        self._transaction = None

    def effect(self, effect: Effect) -> None:
        """
        One effect.
        """
        if effect.transaction != self._transaction and effect.transaction is not None:
            self._write(self._paint(DIM, f"  transaction {effect.transaction}"))
            self._counts["transaction"] += 1
        self._transaction = effect.transaction
        match effect:
            case Call():
                self._call(effect)
            case Log():
                self._log(effect)
            case NamedEvent():
                self._line("event", f"{printable(effect.name)}  {fields(effect.fields)}".rstrip())
            case Http():
                self._http(effect)
            case MailboxCall():
                self._mailbox(effect)
            case Metadata():
                self._metadata(effect)
            case ProcessKilled():
                self._killed(effect)
            case Print():
                self._line("print", printable(effect.text.rstrip("\n")), DIM)

    def end(self) -> None:
        """
        The sum of it all.
        """
        said = ", ".join(
            f"{number or 'no'} {what}{'' if number == 1 else 's'}" for what, number in self._counts.items()
        )
        colour = RED if self._counts["failure"] else BOLD
        self._write("\n" + self._paint(colour, said))

    def _call(self, call: Call) -> None:
        if call.event is not None:
            self._counts["event"] += 1
            arguments = "ctx, event" + (", user" if "user" in call.event else "")
        elif call.success is not None:
            arguments = f"ctx, {str(call.success).lower()}"
        else:
            arguments = printable(call.user or "")
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
            self._counts["failure"] += 1
            self._block(source_line(log.failure))

    def _killed(self, killed: ProcessKilled) -> None:
        self._counts["failure"] += 1
        self._line("KILLED", printable(killed.reason), RED)
        self._block(source_line(killed))

    def _http(self, http: Http) -> None:
        self._counts["HTTP request"] += 1
        if http.status is not None:
            outcome = f"{http.status} {printable(http.reason or '')}".rstrip()
        else:
            outcome = printable(http.error or "no answer") + (" (--http deny)" if http.denied else "")
        colour = CYAN if http.status is not None and http.status < 400 else RED
        took = "" if http.denied or not self._timed else f", {http.seconds * 1000:.0f} ms"
        self._line("http", f"{printable(http.method)} {printable(http.url)} → {outcome}{took}", colour)
        if self._verbose:
            self._block((f"{printable(name)}: {printable(value)}" for name, value in http.headers), DIM)
        self._block(body(http.body))
        if self._verbose:
            self._block(
                (f"{printable(name)}: {printable(value)}" for name, value in http.response_headers), DIM
            )
        answer = body(http.response_body)
        if answer:
            self._line("", "answer", DIM)
            self._block(answer)

    def _mailbox(self, call: MailboxCall) -> None:
        said = f"{printable(call.mailbox)}:{call.method}()"
        if call.error is not None:
            self._line("mailbox", f"{said} → {printable(call.error)}", RED)
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
        owner = "user" if metadata.mailbox is None else printable(metadata.mailbox)
        said = f"{owner}:metadata_{metadata.operation}({printable(metadata.key)})"
        if metadata.error is not None:
            self._line("metadata", f"{said} → {printable(metadata.error)}", RED)
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


def printable(text: str) -> str:
    """
    Text for a terminal, with control characters and bytes that are no UTF-8 made visible.
    """
    text = _SURROGATE.sub(lambda found: f"\\x{ord(found[0]) - 0xDC00:02x}", text)
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


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
            return '"' + printable(value).replace("\n", "\\n") + '"'
        case Mapping():
            return " ".join(f"{name} {shown(item)}" for name, item in value.items())
        case _:
            return "{" + ", ".join(shown(item) for item in value) + "}"


def fields(named: Mapping[str, Value]) -> str:
    """
    Names and values in one line.
    """
    return " ".join(f"{printable(name)}={shown(value)}" for name, value in named.items())


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


def source_line(failure: Failure | ProcessKilled) -> list[str]:
    """
    The line of the script that raised, if it can be found.
    """
    if failure.file is None or failure.line is None:
        return []
    try:
        with open(failure.file, encoding="utf-8", errors="surrogateescape") as script:
            for number, line in enumerate(script, 1):
                if number == failure.line:
                    return [f"{number} | {printable(line.rstrip())}"]
    except OSError:
        return []
    return []
