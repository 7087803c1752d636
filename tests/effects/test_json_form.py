"""
Effects as JSON: a case for each kind of them.
"""

from __future__ import annotations

from typing import Any

import pytest

from luahost.effects import (
    Call,
    Effect,
    Failure,
    Http,
    Log,
    MailboxCall,
    Metadata,
    NamedEvent,
    Print,
    ProcessKilled,
    to_json,
)

JSON: list[tuple[Effect, dict[str, Any]]] = [
    (Print(text="x\n"), {"effect": "print", "text": "x\n"}),
    (Print(text="x", transaction=2), {"effect": "print", "transaction": 2, "text": "x"}),
    (Print(text="\udcff"), {"effect": "print", "text": {"bytes": "ff"}}),
    (
        ProcessKilled(reason="x; this kills", file="push.lua", line=3),
        {"effect": "process_killed", "reason": "x; this kills", "file": "push.lua", "line": 3},
    ),
    (
        Log(level="info", text="hello"),
        {"effect": "log", "level": "info", "text": "hello", "prefix": "", "source": "script"},
    ),
    (
        Log(
            level="error",
            text="lua: boom",
            prefix="lua: ",
            process="imap(bob)<4711><session>",
            source="driver",
            failure=Failure(function="f", message="boom", file="push.lua", line=3, traceback="stack"),
        ),
        {
            "effect": "log",
            "level": "error",
            "text": "lua: boom",
            "prefix": "lua: ",
            "process": "imap(bob)<4711><session>",
            "source": "driver",
            "failure": {
                "function": "f",
                "message": "boom",
                "file": "push.lua",
                "line": 3,
                "traceback": "stack",
            },
        },
    ),
    (
        Call(function="f", event={"uid": 1, "keywords": ("a", "b"), "user": {"mail_user": "bob"}}),
        {
            "effect": "call",
            "function": "f",
            "event": {"uid": 1, "keywords": ["a", "b"], "user": {"mail_user": "bob"}},
        },
    ),
    (Call(function="end", success=False), {"effect": "call", "function": "end", "success": False}),
    (
        NamedEvent(
            name="done",
            fields={"code": 200, "url": "http://x/"},
            categories=("lua", "storage"),
            inherited={"user": "bob"},
        ),
        {
            "effect": "event",
            "name": "done",
            "fields": {"code": 200, "url": "http://x/"},
            "categories": ["lua", "storage"],
            "inherited": {"user": "bob"},
            "source": "script",
        },
    ),
    (
        MailboxCall(mailbox="INBOX", method="status", result={"messages": 0}),
        {"effect": "mailbox", "mailbox": "INBOX", "method": "status", "result": {"messages": 0}},
    ),
    (
        Metadata(owner="user", operation="get", key="/private/a", error="no"),
        {"effect": "metadata", "owner": "user", "operation": "get", "key": "/private/a", "error": "no"},
    ),
    (
        Http(method="POST", url="http://x/", headers=(("a", "b"),), body=b"\xff", response_body=b"ok"),
        {
            "effect": "http",
            "method": "POST",
            "url": "http://x/",
            "headers": [["a", "b"]],
            "body": {"bytes": "ff"},
            "response_headers": [],
            "response_body": "ok",
            "denied": False,
            "seconds": 0.0,
        },
    ),
]


@pytest.mark.parametrize(("effect", "json"), JSON, ids=lambda value: getattr(value, "kind", ""))
def test_to_json(effect: Effect, json: dict[str, Any]) -> None:
    """
    The JSON form has the attributes that are set, and bytes that are no UTF-8 in hexadecimal.
    """
    assert to_json(effect) == json


def test_every_kind_has_a_json_case() -> None:
    """
    The table above has every kind of effect.
    """
    assert {effect.kind for effect, _ in JSON} == {kind.kind for kind in Effect.__subclasses__()}
