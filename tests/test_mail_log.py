"""
Log effects as Dovecot's log has them; each expectation is a line of the recordings, or follows their rule.
"""

from __future__ import annotations

import os
import re

import pytest

from luahost import Host, MailUser
from luahost.dialects import DIALECTS
from luahost.effects import Log
from luahost.events import MessageNew
from luahost.mail_log import lines, process, user_process
from tests.conftest import WriteScript

BOB = "lmtp(bob)<4711><session>"
CONNECTION = "lmtp-server: conn 127.0.0.1:40000 [1]: rcpt bob: "
NEW = MessageNew(mailbox="INBOX", uid=1, uid_validity=1)

ALL = ("documented", "2.3", "2.4")

CASES: list[tuple[tuple[str, ...], Log, list[str]]] = [
    (ALL, Log(level="info", text="x", process=BOB), [f"{BOB}: Info: x"]),
    (ALL, Log(level="warning", text="x"), ["Warning: x"]),
    (ALL, Log(level="debug", text="", process=BOB), [f"{BOB}: Debug: "]),
    (
        ("2.3",),
        Log(level="info", text="lua: x", prefix="lua: ", process=BOB),
        [f"{BOB}: Info: {CONNECTION}lua: x"],
    ),
    (
        ("documented", "2.4"),
        Log(level="info", text="lua: x", prefix="lua: ", process=BOB),
        [f"{BOB}: Info: lua: x"],
    ),
    (
        ("2.3",),
        Log(level="info", text="a\nb\n\nc", process=BOB),
        [f"{BOB}: Info: a", "lmtp: Error: b", "lmtp: Error: ", "lmtp: Error: c"],
    ),
    (
        ("documented", "2.4"),
        Log(level="info", text="a\nb\n\nc", process=BOB),
        [f"{BOB}: Info: a", f"{BOB}: Info: b", f"{BOB}: Info: ", f"{BOB}: Info: c"],
    ),
    (
        ("2.3",),
        Log(level="warning", text="lua: p: a\nb", prefix="lua: p: ", process="imap(bob)<1><s>"),
        ["imap(bob)<1><s>: Warning: lua: p: a", "imap: Error: b"],
    ),
    (
        ("documented", "2.4"),
        Log(level="warning", text="lua: p: a\nb", prefix="lua: p: ", process="imap(bob)<1><s>"),
        ["imap(bob)<1><s>: Warning: lua: p: a", "imap(bob)<1><s>: Warning: lua: p: b"],
    ),
    (
        ("documented", "2.4"),
        Log(level="info", text="a\r\n\nb\n", process=BOB),
        [f"{BOB}: Info: a", f"{BOB}: Info: ", f"{BOB}: Info: b"],
    ),
    (
        ("documented", "2.4"),
        Log(level="info", text="lua: p\n: x", prefix="lua: p\n: ", process=BOB),
        [f"{BOB}: Info: lua: p : x"],
    ),
    (
        ("documented", "2.4"),
        Log(level="info", text="R\n: x", prefix="R\n: ", replaced="R\n: ", process=BOB),
        ["R : Info: x"],
    ),
    (
        ("2.3",),
        Log(level="info", text="lua: p\n: x\ny", prefix="lua: p\n: ", process="imap(bob)<1><s>"),
        ["imap(bob)<1><s>: Info: lua: p", "imap: Error: : x", "imap: Error: y"],
    ),
    (
        ("2.3",),
        Log(level="info", text="R\n: x", prefix="R\n: ", replaced="R\n: ", process="imap(bob)<1><s>"),
        ["Info: R", "imap: Error: : x"],
    ),
    # LMTP's internal user, and what is written without an event: the prefix is a part of the message.
    (
        ("documented", "2.4"),
        Log(level="error", text="lua: a\nb", prefix="lua: ", process="lmtp(4711)"),
        ["lmtp(4711): Error: lua: a", "lmtp(4711): Error: b"],
    ),
    (
        ("documented", "2.4"),
        Log(level="error", text="lua: a\nb", process=BOB),
        [f"{BOB}: Error: lua: a", f"{BOB}: Error: b"],
    ),
    (
        ("2.3",),
        Log(level="error", text="lua: a\nb", process=BOB),
        [f"{BOB}: Error: lua: a", "lmtp: Error: b"],
    ),
    (ALL, Log(level="info", text="R: x", prefix="R: ", replaced="R: ", process=BOB), ["R: Info: x"]),
    (ALL, Log(level="info", text="R: g: x", prefix="R: g: ", replaced="R: ", process=BOB), ["R: Info: g: x"]),
    (ALL, Log(level="info", text="x", replaced="", process=BOB), ["Info: x"]),
    (
        ("2.3",),
        Log(level="info", text="R: g: x\ny", prefix="R: g: ", replaced="R: ", process=BOB),
        ["R: Info: g: x", "lmtp: Error: y"],
    ),
    (
        ("documented", "2.4"),
        Log(level="info", text="R: g: x\ny", prefix="R: g: ", replaced="R: ", process="lmtp(4711)"),
        ["R: Info: g: x", "R: Info: g: y"],
    ),
]


