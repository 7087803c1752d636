"""
What is wrong with a script after what happened, and errors that a test expects.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.testing import Push, UnexpectedError
from tests.conftest import WriteScript

LISTENER = Path(__file__).with_name("listener.lua")


def test_an_error_is_the_verdict(script: WriteScript) -> None:
    """
    An error that nobody expected points at the script's line, among its neighbours.
    """
    path = script(
        "function dovecot_lua_notify_begin_txn(user)\n  -- here\n  return user.nothing.x\nend\n"
        "function dovecot_lua_notify_event_message_new() end\n"
    )
    with Push(path) as push:
        push.deliver()

    (problem, *_) = push.verdict()
    assert (problem.file, problem.line) == (path, 3)
    assert problem.message.startswith("dovecot_lua_notify_begin_txn failed: ")
    assert problem.detail.splitlines()[:4] == [
        "  1 | function dovecot_lua_notify_begin_txn(user)",
        "  2 |   -- here",
        "> 3 |   return user.nothing.x",
        "  4 | end",
    ]
    assert "stack traceback:" in problem.detail
    with pytest.raises(UnexpectedError, match=r"push\.lua:3: dovecot_lua_notify_begin_txn failed"):
        push.verify()


def test_an_expected_error() -> None:
    """
    An error that a block expects is none; another of the same words is.
    """
    with Push(LISTENER) as push:
        with push.expect_error("no such luck") as caught:
            push.deliver(subject="fail")
        assert [error.line for error in caught] == [6]
        assert push.verdict() == []

        push.deliver(subject="fail")
        assert len(push.verdict()) == 1

        push.allow_errors("luck")
        push.verify()


def test_an_expected_error_that_does_not_come() -> None:
    """
    A block that expects an error fails without one, and says which there were.
    """
    with Push(LISTENER) as push:
        with pytest.raises(AssertionError, match="did not fail"), push.expect_error():
            push.deliver()
        with pytest.raises(AssertionError, match="no such luck"), push.expect_error("out of memory"):
            push.deliver(subject="fail")

    assert len(push.verdict()) == 1


def test_what_kills_the_process_is_wrong() -> None:
    """
    A user that is still held at the session's end is told of in the verdict after it.
    """
    with Push(LISTENER, dialect="2.3") as push:
        push.deliver(subject="keep")
        assert push.verdict() == []

    assert [problem.file for problem in push.verdict()] == [str(LISTENER)]
    assert len(push.kills) == 1
    push.allow_errors("kills the process")
    push.verify()
