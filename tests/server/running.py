"""
A server that runs, with its door, its spool and its scripts' processes, and what arrives at its endpoint.
"""

from __future__ import annotations

import json
import queue
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from luahost.config import read_configuration
from luahost.server.spool import SqliteSpool, State
from luahost.server.supervisor import Server
from luahost.testing import Answer, Endpoint, Request
from tests.sources.recorded import NEW, transaction

PATIENCE_SECONDS = 30

SCRIPT = """
local http = require("socket.http")
function dovecot_lua_notify_begin_txn(user)
  return {url = user:plugin_getenv("push_url"), user = user.username}
end
function dovecot_lua_notify_event_message_new(ctx, event)
  http.request(ctx.url, ctx.user .. " " .. event.subject)
end
function dovecot_lua_notify_end_txn(ctx, success) end
"""


class Running:
    """
    A server that runs, and the endpoint of its script.
    """

    def __init__(self, folder: Path, script: str, url: str, **section: Any) -> None:
        serve = {"listen": "127.0.0.1:0", "spool": "spool.db", "running": 4, **section}
        plugin = {"push_url": url}
        document = {"plugin": plugin, "drivers": [{"driver": "lua", "file": script}], "serve": serve}
        self.file = folder / "luahost.yaml"
        self._document: dict[str, Any] = document
        self.file.write_text(json.dumps(document))
        configuration = read_configuration(str(self.file))
        assert configuration.serve is not None
        self.spool = SqliteSpool(configuration.serve.spool)
        try:
            self.server = Server(configuration, self.spool)
        except BaseException:
            self.spool.close()
            raise
        self.place = self.server.start()
        self._open = True

    def rewrite(self, **section: Any) -> None:
        """
        Write the configuration again, with another section.
        """
        self._document["serve"].update(section)
        self.file.write_text(json.dumps(self._document))

    def configured(self, word: str, *, accepted: int = 0, rejected: int = 0) -> str:
        """
        Wait until so many other configurations have come into force or were refused; answers what the door
        says of it, which begins with this word.
        """
        reloads = self.server.reloads
        assert reloads.wait(PATIENCE_SECONDS, accepted=accepted, rejected=rejected)
        health = self.server.health()
        assert health.well
        told: str = health.told["configuration"]
        assert told.startswith(word)
        return told

    def post(self, *subjects: str, user: str = "bob", token: str | None = None) -> list[str]:
        """
        Bring deliveries; answers their ids.
        """
        batch = [transaction(user={"username": user}, events=[{**NEW, "subject": each}]) for each in subjects]
        transport = httpx.HTTPTransport(uds=self.place.path)
        with httpx.Client(transport=transport) as client:
            host = "luahost" if self.place.path else str(self.place)
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            url = f"http://{host}/v1/transactions"
            answer = client.post(url, json=batch, headers=headers, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 202, answer.text
        ids: list[str] = answer.json()["ids"]
        return ids

    def end(self) -> dict[str, State]:
        """
        End the server; answers how far each transaction is.
        """
        if self._open:
            self._open = False
            assert self.server.end() == 0
            self.states = {each.id: each.state for each in self.spool.transactions()}
            self.reasons = {each.id: each.reason for each in self.spool.transactions()}
            self.spool.close()
        return self.states


Serve = Callable[..., Running]


class Arrivals:
    """
    What arrives at the endpoint, as it arrives.

    Attributes:
        replies: What is answered, one after the other; 200 when there are no more.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.replies: list[Answer] = []
        self._bodies: queue.Queue[tuple[str, str]] = queue.Queue()
        endpoint.route("POST", "/push", self._reply, optional=True)

    def next(self, most: int = 1) -> list[str]:
        """
        The next bodies, once they are there.
        """
        return [body for body, _ in self.with_ids(most)]

    def with_ids(self, most: int) -> list[tuple[str, str]]:
        """
        The same, each with the request's idempotency key.
        """
        return [self._bodies.get(timeout=PATIENCE_SECONDS) for _ in range(most)]

    def _reply(self, request: Request) -> Answer:
        self._bodies.put((request.body.decode(), request.headers["webhook-id"]))
        return self.replies.pop(0) if self.replies else Answer(200)
