"""
One request after the other, for each message.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.rules.requests import waitings
from luahost.check.script import Script


class RequestPerMessage(Rule):
    """
    Requests in a loop.
    """

    name = "request-per-message"
    severity = "note"
    asked = True
    title = "one request for each message, one after the other"
    reason = (
        "A transaction may bring many messages: a client moves a folder, and mail waits for as many "
        "requests. One "
        "request with all of them takes as long as one. For those who ask: many endpoints take one message "
        "only."
    )

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for one in waitings(script, view):
            if one.repeated:
                yield Problem(one.call, "each message is a request of its own, and they wait for each other")
