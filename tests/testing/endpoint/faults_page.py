"""
The table in ``docs/testing-endpoint.md``: what each door gives a script under each fault, made by asking.

``make docs`` writes it; a test holds the page against the doors, so they cannot drift.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from luahost import Host, MessageNew
from luahost.drivers import DriverEntry
from luahost.effects import Log, Print
from luahost.testing import Answer, Endpoint, Fault, ManualClock
from luahost.testing.endpoint import FAULTS
from tests.dialects_page import BEGIN, END, ROOT
from tests.drivers.ox_session import MAIL, PREFIX, switched_on

PAGE = ROOT / "docs" / "testing-endpoint.md"

SCRIPT = """
local doors = {}
doors["socket.http"] = function()
  local body, code = require("socket.http").request(URL, "a=1")
  if not body then return "`nil, " .. code .. "`" end
  return code .. (body ~= "" and ", `" .. body:gsub("%c", "") .. "`" or "")
end
doors["ssl.https"] = function()
  local body, code = require("ssl.https").request({
    url = "https://push.example/new", method = "POST", verify = "peer",
  })
  return body and code or "`nil, " .. code .. "`"
end
doors["dovecot.http.client"] = function()
  local client = dovecot.http.client({})
  local response = client:request({ url = URL, method = "POST" }):submit()
  local payload = response:payload()
  return response:status() .. " " .. response:reason() .. (payload ~= "" and ", payload " .. payload or "")
end
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_event_message_new(user)
  print(doors[user:plugin_getenv("door")]())
end
function dovecot_lua_notify_end_txn() end
"""

DOORS = ("socket.http", "ssl.https", "dovecot.http.client")
OX = "`ox`"

ANSWER = Answer(200, body="ok")
"""What the endpoint would say without the fault."""


def given(door: str, fault: str, script: Path) -> str:
    """
    What a door gives under a fault, and how long that takes if it takes any time.
    """
    endpoint, clock = Endpoint(), ManualClock()
    endpoint.route("*", "*/new", Fault(fault, answer=ANSWER))
    # Only TLS has certificates; for the rest it is left out where the script may choose.
    url = f"{'https' if fault == 'certificate' else 'http'}://push.example/new"
    script.write_text(SCRIPT.replace("URL", f'"{url}"'), "utf-8")
    if door == OX:
        drivers = [DriverEntry(name="ox", options={"url": url})]
        host = Host(drivers=drivers, dialect="2.3", debug=True, network=endpoint, clock=clock)
    else:
        host = Host(script, dialect="2.3", settings={"door": door}, network=endpoint, clock=clock)
    with host.session("bob", store=switched_on()) as session:
        if door == OX:
            session.deliver(MAIL)
        else:
            session.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=1))
    said = session.effects.of(Log) if door == OX else session.effects.of(Print)
    words = _words(said[-1].text)
    return words + (f"<br>after {clock.waited:.4g} s" if clock.waited else "")


def _words(text: str) -> str:
    """
    What was printed or logged, without times.
    """
    text = text.rstrip("\n").removeprefix(PREFIX)
    text = text.removeprefix("Notification sent successfully: ")
    text = text.removeprefix("Error when sending notification: ")
    # Behind the reason stands how long what took; within it, where.
    text = re.sub(r" in \d+\.\d{3} secs", "", text)
    text = re.sub(r" \((Request queued|\d+ attempts|\d+ retries).*?\)$", "", text)
    return text if text.count("`") % 2 == 0 else text.replace("`", "\\`")


def table() -> str:
    """
    The table: a row for each fault.
    """
    heads = [*(f"`{door}`" for door in DOORS), OX]
    lines = ["| fault | " + " | ".join(heads) + " |", "| --- |" + " --- |" * len(heads)]
    with tempfile.TemporaryDirectory(prefix="page-") as folder:
        script = Path(folder, "push.lua")
        for fault in FAULTS:
            cells = [given(door, fault, script) for door in (*DOORS, OX)]
            lines.append(f"| `{fault}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def page(text: str) -> str:
    """
    The page with its table made anew.
    """
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{PAGE.name} has lost one of the lines {BEGIN.strip()} and {END.strip()}")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