@pytest.mark.parametrize(
    ("dialect", "log", "expected"), [(dialect, *case) for dialects, *case in CASES for dialect in dialects]
)
def test_lines(dialect: str, log: Log, expected: list[str]) -> None:
    """
    What stands in front of each line, by dialect.
    """
    assert lines(log, DIALECTS[dialect], connection=CONNECTION) == expected


def sizes(log: Log, dialect: str) -> list[tuple[str, int]]:
    """
    The lines with ``x`` and ``ä`` left out, and how many bytes each had of them.
    """
    found = []
    for line in lines(log, DIALECTS[dialect], connection=CONNECTION):
        data = line.encode("utf-8", "surrogateescape")
        rest = re.sub(rb"[x\xc3\xa4]{2,}", b"", data)
        found.append((rest.decode(), len(data) - len(rest)))
    return found


LONG = "x" * 9000
ANN = "imap(ann)<15575><N36kOtpgDN5/AAAB>"


@pytest.mark.parametrize(
    ("log", "front", "expected"),
    [
        (Log(level="info", text=LONG, process=ANN), f"{ANN}: Info: ", [4087, 4087, 826]),
        (
            Log(level="info", text="lua: " + LONG, prefix="lua: ", process=ANN),
            f"{ANN}: Info: lua: ",
            [4043, 4043, 914],
        ),
        (
            Log(level="info", text="R: g: " + LONG, prefix="R: g: ", replaced="R: ", process=ANN),
            "R: Info: g: ",
            [4079, 4079, 842],
        ),
        (
            Log(level="info", text="lua: " + "ä" * 4500, prefix="lua: ", process=ANN),
            f"{ANN}: Info: lua: ",
            [4043, 4043, 914],
        ),
    ],
    ids=["without an event", "of an event", "with its own prefix", "bytes"],
)
def test_long_messages_are_cut(log: Log, front: str, expected: list[int]) -> None:
    """
    Dovecot cuts a message where it no longer fits into a pipe at once. Source: Dovecot 2.3.19.1's log.
    """
    assert sizes(log, "2.3") == [(front, size) for size in expected]


def test_long_messages_of_a_delivery() -> None:
    """
    In 2.3's LMTP what an event puts in front is a part of the message. Source: Dovecot 2.3.19.1's log.
    """
    bob = "lmtp(bob)<16407><ZoWmGBm4AmsXQAAAg+zDdQ>"
    log = Log(level="info", text="lua: " + LONG, prefix="lua: ", process=bob)

    assert sizes(log, "2.3") == [
        (f"{bob}: Info: {CONNECTION}lua: ", 4087 - len(f"{CONNECTION}lua: ")),
        (f"{bob}: Info: ", 4087),
        (f"{bob}: Info: ", 9000 - 4087 - (4087 - len(f"{CONNECTION}lua: "))),
    ]


def test_line_ends_after_the_cut() -> None:
    """
    2.3 cuts first, and then sees where lines end. Source: Dovecot 2.3.19.1's log.
    """
    log = Log(level="info", text="x" * 3000 + "\n" + "x" * 3000 + "\r\nend", process=ANN)

    assert sizes(log, "2.3") == [
        (f"{ANN}: Info: ", 3000),
        ("imap: Error: ", 1086),
        (f"{ANN}: Info: ", 1914),
        ("imap: Error: end", 0),
    ]


