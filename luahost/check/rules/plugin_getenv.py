"""
``user:plugin_getenv`` under 2.4.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.meaning.usage import protected
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import Call, Index, MethodCall


class PluginGetenv(Rule):
    """
    plugin_getenv where there is none.
    """

    name = "plugin-getenv"
    severity = "error"
    title = "`user:plugin_getenv` does not exist in 2.4"
    reason = (
        "No 2.4 has it, though its documents still show it. The call raises, as a rule in `begin_txn`, so "
        "every "
        "transaction writes an error and nothing is sent. 2.4 hands the settings of `lua_settings` to "
        "`script_init` instead."
    )
    source = "Seen in Dovecot 2.4.1; removed before 2.4.0."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        meaning = script.meaning
        if view.facts.has("mail_user", "plugin_getenv"):
            return
        for node in view.nodes(MethodCall, Call):
            if isinstance(node, MethodCall):
                found = node.name == "plugin_getenv" and meaning.may_be(node.object, "mail_user")
            else:
                called = node.function
                found = (
                    isinstance(called, Index)
                    and called.name == "plugin_getenv"
                    and meaning.may_be(called.object, "mail_user")
                )
            if found and not protected(node, meaning):
                yield Problem(
                    node,
                    f"there is no user:plugin_getenv in {view.facts.title}: this raises, and nothing is sent",
                    "take the settings from the table that script_init gets there",
                )
