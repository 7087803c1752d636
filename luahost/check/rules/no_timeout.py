"""
Requests that wait as long as the library likes.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.facts import all_facts
from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.rules.http_tables import client_tables, other_name
from luahost.check.rules.requests import client_waiting, own_connection, socket_requests, socket_timeout
from luahost.check.script import Script


class NoTimeout(Rule):
    """
    A request without a timeout.
    """

    name = "no-timeout"
    severity = "warning"
    title = "a request that may take a minute"
    reason = (
        "Push scripts run in the process that delivers mail, and it waits for them: LMTP does not answer "
        "until "
        "`end_txn` is over. LuaSocket and Dovecot's own client both wait 60 seconds for an endpoint that "
        "hangs."
    )
    source = "LuaSocket 3.1.0 `socket.http.TIMEOUT`; `request_timeout` of Dovecot 2.3.19.1 and 2.4.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        said: set[str] = set()
        for call, module, arguments in socket_requests(script, view):
            stated = socket_timeout(script, module)[1] or own_connection(script, view, arguments)
            if not stated and module not in said:
                said.add(module)
                yield Problem(
                    call.function,
                    f"{module} waits up to 60 s for an answer, and mail waits with it",
                    f'set it once: require("{module}").TIMEOUT = 2',
                )
        for client in client_tables(script, view):
            if client_waiting(client, view)[1]:
                continue
            meant = [one.name for one in client.settings if "timeout" in one.name]
            option = other_name("request_timeout", view.facts, all_facts())
            value = "2000" if option.endswith("_msecs") else '"2s"'
            if not (meant and view.facts.switches["http_settings"] == "text"):
                yield Problem(
                    client.call.function,
                    f"in {view.facts.title} requests of this client wait up to 60 s, and mail waits with "
                    "them",
                    f"give it {option} = {value} in {view.facts.title}",
                )
