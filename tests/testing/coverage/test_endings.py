"""
How requests ended, in a few words.
"""

from __future__ import annotations

import pytest

from luahost import Host, MessageNew
from luahost.effects import Http
from luahost.testing import FAULTS, Coverage, Endpoint, Fault, ManualClock
from luahost.testing.coverage.endings import OTHER, ending
from tests.conftest import WriteScript

SENDS = """
local client = dovecot.http.client({ request_max_attempts = 2 })
function dovecot_lua_notify_begin_txn() return {} end
function dovecot_lua_notify_end_txn() end
function dovecot_lua_notify_event_message_new()
  client:request({ url = "https://push.example/", method = "POST" }):submit()
  require("ssl.https").request("https://push.example/", "x")
end
"""

KINDS = {
    "refused": {"connection refused"},
    "dns": {"host not found"},
    "connect_timeout": {"timeout"},
    "read_timeout": {"timeout"},
    "reset": {"connection closed"},
    "truncated": {"connection closed"},
    "certificate": {"TLS failed"},
    "unavailable": {"503"},
    "retry_after": {"429"},
    "redirect": {"redirect refused", "302"},
    "garbage": {"no valid HTTP"},
    "slow": set(),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_has_its_kind(script: WriteScript, fault: str) -> None:
    """
    Whichever door a script sends through, a fault counts as one and the same, without times and addresses.
    """
    endpoint, coverage = Endpoint(), Coverage()
    endpoint.route("*", "*", Fault(fault))
    host = Host(script(SENDS), network=endpoint, clock=ManualClock(), coverage=coverage)

    with host.session("bob") as session:
        session.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=7))

    assert coverage.endings.keys() == KINDS[fault]


def test_what_is_none_of_these() -> None:
    """
    A policy's refusal is no failure of the network, and what is of no kind is counted together.
    """
    denied = Http(method="GET", url="http://a/", error="connection refused", denied=True)

    assert ending(denied) == "refused by policy"
    assert ending(Http(method="GET", url="http://a/", error="Network is unreachable")) == OTHER
    assert ending(Http(method="GET", url="http://a/", status=204)) is None
