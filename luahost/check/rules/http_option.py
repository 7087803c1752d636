"""
Settings of ``dovecot.http.client`` that a version does not know.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.facts import all_facts
from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule, did_you_mean
from luahost.check.rules.http_tables import client_tables, is_no_value, other_name
from luahost.check.script import Script


class HttpOption(Rule):
    """
    A setting that is ignored, or refused.
    """

    name = "http-option"
    severity = "error"
    title = "a setting of `dovecot.http.client` that this version does not know"
    reason = (
        "2.3 ignores what it does not know: with `timeout = 1000` a request still waits 60 seconds, and "
        "mail with "
        "it. 2.4 refuses it: the script does not load, and every push driver after it is off too. All of "
        "2.3's "
        "names with `_msecs`, and `timeout`, `max_attempts` and `debug`, are unknown in 2.4, and 2.4's "
        "names in "
        "2.3. A script for both chooses: `dovecot.http.client(settings and SETTINGS_24 or SETTINGS_23)`."
    )
    source = "Seen in Dovecot 2.3.19.1 and 2.4.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        facts = view.facts
        ignored = facts.switches["http_settings"] == "native"
        for client in client_tables(script, view):
            for setting in client.settings:
                name = setting.name
                if name in facts.http_options or is_no_value(setting.value):
                    continue
                if name == "event_parent":
                    # http-option-value has it.
                    continue
                better = other_name(name, facts, all_facts())
                hint = (
                    f"it is called {better} in {facts.title}"
                    if better
                    else did_you_mean(name, frozenset(facts.http_options))
                )
                if ignored:
                    words = f"the setting {name} is ignored in {facts.title}"
                    yield Problem(setting.at, words, hint, "warning")
                else:
                    words = f"the setting {name} is refused in {facts.title}: the script does not start"
                    yield Problem(setting.at, words, hint)
