"""
Definitions for editors have what a dialect has.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from luahost.check.facts import Facts, all_facts
from luahost.check.signatures import SIGNATURES
from luahost.check.stubs import stubs
from luahost.check.syntax import nodes, parse

ROOT = Path(__file__).parent.parent.parent


def test_signatures_are_of_what_there_is() -> None:
    """
    Every function of the host has a signature, and every signature is of a function of the host.
    """
    found: dict[str, set[str]] = {}
    for facts in all_facts().values():
        for owner, names in facts.methods.items():
            found.setdefault(owner, set()).update(names)

    assert {owner: set(signatures) for owner, signatures in SIGNATURES.items()} == found


@pytest.mark.parametrize("facts", all_facts().values(), ids=all_facts())
def test_definitions(facts: Facts) -> None:
    """
    The definitions are Lua, and define each function, field, constant and event of the dialect once.
    """
    text = stubs(facts)
    source = parse("dovecot.lua", text.encode())
    defined = [
        source.of(node.target) for node in source.block.walk() if isinstance(node, nodes.FunctionStatement)
    ]

    assert source.problem is None
    assert len(set(defined)) == len(defined) == sum(len(names) for names in facts.methods.values())
    for event in facts.handlers:
        assert f"---@class dovecot.{event}\n" in text
    for option in facts.http_options:
        assert f"---@field {option}? " in text


def test_dialects_differ() -> None:
    """
    What 2.4 does not have is not offered for it.
    """
    old, new = stubs(all_facts()["2.3"]), stubs(all_facts()["2.4"])

    assert "mail_user:plugin_getenv" in old
    assert "mail_user:plugin_getenv" not in new
    assert "set_payload(payload)" in old
    assert "set_payload(payload, sync)" in new
    assert "function dovecot.microseconds() end" in new
    assert re.search(r"@field request_timeout\? string", new)


def test_hook_definition() -> None:
    """
    The pre-commit hook runs the command that there is.
    """
    text = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")

    assert "entry: luahost check\n" in text
