"""
Host names that Dovecot 2.3 cannot look up.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost import patterns
from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import MethodCall, String, Table

HOST = patterns.compile(r"https?://(?:[^/@\s]*@)?([^/:\s\[\]]+)")
ADDRESS = patterns.compile(r"[0-9.]+")


class HostName(Rule):
    """
    A request of Dovecot's own client to a name.
    """

    name = "host-name"
    severity = "note"
    title = "a host name that 2.3 cannot look up over IMAP"
    reason = (
        "2.3 looks for the socket of Dovecot's resolver in the folder that the process runs in, which for "
        "imap is the user's home: every request of `dovecot.http.client` to a name then ends with 9002, "
        "`Failed to connect to dns-client`. 2.4 finds it. Write the address as numbers."
    )
    source = "Seen in Dovecot 2.3.19.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        if view.facts.dialect != "2.3":
            return
        for call in view.nodes(MethodCall):
            if call.name != "request" or not call.arguments:
                continue
            if not script.meaning.is_a(call.object, "http_client"):
                continue
            for table in view.values(call.arguments[0]):
                field = table.field("url") if isinstance(table, Table) else None
                for value in view.values(field.value) if field is not None else ():
                    host = HOST.match(value.value) if isinstance(value, String) else None
                    if host and not ADDRESS.fullmatch(host[1]):
                        words = f"the imap process of {view.facts.title} cannot look up {host[1]}"
                        yield Problem(value, words, "write its address as numbers")
