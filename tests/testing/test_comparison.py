"""
Two scripts on the same input: what is a difference, and what is none.
"""

from __future__ import annotations

import io
from typing import Any

import pytest

from luahost import sources
from luahost.effects import Http, Log
from luahost.errors import UsageError
from luahost.testing.comparison import Change, Comparison, compare
from luahost.testing.endpoint import Answer, Fault
from tests.conftest import WriteScript

OK = Answer(200)

SCRIPT = """\
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_event_message_new(user, event)
  %s
end
function dovecot_lua_notify_end_txn() end
"""


class Scripts:
    """
    Compares bodies of a handler.
    """

    def __init__(self, write: WriteScript) -> None:
        self._write = write

    def compare(self, old: str, new: str, *, reply: Answer | Fault = OK, **how: Any) -> Comparison:
        """
        What comes of a delivery.
        """
        paths = self._write(SCRIPT % old, "old/push.lua"), self._write("\n\n" + SCRIPT % new, "push2.lua")
        (found,) = compare(*paths, [sources.sample()], settings={}, reply=reply, **how)
        return found


@pytest.fixture
def scripts(script: WriteScript) -> Scripts:
    """
    Two scripts in two folders, under two names and on different lines.
    """
    return Scripts(script)


SAME = {
    "nothing": "",
    "an error": "error('boom')",
    "an error without words": "error({})",
    "an error of luahost's": "user.mailbox()",
    "the script's path": "dovecot.i_info(debug.traceback('x'))",
    "addresses": "dovecot.i_info(tostring({}) .. ' ' .. tostring(print))",
    "times": "dovecot.i_info(os.time() .. ' ' .. os.date('!%Y-%m-%dT%H:%M:%SZ'))",
    "random numbers": "dovecot.i_info(math.random(1000000))",
    "requests": "dovecot.http.client({}):request({url = 'http://a.example/', method = 'POST'}):submit()",
    "a crash": "dovecot.event():passthrough_event()",
}


@pytest.mark.parametrize("body", SAME.values(), ids=SAME)
@pytest.mark.parametrize("reply", [Answer(200), Fault("read_timeout")], ids=["200", "read_timeout"])
def test_the_same(scripts: Scripts, body: str, reply: Answer | Fault) -> None:
    """
    The same text under another name, on other lines and in other states does the same.
    """
    found = scripts.compare(body, body, reply=reply, dialect="2.3")

    assert found.same
    assert found.changes == []


NO_DIFFERENCE = [
    ("dovecot.i_info(os.time())", "require('socket').sleep(7) dovecot.i_info(os.time())"),
    ("dovecot.i_info(os.time() * 1000)", "require('socket').sleep(7) dovecot.i_info(os.time() * 1000)"),
    (
        "dovecot.i_info('01234567-89ab-cdef-0123-456789abcdef')",
        "dovecot.i_info('f1234567-89ab-cdef-0123-456789abcdef')",
    ),
    ("print('debugging')", ""),
    (
        "dovecot.i_info(os.date('!%a, %d %b %Y %H:%M:%S GMT'))",
        "require('socket').sleep(7) dovecot.i_info(os.date('!%a, %d %b %Y %H:%M:%S GMT'))",
    ),
]


@pytest.mark.parametrize(("old", "new"), NO_DIFFERENCE)
def test_no_difference(scripts: Scripts, old: str, new: str) -> None:
    """
    Other times and IDs, and what print prints, are no differences.
    """
    assert scripts.compare(old, new).same


DIFFERENCES = [
    ("", "dovecot.i_info('x')", [("added", "log", [])]),
    ("dovecot.i_info('x')", "", [("removed", "log", [])]),
    ("dovecot.i_info('x')", "dovecot.i_info('y')", [("changed", "log", ["text"])]),
    ("dovecot.i_info('x')", "dovecot.i_error('x')", [("removed", "log", []), ("added", "log", [])]),
    ("dovecot.i_info('1577836800')", "dovecot.i_info('1577836801')", [("changed", "log", ["text"])]),
    ("error('x')", "error('y')", [("changed", "log", ["text", "failure"])]),
    (
        "user:metadata_set('/private/a', 'x')",
        "user:metadata_set('/private/a', 'y')",
        [("changed", "metadata", ["value"])],
    ),
    (
        "dovecot.i_info('x') require('socket.http').request('http://a.example/1')",
        "require('socket.http').request('http://a.example/2') dovecot.i_info('x')",
        [("added", "http", []), ("removed", "http", [])],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), DIFFERENCES)
def test_differences(
    scripts: Scripts, old: str, new: str, expected: list[tuple[str, str, list[str]]]
) -> None:
    """
    What is logged, set and requested is compared, and a change says in what.
    """
    found = scripts.compare(old, new)

    assert not found.same
    assert [(change.kind, _kind(change), change.fields) for change in found.changes] == expected


def _kind(change: Change) -> str:
    effect = change.old or change.new
    return effect.kind if effect else ""


def test_requests_are_answered(scripts: Scripts) -> None:
    """
    Nothing is sent: requests to any host get the answer that is asked for.
    """
    body = "local _, code = require('socket.http').request('http://nowhere.invalid/') dovecot.i_info(code)"

    found = scripts.compare(body, body, reply=Answer(503))

    assert [effect.status for effect in found.new if isinstance(effect, Http)] == [503]
    assert [effect.text for effect in found.new if isinstance(effect, Log)] == ["503"]


def test_each_has_a_store_of_its_own(script: WriteScript) -> None:
    """
    What one script sets the other does not find, and in its next session it finds its own.
    """
    body = "dovecot.i_info(user:metadata_get('/private/a') or 'none') user:metadata_set('/private/a', '%s')"
    old, new = script(SCRIPT % (body % "x"), "a.lua"), script(SCRIPT % (body % "y"), "b.lua")

    first, second = compare(old, new, [sources.sample()] * 2, settings={}, reply=Answer(200))

    def logged(comparison: Comparison) -> list[list[str]]:
        return [[e.text for e in side if isinstance(e, Log)] for side in (comparison.old, comparison.new)]

    assert logged(first) == [["none"], ["none"]]
    assert logged(second) == [["x"], ["y"]]


def test_a_script_that_is_missing(script: WriteScript) -> None:
    """
    A script that there is not is the operator's mistake.
    """
    with pytest.raises(UsageError, match=r"there is no script nope\.lua"):
        list(compare(script(SCRIPT % ""), "nope.lua", [sources.sample()], settings={}, reply=Answer(200)))


def test_the_user(script: WriteScript) -> None:
    """
    A user that is asked for is everybody's.
    """
    path = script(SCRIPT % "")
    source = sources.read("-", stdin=io.BytesIO(b"when: [deliver: 'Subject: Hi']\nuser: alice\n"))

    (own,) = compare(path, path, [source], settings={}, reply=Answer(200))
    (asked,) = compare(path, path, [source], user="carol", settings={}, reply=Answer(200))

    assert (own.user, asked.user) == ("alice", "carol")
