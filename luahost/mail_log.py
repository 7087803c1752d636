"""
Dovecot's mail log: the very lines that a log effect becomes there, without the time.

A line is ``PROCESS: LEVEL: TEXT``. What stands in front, and how a message of several lines goes on, differs
between versions; the dialect's switches say how. A process hands its messages to the log process through a
pipe, in pieces that fit into it at once.

Knows nothing of who writes such lines or reads them.
"""

from __future__ import annotations

from luahost import patterns
from luahost.dialects import Dialect
from luahost.effects import Log

RAW_MAIL_USER = "raw-mail-user"
"""LMTP's internal user, for messages on their way; Dovecot loads the script for it too."""

WRITING_THEMSELVES = {"lda", "doveadm"}
"""Services that are commands: no log process of a server reads what they log."""

PIPE_BYTES = 4096
"""What Dovecot writes to the log process at once: Linux' PIPE_BUF."""

FEWEST_BYTES = 128
"""What Dovecot writes of a message at once however long the things in front of it are."""

_PID = patterns.compile(r"[(<](\d+)(?:\)|><[^<>]*>)$")


def process(service: str, pid: int) -> str:
    """
    How Dovecot names a process that works for nobody: ``lmtp(4711)``.
    """
    return f"{service}({pid})"


def user_process(service: str, pid: int, username: str, session_id: str | None) -> str:
    """
    How Dovecot names a process that works for a user: ``imap(bob)<4711><SESSION>``. LMTP's internal user
    is not named, and doveadm has no number.
    """
    if username == RAW_MAIL_USER:
        return process(service, pid)
    if service == "doveadm":
        return f"{service}({username})"
    return f"{service}({username})<{pid}><{session_id or ''}>"


def lines(log: Log, dialect: Dialect, *, connection: str | None = None) -> list[str]:
    """
    The lines of the mail log that Dovecot writes, without their line ends.

    Args:
        log: What is logged.

        dialect: Whose log it is.

        connection: What LMTP calls the delivery, ``lmtp-server: conn 127.0.0.1:40000 [1]: rcpt bob: ``. It
            stands before what events write in the dialects that name it. The internal user has none.

    Source: recordings of Dovecot 2.3.19.1 and 2.4.1, and ``tests/live/test_mail_log.py``, which asks either.
    """
    process_name = f"{log.process}: " if log.process is not None else ""
    service = process_name.partition("(")[0]
    front = process_name if log.replaced is None else log.replaced
    text = log.text.removeprefix(log.replaced or "")
    prefix = ""
    if _prefix_is_apart(log, dialect, service):
        prefix = log.prefix.removeprefix(log.replaced or "")
        text = text.removeprefix(prefix)
    elif connection is not None and dialect.log_connection and log.prefix:
        text = connection + text
    level = f"{log.level.capitalize()}: "
    begin = f"{front}{level}{prefix}"
    room = _room(log, front + prefix if prefix or log.replaced is not None else "")
    first, *further = text.split("\n")
    if service in WRITING_THEMSELVES:
        begin_of_further = begin if dialect.log_further_lines == "repeated" else ""
        return [begin + first, *(begin_of_further + line for line in further)]
    if dialect.log_further_lines == "repeated":
        if further[-1:] == [""]:
            further.pop()
        # What stands in front is one line.
        begin = begin.replace("\n", " ")
        return [_line(begin + piece) for line in (first, *further) for piece in _pieces(line, room)]
    if "\n" in front:
        front, prefix = "", front + prefix
    begin_of_further = f"{service}: Error: " if service else "Error: "
    return [
        (begin_of_further if number else front + level) + _line(line)
        for piece in _pieces(text, room)
        for number, line in enumerate((prefix + piece).split("\n"))
    ]


def _prefix_is_apart(log: Log, dialect: Dialect, service: str) -> bool:
    """
    Whether what the event put in front belongs to each line and not to the message: where there is something
    in place of the mere process's name, be it the user's. But in LMTP of the dialects that name its
    connection, the user's name is for the time being the process's own.
    """
    if log.replaced is not None:
        return True
    if dialect.log_connection and service == "lmtp":
        return False
    return log.process is not None and log.process.endswith(">")


def _room(log: Log, apart: str) -> int | None:
    """
    How many bytes of a message fit into the pipe at once; None if there is no process to say.

    With them go a mark, the level, the process's number and a line end, and what stands apart in front.
    """
    found = _PID.search(log.process or "")
    if found is None:
        return None
    room = PIPE_BYTES - len(f"mL{found[1]} \n")
    if apart:
        length = len(apart.encode("utf-8", "surrogateescape"))
        room -= len(f"{length} ") + length
    return max(room, FEWEST_BYTES)


def _pieces(text: str, room: int | None) -> list[str]:
    """
    The text in pieces of so many bytes; characters may be cut.
    """
    data = text.encode("utf-8", "surrogateescape")
    if room is None or len(data) <= room:
        return [text]
    return [data[at : at + room].decode("utf-8", "surrogateescape") for at in range(0, len(data), room)]


def _line(line: str) -> str:
    r"""
    The line as the log process reads it, which takes ``\r\n`` for a line end, too.
    """
    return line.removesuffix("\r")
