"""
Scripts that do not load, and what Dovecot would log of them; what is skipped at a script's beginning.
"""

from __future__ import annotations

import os

import pytest

from luahost.events import MessageNew
from tests.conftest import OpenSession, WriteScript
from tests.core_session import CoreSession

NEW = MessageNew(mailbox="INBOX", uid=1, uid_validity=7)


def test_missing_file(script: WriteScript) -> None:
    """
    A script that is not there switches the driver off, and is no exception.
    """
    path = script("") + ".gone"
    running = CoreSession(path)
    running.notify(NEW)

    assert running.log == [f"error: lua: access({path}) failed: No such file or directory"]
    assert running.calls == []
    assert not running.loaded
    assert (running.failure.file, running.failure.function) == (path, None)


def test_no_name_of_a_file(script: WriteScript) -> None:
    """
    No file has a NUL in its name, so there is none of such a name.
    """
    path = script("") + "\0gone"
    running = CoreSession(path)

    assert running.log == [f"error: lua: access({path}) failed: No such file or directory"]


def test_unreadable_file(script: WriteScript) -> None:
    """
    Dovecot only looks whether the file is there; Lua then cannot open or read it. A folder is such a file for
    every user, root included.
    """
    folder = os.path.dirname(script(""))
    running = CoreSession(folder)

    assert running.log == [f"error: lua: lua_load({folder}) failed: cannot read {folder}: Is a directory"]
    assert running.script_unread == (f"{folder} is a folder, not a Lua script", "push_notification_driver")


def test_a_file_that_access_refuses(script: WriteScript) -> None:
    """
    Why there is no such file is said as the system says it, by Dovecot and to the operator.
    """
    below = script("") + "/push.lua"
    running = CoreSession(below)

    assert running.log == [f"error: lua: access({below}) failed: Not a directory"]
    assert running.script_unread is not None
    assert running.script_unread[0] == f"the script {below} cannot be read: Not a directory"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("function", 1, "<name> expected near <eof>"),
        ("x = 1\nx = = 2\n", 2, "unexpected symbol near '='"),
        ("x = 1\n\nif x then\n", 4, "'end' expected (to close 'if' at line 3) near <eof>"),
        ("x = 'unfinished\n", 1, "unfinished string near ''unfinished'"),
    ],
)
def test_syntax_error(session: OpenSession, text: str, line: int, words: str, lua: str) -> None:
    """
    A script that does not parse is told of with its line; Lua versions differ in how they quote.
    """
    running = session(text, lua=lua)
    failure = running.failure

    assert running.log == [f"error: lua: lua_load({failure.file}) failed: {failure.message}"]
    unquoted = failure.message.replace("'<", "<").replace(">'", ">")
    assert unquoted == f"{failure.file}:{line}: {words}"
    assert failure.line == line
    assert failure.traceback is None


@pytest.mark.parametrize("text", [b"\x1bLua\x54\x00garbage", b"\x1bLJ\x02", b"#!x\n\x1bLua"])
def test_bytecode(session: OpenSession, text: bytes, lua: str) -> None:
    """
    A script is text; bytecode is not loaded, not even after a first line that is a comment.
    """
    running = session(text, lua=lua)

    assert not running.loaded
    assert " failed: " in running.log[0]


@pytest.mark.parametrize("text", [b"\x00", b"\xff\xfe", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n\x00"])
def test_no_text(session: OpenSession, text: bytes, lua: str) -> None:
    """
    What is no Lua at all is a syntax error.
    """
    running = session(text, lua=lua)

    assert running.log[0].startswith(f"error: lua: lua_load({running.failure.file}) failed: ")
    assert running.failure.line is not None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", None),
        ("-- nothing\n", None),
        ("\ufeffprint(1) error()", 1),
        ("#!/usr/bin/lua\nprint(1) error()", 2),
        ("\ufeff#!/usr/bin/lua\nprint(1) error()", 2),
        ("#!/usr/bin/lua", None),
    ],
)
def test_first_line(session: OpenSession, text: str, line: int | None, lua: str) -> None:
    """
    A byte order mark and a ``#!`` line are skipped, and lines are counted with it.
    """
    running = session(text, lua=lua)

    assert running.printed == (["1"] if line else [])
    assert [failure.line for failure in running.effects.failures] == ([line] if line else [])
