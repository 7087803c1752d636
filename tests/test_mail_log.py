"""
Log effects as Dovecot's log has them; each expectation is a line of the recordings, or follows their rule.
"""

from __future__ import annotations

import os

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
        [f"imap(bob)<1><s>: Warning: {CONNECTION}lua: p: a", "imap: Error: b"],
    ),
    (
        ("documented", "2.4"),
        Log(level="warning", text="lua: p: a\nb", prefix="lua: p: ", process="imap(bob)<1><s>"),
        ["imap(bob)<1><s>: Warning: lua: p: a", "imap(bob)<1><s>: Warning: lua: p: b"],
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
    assert user_process("doveadm", 12, "bob", None) == "doveadm(bob)<12><>"
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