def test_commands_write_their_log_themselves() -> None:
    """
    No log process reads what dovecot-lda and doveadm log: nothing is cut, and in 2.3 no line but the first
    has anything in front. Source: the logs of Dovecot 2.3.19.1 and 2.4.1.
    """
    process = "lda(bob)<12><s>"
    log = Log(level="info", text=f"{LONG}\r\ntwo\n", process=process)

    assert lines(log, DIALECTS["2.3"]) == [f"{process}: Info: {LONG}\r", "two", ""]
    assert lines(log, DIALECTS["2.4"]) == [
        f"{process}: Info: {LONG}\r",
        f"{process}: Info: two",
        f"{process}: Info: ",
    ]


def test_the_end_of_a_message() -> None:
    """
    Where a message of several lines ends with a line end, 2.4 logs no empty line. Source: the log of Dovecot
    2.4.1.
    """
    assert lines(Log(level="info", text="a\n\n", process=BOB), DIALECTS["2.4"]) == [
        f"{BOB}: Info: a",
        f"{BOB}: Info: ",
    ]


def test_without_a_connection() -> None:
    """
    Where no connection is given, none is named.
    """
    log = Log(level="info", text="lua: x", prefix="lua: ", process=BOB)

    assert lines(log, DIALECTS["2.3"]) == [f"{BOB}: Info: lua: x"]


def test_names_of_processes() -> None:
    """
    Processes are called as Dovecot calls them; LMTP's internal user is not named.
    """
    assert user_process("imap", 12, "bob@example.org", "s") == "imap(bob@example.org)<12><s>"
    assert user_process("doveadm", 12, "bob", None) == "doveadm(bob)"
    assert user_process("lmtp", 12, "raw-mail-user", "s") == process("lmtp", 12) == "lmtp(12)"


SCRIPT = r"""
local function say(where)
  dovecot.i_info(where)
  dovecot.event():append_log_prefix("p: "):log_info(where)
end
say("chunk")
function script_init() say("init") return 0 end
function script_deinit() say("deinit") end
function dovecot_lua_notify_begin_txn() return {} end
function dovecot_lua_notify_end_txn() end
function dovecot_lua_notify_event_message_new()
  dovecot.event():replace_log_prefix("R: "):log_info("handler")
  error("boom")
end
"""


@pytest.mark.parametrize("service", ["imap", "lmtp"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_session(script: WriteScript, service: str, dialect: str) -> None:
    """
    A session's lines name the user; at the end of a delivery Dovecot has let him go, but not in what 2.4's
    events write.
    """
    path = script(SCRIPT)
    host = Host(path, dialect=dialect)
    with host.session(MailUser("bob", service=service, session_id="s")) as session:
        session.notify(NEW)

    bob, alone = f"{service}(bob)<{os.getpid()}><s>", f"{service}({os.getpid()})"
    last = alone if service == "lmtp" else bob
    last_of_events = alone if (service, dialect) == ("lmtp", "2.3") else bob
    first_lines = [lines(log, host.dialect)[0] for log in session.effects.of(Log)]
    assert first_lines == [
        f"{bob}: Info: chunk",
        f"{bob}: Info: lua: p: chunk",
        f"{bob}: Info: init",
        f"{bob}: Info: lua: p: init",
        "R: Info: handler",
        f"{bob}: Error: lua: lua_pcall(dovecot_lua_notify_event_message_new, 2, 0) failed: {path}:13: boom",
        f"{last}: Info: deinit",
        f"{last_of_events}: Info: lua: p: deinit",
    ]


@pytest.mark.parametrize(
    "text", ["error('boom')", "function script_init() error('boom') end", "this is no Lua"]
)
def test_what_goes_wrong_at_the_start_has_no_event(script: WriteScript, text: str) -> None:
    """
    Where a script cannot be loaded or initialised, ``lua: `` is a part of the message.
    """
    with Host(script(text), debug=True).session("bob") as session:
        pass

    *debug, error = session.effects.of(Log)
    assert (error.text[:5], error.prefix) == ("lua: ", "")
    assert debug
    assert {log.prefix for log in debug} == {"lua: "}
