"""
The four doors to the network, each asked the same, and what they tell of it.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from luahost import Host
from luahost.drivers import DriverEntry
from luahost.effects import Effects, Http, Log, Print
from luahost.events import MessageNew
from tests.drivers.ox_session import MAIL, switched_on

SCRIPT = """
local function show(...)
  local values = {}
  for i = 1, select("#", ...) do values[i] = tostring((select(i, ...))) end
  print(table.concat(values, "|"))
end
local doors = {}
local function told(headers)
  return (headers or {})["retry-after"], (headers or {}).location
end
function doors.socket(url)
  local http = require("socket.http")
  http.TIMEOUT = PATIENCE
  local body = {}
  local ok, code, headers, status = http.request({ url = url, sink = require("ltn12").sink.table(body) })
  show(ok, code, status, table.concat(body), told(headers))
end
function doors.https(url)
  local https = require("ssl.https")
  https.TIMEOUT = PATIENCE
  local ok, code, headers, status = https.request({ url = url, verify = VERIFY })
  show(ok, code, status, told(headers))
end
function doors.dovecot(url)
  local client = dovecot.http.client({
    request_timeout_msecs = PATIENCE * 1000, connect_timeout_msecs = PATIENCE * 1000, max_attempts = 1,
    max_connect_attempts = 1,
  })
  local response = client:request({ url = url, method = "POST" }):submit()
  show(response:status(), response:reason(), response:payload(), response:header("Retry-After"))
end
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_event_message_new(user)
  doors[user:plugin_getenv("door")](user:plugin_getenv("url"))
end
function dovecot_lua_notify_end_txn() end
"""

DOORS = ("socket", "https", "dovecot", "ox")

PATIENCE_SECONDS = 10.0
"""How long each door waits for what comes at once, on a busy machine too."""

IMPATIENCE_SECONDS = 0.1
"""How long for what does not come, in real time."""


def masked(text: str) -> str:
    """
    Text without ports, times and dates.
    """
    text = re.sub(r"127\.0\.0\.1:\d+|service\.example:\d+", "PLACE", text)
    text = re.sub(r"\d+\.\d{3}\b", "T", text)
    return re.sub(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", "DATE", text)


def exchanged(effect: Http) -> dict[str, Any]:
    """
    An exchange without what differs from run to run.
    """
    return {
        "request": (effect.method, masked(effect.url), effect.body),
        "answer": (effect.status, effect.reason, effect.response_body),
        "headers": [(name, masked(value)) for name, value in effect.response_headers],
        "error": None if effect.error is None else masked(effect.error),
        "denied": effect.denied,
    }


def told(effects: Effects) -> dict[str, Any]:
    """
    All that a script or driver was told, and what the effects tell.
    """
    return {
        "printed": [masked(effect.text.rstrip("\n")) for effect in effects.of(Print)],
        "logs": [masked(effect.text) for effect in effects.of(Log) if effect.level == "error"],
        "exchanges": [exchanged(effect) for effect in effects.of(Http)],
    }


def asked(
    door: str, url: str, folder: Path, *, patience: float, verify: bool = False, **options: Any
) -> dict[str, Any]:
    """
    What comes of one message that is told through a door, with so many seconds of patience.
    """
    if door == "ox":
        milliseconds = f"{patience * 1000:.0f}"
        options_of_driver = {
            "url": url,
            "timeout_msecs": milliseconds,
            "max_retries": "0",
            "http_client_request_absolute_timeout": "1 min",
            "http_client_max_connect_attempts": "1",
            "ssl_client_require_valid_cert": "yes" if verify else "no",
        }
        host = Host(drivers=[DriverEntry(name="ox", options=options_of_driver)], dialect="2.3", **options)
    else:
        file = folder / "push.lua"
        file.write_text(
            SCRIPT.replace("PATIENCE", str(patience)).replace("VERIFY", '"peer"' if verify else '"none"')
        )
        host = Host(file, dialect="2.3", settings={"door": door, "url": url}, **options)
    with host.session("bob", store=switched_on()) as session:
        if door == "ox":
            session.deliver(MAIL)
        else:
            session.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=1))
    found = told(session.effects)
    assert found["exchanges"], "the door was not used"
    return found


@contextmanager
def closed_port() -> Iterator[int]:
    """
    A port that nothing listens on: somebody has it, and does not listen.
    """
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextmanager
def full_port() -> Iterator[int]:
    """
    A port whose queue of connections is full, so that further ones wait.
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        try:
            for _ in range(2):
                one = socket.socket()
                waiting.append(one)
                one.setblocking(False)
                one.connect_ex(listener.getsockname())
            yield listener.getsockname()[1]
        finally:
            for one in waiting:
                one.close()
