"""
A recorded server's operations, carried out by luahost: the same commands and deliveries go through the
in-memory store and the script that was loaded there, and what came of each is given in the form of a
record.

What belongs to processes is done here as Dovecot's do it. One LMTP process takes one delivery after the
other until it dies; it opens a session for its internal user ``raw-mail-user`` and one for each recipient,
of which the first is closed last. An IMAP session lasts from LOGIN to LOGOUT. What a process would have
done after its death is left out: luahost goes on after ``ProcessKilled``, Dovecot does not.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from luahost import mail_log
from luahost.dialects import DIALECTS, Dialect
from luahost.effects import Effect, Log, NamedEvent, Print, ProcessKilled, json_value
from luahost.errors import UsageError
from luahost.host import Host, Session
from luahost.store import MailboxError, MailUser, MemoryStore
from luahost.store.operations import Operation
from tests.api.web import Web
from tests.conformance import configuration as configured
from tests.conformance.configuration import RAW_MAIL_USER, Configuration
from tests.conformance.homes import standard_home
from tests.conformance.imap import UNRECORDED, ImapReader, deliveries
from tests.conformance.records import DIALECTS as DIALECT_OF
from tests.conformance.records import Record, Scenario

UID = 1001

RAW_MAIL_USER_FROM = {"2.3.19.1": 2, "2.4.1": 1}
"""From which delivery of a process on there is a session for LMTP's internal user."""

WITH_DRIVER_DEBUG = ("debug_log", "failures")
"""Scenarios whose recordings keep what the driver itself says of each call."""


