"""
Chunks, run by the same script in a real server and in luahost, and what each gave, logged and sent.

Chunks of a batch have one user, one session and one transaction, until one kills the process: the next ones
then have another session. Luahost gets them in the same pieces.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from luahost import Host, MailUser, mail_log
from luahost.dialects import DIALECTS
from luahost.effects import Effect, Log, NamedEvent, ProcessKilled
from luahost.store import MemoryStore
from tests.api.web import Web
from tests.conformance.imap import ImapReader
from tests.live.chunks.words import PRELUDE
from tests.live.dovecot import Dovecot
from tests.live.imap_client import ImapClient
from tests.live.mail import message_bytes
from tests.snippets.engines import RUN

PROBE = Path(__file__).with_name("probe.lua")
SCRIPT = "script.lua"

PATIENCE_SECONDS = 30

MAIL = [
    "STATUS INBOX (MESSAGES)",
    "CREATE Work",
    "CREATE Work/Sub",
    "CREATE P&AOQ-iv&AOQ-",
    "APPEND INBOX (\\Seen one) {n01}",
    "APPEND INBOX () {n02}",
    "APPEND INBOX (\\Deleted two) {n03}",
    "APPEND Work () {n04}",
]
"""What the user of each batch has."""

KILLED = "killed"

SERVERS_OWN = re.compile(
    r"(stats|log|imap-login)(\(\d+\))?: |imap\(.*: Info: Disconnected|imap\(.*: Debug: http-client|"
    r"imap\(.*: Error: conn unix:.*stats-writer"
)
"""Lines of the log that no script wrote."""

ODD_FIELDS = re.compile(
    "duration|reason_code|script|(remote|local)_(ip|port)|connection_id|session|net_.*|cmd_.*|.*_usecs|protocol"
)
"""Fields of Dovecot's own events above a script's, which are not compared."""


@dataclass(slots=True)
class Outcome:
    """
    What came of a chunk.

    Attributes:
        gave: What it gave or raised, in the words of ``run.lua``; or that it killed the process.

        log: Its log lines.

        events: Its named events, as JSON.
    """

    gave: str = KILLED
    log: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """
        All of it. What a process wrote before it died may be lost.
        """
        return [self.gave] if self.gave == KILLED else [self.gave, *self.log, *self.events]


def script() -> str:
    """
    The text of the script.
    """
    return RUN.read_text("ascii") + PROBE.read_text("ascii")


class Place:
    """
    Where chunks are run.

    Args:
        folder: Where the script and its files are.
    """

    def __init__(self, folder: Path, web: Web) -> None:
        self.folder = folder
        self.web = web
        self._subscribed = False

    def _hand_over(self, chunks: Sequence[str], first: int) -> None:
        (self.folder / "answers").unlink(missing_ok=True)
        texts = "".join(f"{text}\0" for text in chunks).replace("@HTTP@", f"http://{self.web.place}")
        (self.folder / "chunks").write_text(f"{PRELUDE}\0{first}\0{texts}", "utf-8")

    def _answers(self) -> list[str]:
        file = self.folder / "answers"
        return file.read_text("ascii").splitlines() if file.exists() else []

    def _next_command(self) -> str:
        self._subscribed = not self._subscribed
        return "SUBSCRIBE Work" if self._subscribed else "UNSUBSCRIBE Work"


class InDovecot(Place):
    """
    In a real server, as a new user.
    """

    def __init__(self, server: Dovecot, web: Web, user: str) -> None:
        super().__init__(server.folder, web)
        self._server = server
        self._user = user
        self._log_begin = 0
        self._died = False

    def run(self, chunks: Sequence[str]) -> tuple[list[Outcome], list[int]]:
        """
        What came of each, and how many there were in each session.
        """
        log = self.folder / "dovecot.log"
        self._log_begin = log.stat().st_size
        with ImapClient(self._server.ports[0], self._user) as client:
            for command in MAIL:
                name = command.rpartition("{")[2].rstrip("}") if command.endswith("}") else ""
                client.command(re.sub(r"\{.*\}", "{}", command), [message_bytes(name)] if name else [])
        outcomes: list[Outcome] = []
        sessions = []
        while len(outcomes) < len(chunks):
            begin = len(outcomes)
            self._hand_over(chunks[begin:], begin)
            with ImapClient(self._server.ports[0], self._user) as client:
                client.command(self._next_command())
            outcomes += map(Outcome, self._answers())
            self._died = len(outcomes) < len(chunks)
            if self._died:
                outcomes.append(Outcome())
            sessions.append(len(outcomes) - begin)
        self._attribute(outcomes)
        return outcomes, sessions

    def _attribute(self, outcomes: list[Outcome]) -> None:
        """
        Log lines and events to their chunks.
        """
        for number, lines in self._told("log", len(outcomes)):
            outcomes[number].log += [comparable(line) for line in lines]
        for number, lines in self._told("events", len(outcomes)):
            outcomes[number].events += [line for line in lines if line]

    def _told(self, what: str, count: int) -> Iterator[tuple[int, list[str]]]:
        for _ in range(PATIENCE_SECONDS * 50):
            found = by_chunk(self._lines(what))
            if f"end {count}" in found or self._died:
                break
            time.sleep(0.02)
        yield from ((int(mark), lines) for mark, lines in found.items() if mark.isdigit())

    def _lines(self, what: str) -> list[str]:
        """
        The lines of the log since the beginning, without the time; of events, theirs.
        """
        with open(self.folder / "dovecot.log", "rb") as file:
            file.seek(self._log_begin)
            whole = file.read().decode("utf-8", "surrogateescape")
        # Month, day and time have fifteen characters.
        lines = [line[16:] for line in whole.split("\n")[:-1]]
        events = [
            found[1]
            for line in lines
            if (found := re.match(r"stats(?:\(\d+\))?: Info: (?:event: |api: )?(\{.*\})$", line))
        ]
        if what == "events":
            return [told for event in events if (told := exported(json.loads(event))) is not None]
        return [line for line in lines if not SERVERS_OWN.match(line)]


def by_chunk(lines: Sequence[str]) -> dict[str, list[str]]:
    """
    Lines by the mark before them.
    """
    found: dict[str, list[str]] = {}
    mark = ""
    for line in lines:
        if marked := re.search(r"(?:Info: |^)chunk ((?:end )?\d+)$", line):
            mark = marked[1]
            found[mark] = []
        elif mark:
            found[mark].append(line)
    return found


def exported(event: dict[str, Any]) -> str | None:
    """
    An event of the server's as a line; None for its own.
    """
    name = event.get("event", "")
    if name.startswith(("http_request_", "push_notification_", "mail_", "imap_")):
        return None
    return event_line(name, event.get("categories", []), event.get("fields", {}))


def event_line(name: str, categories: Sequence[str], fields: dict[str, Any]) -> str:
    """
    A named event as a line.
    """
    if name == "chunk":
        return f"chunk {fields['number']}"
    kept = {key: in_seconds(value) for key, value in fields.items() if not ODD_FIELDS.fullmatch(key)}
    name = in_seconds(name)
    return json.dumps([name, sorted(categories), kept], sort_keys=True)


def in_seconds(value: Any) -> Any:
    """
    A value, of which the server's exporter may have made a date.
    """
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", value):
        return int(datetime.fromisoformat(value).timestamp())
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return value


class InLuahost(Place):
    """
    In luahost, as the same user.
    """

    def __init__(self, folder: Path, web: Web, user: MailUser, dialect: str) -> None:
        super().__init__(folder, web)
        self._dialect = DIALECTS[dialect]
        self._host = Host(folder / SCRIPT, dialect=dialect, policy="dovecot", settings=PLUGIN)
        self._user = user
        self._store = MemoryStore()
        with self._host.session(user, store=self._store) as session:
            reader = ImapReader()
            for command in MAIL:
                for operation in reader.operations(command):
                    session.perform(operation)

    def run(self, chunks: Sequence[str], sessions: Sequence[int]) -> list[Outcome]:
        """
        What came of each, with so many in each session.
        """
        outcomes: list[Outcome] = []
        for count in sessions:
            begin = len(outcomes)
            self._hand_over(chunks[begin : begin + count], begin)
            with self._host.session(self._user, store=self._store) as session:
                for operation in ImapReader().operations(self._next_command()):
                    session.perform(operation)
                effects = list(session.effects)
            found = [Outcome(answer) for answer in self._answers()]
            for number, effect in self._marked(effects):
                self._note(found[number - begin], effect)
            outcomes += found
        return outcomes

    def _marked(self, effects: Sequence[Effect]) -> Iterator[tuple[int, Effect]]:
        mark = ""
        for effect in effects:
            if isinstance(effect, Log) and (found := re.fullmatch(r"chunk ((?:end )?\d+)", effect.text)):
                mark = found[1]
            elif mark.isdigit():
                yield int(mark), effect

    def _note(self, outcome: Outcome, effect: Effect) -> None:
        match effect:
            case ProcessKilled():
                outcome.gave = KILLED
            case Log():
                outcome.log += map(comparable, mail_log.lines(effect, self._dialect))
            case NamedEvent() if effect.name != "chunk" and effect.source == "script":
                fields = {**effect.inherited, **effect.fields}
                outcome.events.append(event_line(effect.name, effect.categories, fields))


PLUGIN = {"own": "its value", "empty": ""}
"""Plugin settings."""


def comparable(line: str) -> str:
    """
    A line of either log without what differs from run to run.
    """
    line = re.sub(r"(\w+)\(([^)]*)\)<\d+><[^>]*>", r"\1(\2)<…>", line)
    line = re.sub(r"\d+\.\d{3} (in|secs|s)\b", r"T \1", line)
    return re.sub(r",id=\d+\)", ",id=…)", line)


def times_away(gave: str) -> str:
    """
    An answer without times, numbers of connections and UIDVALIDITYs.
    """
    gave = re.sub(r"\d+\.\d{3} (in|secs|s)\b", r"T \1", gave)
    gave = re.sub(r"\(\d+ msecs ago\)", "(T msecs ago)", gave)
    gave = re.sub(r'(\["(?:uidvalidity|highest_modseq|first_recent_uid)"\]=)[\d.]+f', r"\1<number>", gave)
    return re.sub(r",id=\d+\)", ",id=…)", gave)


def differences(chunks: Sequence[str], theirs: Sequence[Outcome], ours: Sequence[Outcome]) -> list[str]:
    """
    The chunks that do not do the same, the shortest first, each with what it does there and here.
    """
    found = []
    for text, there, here in zip(chunks, theirs, ours, strict=True):
        told, tells = (list(map(times_away, each.lines())) for each in (there, here))
        if told != tells:
            shown = [
                *(f"  in Dovecot: {line}" for line in told),
                *(f"  in luahost: {line}" for line in tells),
            ]
            found.append("\n".join(["", text, *shown]))
    return sorted(found, key=len)
