"""
What two real servers did when mail was delivered, read, moved and deleted, and what the store makes of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from luahost.dialects import DIALECTS, Dialect
from luahost.drivers import Changed, Driver, Record, Registration
from luahost.drivers.event_table import event_table
from luahost.effects import Effects
from luahost.store import MAILDIR, SDBOX, Connection, MailboxError, MemoryStore, perform
from luahost.store.actions import Commit, Notify
from luahost.store.operations import Operation
from luahost.transaction import Transaction
from tests.conformance.imap import UNRECORDED, ImapReader, deliveries

ORACLE = Path(__file__).parents[2] / "fixtures" / "oracle"
VERSIONS = {"2.3.19.1": "2.3", "2.4.1": "2.4"}
SCENARIOS = (
    "imap_append",
    "store_flags",
    "fetch_read",
    "copy_move_expunge",
    "copy_move_expunge_sdbox",
    "mailboxes",
    "mailboxes_sdbox",
    "lmtp_recipients",
    "lmtp_delivery",
)
NEW_SERVER = ("lmtp_recipients", 7)
"""From here on with empty homes, making and subscribing to the mailboxes that addresses name."""

PREFIX = "dovecot_lua_notify_"


class Watcher(Driver):
    """
    A driver that writes down what it is told.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.seen: list[Any] = []

    def begin(self, transaction: int, mailbox: str) -> Registration:
        """
        A transaction began.
        """
        self.seen.append("begin")
        return Registration()

    def process(self, transaction: int, changed: Changed, records: Sequence[Record]) -> None:
        """
        Something happened.
        """
        for record in records:
            table = event_table(record.event, self.dialect)
            self.seen.append(
                {name: list(value) if isinstance(value, tuple) else value for name, value in table.items()}
            )

    def end(self, transaction: int, *, success: bool) -> None:
        """
        A transaction ended.
        """
        self.seen.append(f"end {success}")


class Server:
    """
    A mail server with clients, of this version and scenario.
    """

    def __init__(self, version: str, scenario: str) -> None:
        self.dialect = DIALECTS[VERSIONS[version]]
        self.scenario = scenario
        self.store = MemoryStore(SDBOX if scenario.endswith("sdbox") else MAILDIR)
        self.readers: dict[str, ImapReader] = {}
        self.connections: dict[str, Connection] = {}
        self.validities: dict[str, int] = {}
        self.refused = False

    def take(self, record: dict[str, Any]) -> list[Any]:
        """
        Let a recorded step happen; what drivers heard.
        """
        for command in UNRECORDED.get((self.scenario, record["step"]), []):
            self._command("bob", command)
        op = record["op"]
        if op["proto"] == "imap":
            return self._command(op["user"], op["cmd"])
        made_anew = self.scenario == NEW_SERVER[0] and record["step"] >= NEW_SERVER[1]
        if made_anew and record["step"] == NEW_SERVER[1]:
            self.store = MemoryStore()
            self.validities.clear()
        return [
            told
            for user, operation in deliveries(op, subscribe=made_anew)
            for told in self._perform(Connection(self.store, user, self.dialect), operation)
        ]

    def _command(self, user: str, command: str) -> list[Any]:
        if command == "LOGIN":
            self.connections[user] = Connection(self.store, user, self.dialect)
            self.readers[user] = ImapReader()
        reader = self.readers[user]
        told = []
        for operation in reader.operations(command):
            told += self._perform(self.connections[user], operation)
            if self.refused:
                reader.refused()
        return told

    def _perform(self, connection: Connection, operation: Operation) -> list[Any]:
        watcher = Watcher(self.dialect)
        open_transactions: dict[int, Transaction] = {}
        self.refused = False
        try:
            for action in perform(connection, operation):
                transaction = open_transactions.setdefault(action.transaction, _transaction(watcher))
                if isinstance(action, Notify):
                    transaction.notify(action.event)
                elif isinstance(action, Commit):
                    transaction.commit()
                else:
                    transaction.rollback()
        except MailboxError:
            self.refused = True
        return watcher.seen


def _transaction(watcher: Watcher) -> Transaction:
    return Transaction([watcher], Effects(), next_number=lambda: 1, committed=lambda event: None, debug=False)


def plain(value: Any) -> Any:
    """
    A recorded value as Python has it; a UIDVALIDITY stays the placeholder that it is.
    """
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict) and "float" in value:
        return value["float"] if isinstance(value["float"], str) else int(value["float"])
    if isinstance(value, dict):
        return bytes.fromhex(value["bytes"]).decode("utf-8", "surrogateescape")
    return value


def recorded(record: dict[str, Any]) -> list[Any]:
    """
    What the real server's script heard: begins, events and ends.
    """
    found: list[Any] = []
    for call in record["calls"]:
        if call["fn"] == PREFIX + "begin_txn":
            found.append("begin")
        elif call["fn"] == PREFIX + "end_txn":
            found.append(f"end {call['success']}")
        elif "event" in call:
            found.append({name: plain(value) for name, value in call["event"].items()})
    return found


def unmasked(told: list[Any], ours: list[Any], validities: dict[str, int]) -> list[Any]:
    """
    What was recorded, with our UIDVALIDITY for each placeholder: the one that first stood in its place.
    """
    found = []
    for item, other in zip_longest(told, ours):
        if isinstance(item, dict) and "uid_validity" in item:
            if isinstance(other, dict) and "uid_validity" in other:
                validities.setdefault(item["uid_validity"], other["uid_validity"])
            item = item | {"uid_validity": validities.get(item["uid_validity"])}
        if item is not None:
            found.append(item)
    return found


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("version", VERSIONS)
def test_operations_tell_what_they_told_in_dovecot(version: str, scenario: str) -> None:
    """
    Every step of a scenario opens the transactions, with the events and in the order, of the real server.
    """
    server = Server(version, scenario)
    wrong = []
    compared = 0
    for line in (ORACLE / version / f"{scenario}.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        told = server.take(record)
        if record.get("withheld"):
            continue
        compared += 1
        wanted = unmasked(recorded(record), told, server.validities)
        if told != wanted:
            wrong.append((record["step"], record["op"], told, wanted))

    assert wrong == []
    assert compared
