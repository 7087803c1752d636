"""
One record of an ``api_*`` scenario, run again: a chunk of Lua in one callback of one LMTP delivery.

What is compared: the chunk's results or error with the types of its values, the lines of the log, the named
events with all categories and fields, and whether the process died. What is not: debug lines of the driver.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from luahost import Host, mail_log
from luahost.dialects import dialect
from luahost.effects import Effect, Log, NamedEvent, Print, ProcessKilled, json_value
from luahost.events import MailboxCreate, MailboxSubscribe, MessageAppend, MessageNew
from luahost.message import read
from luahost.store import MailUser, MemoryStore

FIXTURES = Path(__file__).parents[2] / "fixtures" / "oracle"
SCRIPT = Path(__file__).with_name("api_case.lua")

DIALECTS = {"2.3.19.1": "2.3", "2.4.1": "2.4"}

BASE, HTTP = "/srv/base", "http://127.0.0.1:8080"
UID = 1001
SESSION_ID = "session"

SETTINGS = {
    "2.3.19.1": {
        "oracle_plugin_setting": "from-plugin-block",
        "oracle_var_setting": "user=bob",
        "push_notification_driver": f"lua:file={BASE}/script/probe.lua",
    },
    "2.4.1": {
        "push_lua_url": f"{HTTP}/handler",
        "extra_param": "extra value",
        "user_param": "user=bob",
        "userdb_param": "from-userdb",
        "number_param": "42",
    },
}
USERDB = {"push_lua_url": f"{HTTP}/handler", "oracle_field": "from-userdb"}

CONNECTION = "lmtp-server: conn 127.0.0.1:<PORT> [1]: rcpt bob: "

Outcome = dict[str, Any]
Happened = tuple[Effect, str | None]
"""An effect, and the connection that its session came by."""


def records(version: str, scenario: str) -> list[dict[str, Any]]:
    """
    The records of a scenario whose outcome is there.
    """
    path = FIXTURES / version / f"{scenario}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    return [record for record in map(json.loads, lines) if not record.get("withheld")]


def prepared_store(fixture: str | None, *, attributes: bool) -> MemoryStore:
    r"""
    The mailboxes of bob before the delivery: none but an empty INBOX, or the home that the recordings call
    ``std``.
    """
    store = MemoryStore(attributes=attributes)
    if fixture is None:
        return store
    for mailbox in ("Work", "Work/Sub", "Empty", "Parent/Child"):
        store.observe("bob", MailboxCreate(mailbox=mailbox))
    for mailbox, uid, flags, keywords in (
        ("INBOX", 1, ["\\Seen"], []),
        ("INBOX", 2, [], []),
        ("INBOX", 3, ["\\Flagged"], ["$Label1", "custom"]),
        ("Work", 1, ["\\Seen"], ["kw1"]),
        ("Work", 2, [], []),
    ):
        validity = store.next_message("bob", mailbox)[1]
        store.observe(
            "bob",
            MessageAppend(
                mailbox=mailbox, uid=uid, uid_validity=validity, flags=tuple(flags), keywords=tuple(keywords)
            ),
        )
    store.observe("bob", MailboxSubscribe(mailbox="Work"))
    return store


def run(version: str, record: dict[str, Any], folder: Path, *, attributes: bool = True) -> Outcome:
    """
    What luahost makes of the record's case.
    """
    operation = record["op"]
    script = folder / "probe.lua"
    shutil.copy(SCRIPT, script)
    chunk = operation["lua"].replace("@HTTP@", HTTP)
    (folder / f"case.{operation['where']}.lua").write_text(chunk, encoding="utf-8")

    happened: list[Happened] = []

    def host(connection: str | None) -> Host:
        return Host(
            script,
            settings=SETTINGS[version],
            dialect=DIALECTS[version],
            http="deny",
            debug=True,
            policy="dovecot",
            listener=lambda effect: happened.append((effect, connection)),
        )

    user = MailUser(
        "bob", home=f"{BASE}/home/bob", uid=UID, gid=UID, service="lmtp", session_id=SESSION_ID, userdb=USERDB
    )
    store = prepared_store(operation["fixture"], attributes=attributes)
    uid, uid_validity = store.next_message("bob", "INBOX")
    message = read((FIXTURES / "messages" / f"{operation['message']}.eml").read_bytes())
    with ExitStack() as sessions:
        # LMTP's internal user loads the script too, and lets it go after the recipient's.
        for _ in range(record["trace"].count("script_init") - 1):
            sessions.enter_context(host(None).session("raw-mail-user"))
        session = sessions.enter_context(host(CONNECTION).session(user, store=store))
        if operation["fixture"] is None:
            session.notify(MailboxCreate(mailbox="INBOX"))
        session.notify(MessageNew(mailbox="INBOX", uid=uid, uid_validity=uid_validity, **message))
    return outcome(version, happened)


def outcome(version: str, happened: list[Happened]) -> Outcome:
    """
    Effects in the form of :func:`recorded`.
    """
    effects = [effect for effect, _ in happened]
    results = [
        json.loads(printed.text.removeprefix("case "))
        for printed in effects
        if isinstance(printed, Print) and printed.text.startswith("case ")
    ]
    log = [
        line
        for entry, connection in happened
        if isinstance(entry, Log) and (entry.source == "script" or entry.level != "debug")
        for line in log_lines(version, entry, connection)
    ]
    events = [
        {
            "event": event.name,
            "categories": list(event.categories),
            "fields": {**inherited(event), **json_value(event.fields)},
        }
        for event in effects
        if isinstance(event, NamedEvent) and event.source == "script"
    ]
    killed = any(isinstance(effect, ProcessKilled) for effect in effects)
    return {"results": results, "log": log, "events": events, "killed": killed}


def inherited(event: NamedEvent) -> dict[str, Any]:
    """
    Fields from Dovecot's events above it; the script stands where it stood.
    """
    fields: dict[str, Any] = json_value(event.inherited)
    return {**fields, "script": f"{BASE}/script/{Path(fields['script']).name}"}


def log_lines(version: str, entry: Log, connection: str | None) -> list[str]:
    """
    The lines that Dovecot writes, as the recordings have them: with placeholders, and with other line ends
    taken for line ends as well.
    """
    pid = os.getpid()
    lines = mail_log.lines(entry, dialect(DIALECTS[version]), connection=connection)
    return [
        piece.replace(f"<{pid}><{SESSION_ID}>", "<PID><SESSION>").replace(f"({pid})", "(<PID>)")
        for line in lines
        for piece in line.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").splitlines()
    ]


CONNECTION_NUMBER = re.compile(r"(?<=conn 127\.0\.0\.1:<PORT> )\[\d+\]")
DEATH = re.compile(r".*?: (Panic|Fatal|Error: Raw backtrace): ")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def recorded(record: dict[str, Any]) -> Outcome:
    """
    What the record says, without what is not compared.
    """
    results = [
        {name: call[name] for name in ("ok", "ret", "err") if name in call}
        for call in record["calls"]
        if call["fn"] == "case"
    ]
    lines = [CONNECTION_NUMBER.sub("[1]", line) for line in record.get("log", ())]
    log = [line for line in lines if not DEATH.match(line)]
    killed = len(log) < len(lines)
    events = [
        {
            "event": event["event"],
            "categories": event["categories"],
            "fields": {name: seconds(value) for name, value in event["fields"].items()},
        }
        for event in record.get("events", ())
    ]
    return {"results": results, "log": log, "events": events, "killed": killed}


def seconds(value: Any) -> Any:
    """
    A time of the statistics as the seconds that ``add_timeval`` was given.
    """
    if isinstance(value, str) and TIME.fullmatch(value):
        return int(datetime.fromisoformat(value).timestamp())
    return value


def differences(expected: Outcome, actual: Outcome) -> list[str]:
    """
    What is not the same, in words; nothing if all is.
    """
    found = []
    for part in ("results", "log", "events", "killed"):
        if part == "results" and expected["killed"] and not expected["results"]:
            continue  # the process died inside the chunk
        if not same(expected[part], actual[part]):
            found.append(f"{part}: Dovecot {expected[part]!r}, luahost {actual[part]!r}")
    return found


def same(expected: Any, actual: Any) -> bool:
    """
    Whether a value is the recorded one; ``<WORD>`` in a recording stands for what differs from run to run.
    """
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(same(expected[key], actual[key]) for key in expected)
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, str) and "<" in expected:
        known = expected.replace("<BASE>", BASE).replace("<HTTP>", HTTP)
        pattern = re.sub(r"<[A-Z]+(:\d+)?>", ".+", re.escape(known).replace(r"\<", "<").replace(r"\:", ":"))
        return re.fullmatch(pattern, str(actual), re.DOTALL) is not None
    return type(expected) is type(actual) and expected == actual