class Process:
    """
    A mail process: what it said and did until it died.

    Attributes:
        connections: How many clients it has served.

        dead: Whether it has died.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self.connections = 0
        self.dead = False

    def listener(self, connection: str | None) -> Callable[[Effect], None]:
        """
        What hears of a session's effects; ``connection`` is what LMTP calls the delivery.
        """

        def hear(effect: Effect) -> None:
            if not self.dead:
                self.server.note(effect, connection)
                self.dead = isinstance(effect, ProcessKilled)

        return hear


class Client:
    """
    An IMAP client with its session.
    """

    def __init__(self, process: Process, session: Session, reader: ImapReader) -> None:
        self.process = process
        self.session = session
        self.reader = reader

    def leave(self) -> None:
        """
        The session ends; what comes of it now still counts.
        """
        self.session.__exit__(None, None, None)
        self.process.dead = True


class Server:
    """
    The recorded server, on luahost; used in a ``with``.

    Attributes:
        base: Its folder, ``<BASE>`` in recordings.
    """

    def __init__(self, scenario: Scenario, base: Path, web: Web) -> None:
        self.scenario = scenario
        self.base = base
        self.web = web
        self.dialect: Dialect = DIALECTS[DIALECT_OF[scenario.version]]
        self.outcome: dict[str, list[Any]] = {}
        self.emptied = True
        self._clients: list[Client] = []
        self._start(configured.of_scenario(scenario.name))

    def _start(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._lmtp = Process(self)
        self._drop_clients()
        self._empty_homes()
        shutil.rmtree(self.base / "script", ignore_errors=True)
        (self.base / "script").mkdir(parents=True)
        for name, text in configuration.scripts.items():
            self._write_script(name, text)

    def _empty_homes(self, fixture: str | None = None) -> None:
        self.emptied = True
        self.store = MemoryStore(self.configuration.storage, attributes=self.configuration.attributes)
        if fixture is not None:
            standard_home(self.store)

    def _write_script(self, name: str, text: str | None) -> None:
        path = self.base / "script" / f"{name}.lua"
        if path.is_dir():
            path.rmdir()
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_bytes(text.encode("utf-8", "surrogateescape"))

    def replay(
        self, record: Record, previous: Record | None, following: Iterable[Record]
    ) -> dict[str, list[Any]]:
        """
        Carry out one record's operation. What came of it, by the parts of a record.
        """
        op = record["op"]
        self.emptied = False
        anew = configured.restarted(self.scenario.name, record, previous)
        if anew is not None:
            self._start(anew)
        for command in UNRECORDED.get((self.scenario.name, record["step"]), []):
            self._command("bob", command, None, ())
        self._forget()
        if "script" in op:
            self._empty_homes()
            self._prepare_script(op)
        if "lua" in op:
            self._empty_homes(op["fixture"])
        try:
            if op["proto"] == "imap":
                self._command(op["user"], op["cmd"], op.get("note"), following)
            elif "lua" in op:
                self._case(op)
            else:
                self._deliver(op)
        except UsageError as refused:
            # The setting in front and the help behind are luahost's.
            said = re.search(r"lua_file: [^;]*", str(refused))
            self.outcome["refused"].append(said[0] if said else str(refused))
        return self._finished()

    def _prepare_script(self, op: dict[str, Any]) -> None:
        self._write_script("probe", op["script"])
        script = self.base / "script" / "probe.lua"
        if op.get("case") == "file_is_directory":
            script.mkdir()
        if "file_mode" in op:
            script.chmod(0)

    # LMTP

    def _case(self, op: dict[str, Any]) -> None:
        chunk = op["lua"]
        place = self.web.place
        for name, value in {
            "@HTTP@": f"http://{place}",
            "@HTTPNAME@": f"http://{place}".replace("127.0.0.1", "localhost"),
            "@HTTPS@": f"https://{place}",
            "@CLOSED@": "http://127.0.0.1:1",
            "@CLOSEDS@": "https://127.0.0.1:1",
            "@USERINFO@": f"http://us%20er:pass@{place}",
        }.items():
            chunk = chunk.replace(name, value)
        case = self.base / "script" / f"case.{op['where']}.lua"
        case.write_bytes(chunk.encode("utf-8", "surrogateescape"))
        try:
            self._deliver(op)
        finally:
            case.unlink()

    def _deliver(self, op: dict[str, Any]) -> None:
        if self._lmtp.dead:
            self._lmtp = Process(self)
        process = self._lmtp
        process.connections += 1
        with ExitStack() as outer, ExitStack() as first:
            if process.connections >= RAW_MAIL_USER_FROM[self.scenario.version]:
                outer.enter_context(self._session(RAW_MAIL_USER, "lmtp", process.listener(None)))
            for number, (user, operation) in enumerate(
                deliveries(op, self.scenario.messages, subscribe=self.configuration.subscribe)
            ):
                if process.dead:
                    return
                connection = f"lmtp-server: conn 127.0.0.1:24 [{process.connections}]: rcpt {user}: "
                with ExitStack() as own:
                    stack = first if number == 0 else own
                    session = self._session(user, "lmtp", process.listener(connection))
                    self._perform(stack.enter_context(session), operation)

    def lmtp_lives(self, lives: bool) -> None:
        """
        What is known of the recorded process after a delivery: what memory misread came to, luahost cannot
        know.
        """
        self._lmtp.dead = not lives

    # IMAP

    def _command(self, user: str, command: str, note: str | None, following: Iterable[Record]) -> None:
        if command == "LOGIN":
            process = Process(self)
            session = self._session(user, "imap", process.listener(None))
            session.__enter__()
            self._clients.append(Client(process, session, ImapReader(self.scenario.messages)))
            return
        client = self._client_of(command, note, following)
        word = command.partition(" ")[0]
        if word == "LOGOUT" or "<16 bytes, then disconnect>" in command:
            self._clients.remove(client)
        if not client.process.dead:
            for operation in client.reader.operations(command):
                if not self._perform(client.session, operation):
                    client.reader.refused()
        if client not in self._clients or (word == "DELETE" and self._lost_its_mailbox(user, client)):
            client.leave()

    def _lost_its_mailbox(self, user: str, client: Client) -> bool:
        """
        Whether the selected mailbox is gone; Dovecot ends the session then.
        """
        if client.reader.selected is None:
            return False
        try:
            self.store.open(user, client.reader.selected)
        except MailboxError:
            return True
        return False

    def _client_of(self, command: str, note: str | None, following: Iterable[Record]) -> Client:
        """
        Which of several clients sent it. The notes say so; a command without one belongs to whoever the next
        note names, a SELECT to the first who has not selected anything, and the last to come goes first.
        """
        if len(self._clients) > 1:
            if command.startswith("SELECT") and note is None:
                return next((one for one in self._clients if one.reader.selected is None), self._clients[-1])
            if command != "LOGOUT":
                notes = [note, *(record["op"].get("note") for record in following)]
                named = next((one for one in notes if one), "")
                return self._clients[0 if "first session" in named else -1]
        return self._clients[-1]

    def _drop_clients(self) -> None:
        for client in self._clients:
            client.process.dead = True
            client.leave()
        self._clients = []

    # Both

    def _session(self, user: str, service: str, listener: Callable[[Effect], None]) -> Session:
        http = f"http://{self.web.place}"
        raw = user == RAW_MAIL_USER
        extra = {} if raw else configured.userdb(self.configuration, http)
        mail_user = MailUser(
            user, home=f"{self.base}/home/{user}", uid=UID, gid=UID, service=service, userdb=extra
        )
        version = self.scenario.version
        host = Host(
            drivers=configured.entries(self.configuration, version, self.base),
            mail_lua_script=configured.mail_lua(self.configuration, version, self.base),
            settings=configured.settings(self.configuration, version, mail_user, self.base, http),
            dialect=self.dialect.name,
            debug=True,
            policy="dovecot",
            listener=listener,
        )
        return host.session(mail_user, store=self.store)

    def _perform(self, session: Session, operation: Operation) -> bool:
        try:
            session.perform(operation)
        except UsageError:
            return False
        return True

    # What comes of it

    def _forget(self) -> None:
        self.outcome = {"calls": [], "log": [], "events": [], "http": [], "refused": []}
        self.web.seen.clear()

    def note(self, effect: Effect, connection: str | None) -> None:
        """
        Something happened in one of the processes.
        """
        driver_debug = self.scenario.name in WITH_DRIVER_DEBUG
        match effect:
            case Print() if effect.text.startswith("call "):
                self.outcome["calls"].append(json.loads(effect.text.removeprefix("call ")))
            case Log() if driver_debug or effect.source == "script" or effect.level != "debug":
                lines = mail_log.lines(effect, self.dialect, connection=connection)
                self.outcome["log"] += [piece for line in lines for piece in as_recorded(line)]
            case NamedEvent() if driver_debug or effect.source == "script":
                fields = json_value({**effect.inherited, **effect.fields})
                event = {"event": effect.name, "categories": list(effect.categories), "fields": fields}
                self.outcome["events"].append(event)
            case ProcessKilled():
                self.outcome["log"].append(f"{effect.process}: killed")

    def _finished(self) -> dict[str, list[Any]]:
        calls = self.outcome["calls"]
        for call in calls:
            if call["script"] == "probe":
                del call["script"]
        ended = {(call["inst"], call["where"]) for call in calls if call["fn"] == "case"}
        calls = [
            call for call in calls if call["fn"] != "case_start" or (call["inst"], call["where"]) not in ended
        ]
        found = self.outcome | {"calls": calls, "http": list(self.web.seen)}
        if self.scenario.name.startswith("api_"):
            found |= split_trace(calls)
        return found

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drop_clients()


def as_recorded(line: str) -> list[str]:
    """
    A line of the log as the recordings have it: bytes that are no UTF-8 escaped, and taken for several
    lines where Python sees an end of line.
    """
    text = line.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return text.splitlines() or [""]


def split_trace(calls: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """
    The calls of an ``api_*`` record: the names of callbacks, and what the case gave.
    """
    cases = ("case", "case_start")
    return {
        "trace": [call["fn"].replace("dovecot_lua_notify_", "") for call in calls if call["fn"] not in cases],
        "calls": [
            {name: value for name, value in call.items() if name != "inst"}
            for call in calls
            if call["fn"] in cases
        ],
    }
