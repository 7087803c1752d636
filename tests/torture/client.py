"""
The clients of a torture run: they bring transactions over TCP, and keep a log of what they were told.

Each has users of its own and brings one batch after the other, so a user's transactions are brought in order.
Now and then one sends half a body, or does not wait for its answer.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from luahost.clock import NANOSECONDS
from tests.sources.recorded import NEW, transaction
from tests.torture.records import Outcome, Posted

USERS = 6
"""Of each client."""

PATIENCE_SECONDS = 20.0

KINDS = {"one": 100, "two": 60, "error": 6, "loop": 2, "memory": 2, "pattern": 1}
"""How often a kind of transaction is brought."""

MANNERS = {"waits": 30, "insists": 30, "shim": 20, "appends": 20, "leaves": 5, "hasty": 10, "half": 5}
"""
How a client brings a batch. It ``waits`` for the answer, or ``leaves`` without; it ``insists`` with an
``Idempotency-Key`` until there is one, also after it was ``hasty`` and left; it writes a file if the answer
is not there soon, as the ``shim`` does; it ``appends`` to a file, as ``--files`` has a shim do; or it brings
``half`` of it.
"""

SHIM_SECONDS = 0.3
"""How long a shim waits for its answer."""

PATH = "/v1/transactions"

Place = tuple[str, int]
Ids = list[str | None]


class Client(threading.Thread):
    """
    A client, from :meth:`start` until it is dismissed.

    Args:
        name: Before the names of its users.

        seed: Of its dice.

        place: Where the server is.

        files: Where it takes files from.

        brake: Waits while there is none, or enough to do.

    Attributes:
        posted: What it brought.

        told: How often it was answered with which status.

        appended: What it has written lines of: users and numbers.

        torn: How many lines it has not written to their end, as the disk was full.
    """

    def __init__(
        self,
        name: str,
        seed: int,
        *,
        place: Callable[[], Place],
        files: Path,
        brake: Callable[[random.Random], None],
    ) -> None:
        super().__init__(name=f"client {name}", daemon=True)
        self.posted: list[Posted] = []
        self.told: Counter[int] = Counter()
        self.appended: list[tuple[str, int]] = []
        self.torn = 0
        self._dice = random.Random(f"{seed} {name}")
        self._users = [f"{name}u{number}" for number in range(1, USERS + 1)]
        # A user's mail comes by one shim: lines and files that are found together are not told apart in time.
        self._appending, self._posting = self._users[:2], self._users[2:]
        self._numbers: Counter[str] = Counter()
        self._place = place
        self._files = files
        self._brake = brake
        self._over = threading.Event()

    def dismiss(self) -> None:
        """
        Have it bring nothing more; it ends soon.
        """
        self._over.set()

    def run(self) -> None:
        """
        Bring batches.
        """
        while not self._over.is_set():
            self._brake(self._dice)
            if not self._over.is_set():
                manner = self._dice.choices(list(MANNERS), list(MANNERS.values()))[0]
                self._bring(manner, [self._next(manner) for _ in range(self._dice.randrange(1, 5))])

    def _next(self, manner: str) -> tuple[str, int, str]:
        user = self._dice.choice(self._appending if manner == "appends" else self._posting)
        self._numbers[user] += 1
        return user, self._numbers[user], self._dice.choices(list(KINDS), list(KINDS.values()))[0]

    def _bring(self, manner: str, batch: Sequence[tuple[str, int, str]]) -> None:
        items = [
            transaction(user={"username": user}, events=[{**NEW, "subject": f"{number} {kind}"}])
            for user, number, kind in batch
        ]
        if manner == "appends":
            for (user, number, kind), item in zip(batch, items, strict=True):
                outcome = Outcome.WITHHELD
                if self._append(item):
                    outcome = Outcome.ACCEPTED
                    self.appended.append((user, number))
                self.posted.append(Posted(user=user, number=number, kind=kind, outcome=outcome))
            return
        body = json.dumps(items).encode()
        key = None if manner in ("waits", "leaves", "half") else f"{self._users[0]}-{len(self.posted)}"
        outcome = Outcome.WITHHELD
        ids: Ids = [None] * len(batch)
        if manner in ("leaves", "half", "hasty"):
            outcome = self._rude(body, key, half=manner == "half")
        if manner in ("waits", "insists", "hasty"):
            outcome, ids = self._asked(body, key, outcome, ids)
        if manner == "shim":
            assert key is not None
            outcome, told = self._once(body, key, SHIM_SECONDS)
            ids = told or ids
            if outcome is not Outcome.ACCEPTED and self._written(body, key):
                outcome = Outcome.ACCEPTED
        for (user, number, kind), id in zip(batch, ids, strict=True):
            self.posted.append(Posted(user=user, number=number, kind=kind, outcome=outcome, id=id))

    def _asked(self, body: bytes, key: str | None, before: Outcome, ids: Ids) -> tuple[Outcome, Ids]:
        """
        Bring a batch and wait for the answer; with a key again and again, until it is taken.
        """
        while True:
            outcome, told = self._once(body, key)
            if outcome is Outcome.ACCEPTED:
                return outcome, told
            # Once it was brought without an answer, only an id says more than that.
            before = before if before is Outcome.UNKNOWN else outcome
            if key is None or self._over.is_set():
                return before, ids
            self._brake(self._dice)

    def _once(self, body: bytes, key: str | None, seconds: float = PATIENCE_SECONDS) -> tuple[Outcome, Ids]:
        connection = http.client.HTTPConnection(*self._place(), timeout=seconds)
        try:
            connection.connect()
        except OSError:
            return Outcome.WITHHELD, []
        try:
            connection.request("POST", PATH, body, _fields(key))
            answer = connection.getresponse()
            told = answer.read()
        except (OSError, http.client.HTTPException):
            return Outcome.UNKNOWN, []
        finally:
            connection.close()
        self.told[answer.status] += 1
        if answer.status != 202:
            return Outcome.REFUSED, []
        return Outcome.ACCEPTED, json.loads(told)["ids"]

    def _written(self, body: bytes, key: str) -> bool:
        """
        Whether there is a file of it now; the disk may be full.
        """
        seconds, rest = divmod(time.time_ns(), NANOSECONDS)
        name = f"{seconds:010d}-{rest:013d}-{key}.json"
        unfinished = self._files / f".{name}.tmp"
        try:
            unfinished.write_bytes(body)
            unfinished.rename(self._files / name)
        except OSError:
            unfinished.unlink(missing_ok=True)
            return False
        return True

    def _append(self, item: dict[str, Any]) -> bool:
        """
        Whether a line of it is in a file now; the disk may be full.
        """
        body = json.dumps(item).encode()
        line = b"\n" + body + b"\n"
        path = self._files / f"{int(time.time()) // 10 * 10}-{self.name[-1]}.lines"
        try:
            with open(path, "ab", buffering=0) as file:
                written = file.write(line)
                place = file.tell() - written + 1
        except OSError:
            return False
        self.torn += 0 < written < len(line)
        if written < len(line):
            return False
        with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
            if os.pread(file.fileno(), len(body), place) == body:
                return True
        return self._written(body, f"{path.name}-{place}")

    def _rude(self, body: bytes, key: str | None, *, half: bool) -> Outcome:
        """
        Bring a batch, or half of it, and do not wait for the answer.
        """
        fields = {"Host": "luahost", "Content-Length": str(len(body)), **_fields(key)}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        sent = body[: len(body) // 2] if half else body
        outcome = Outcome.WITHHELD
        with (
            contextlib.suppress(OSError),
            socket.create_connection(self._place(), PATIENCE_SECONDS) as opened,
        ):
            outcome = outcome if half else Outcome.UNKNOWN
            opened.sendall(f"POST {PATH} HTTP/1.1\r\n{head}\r\n".encode() + sent)
        return outcome


def _fields(key: str | None) -> dict[str, str]:
    fields = {"Content-Type": "application/json"}
    return fields if key is None else {**fields, "Idempotency-Key": key}
