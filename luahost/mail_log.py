"""
Dovecot's mail log: the very lines that a log effect becomes there, without the time.

A line is ``PROCESS: LEVEL: TEXT``. What stands in front, and how a message of several lines goes on, differs
between versions; the dialect's switches say how.

Knows nothing of who writes such lines or reads them.
"""

from __future__ import annotations

from luahost.dialects import Dialect
from luahost.effects import Log

RAW_MAIL_USER = "raw-mail-user"
"""LMTP's internal user, for messages on their way; Dovecot loads the script for it too."""

WRITING_THEMSELVES = {"lda", "doveadm"}
"""Services that are commands: no log process of a server reads what they log."""


def process(service: str, pid: int) -> str:
    """
    How Dovecot names a process that works for nobody: ``lmtp(4711)``.
    """
    return f"{service}({pid})"


def user_process(service: str, pid: int, username: str, session_id: str | None) -> str:
    """
    How Dovecot names a process that works for a user: ``imap(bob)<4711><SESSION>``. LMTP's internal user
    is not named.
    """
    if username == RAW_MAIL_USER:
        return process(service, pid)
    return f"{service}({username})<{pid}><{session_id or ''}>"


def lines(log: Log, dialect: Dialect, *, connection: str | None = None) -> list[str]:
    """
    The lines of the mail log that Dovecot writes, without their line ends.

    Args:
        log: What is logged.

        dialect: Whose log it is.

        connection: What LMTP calls the delivery, ``lmtp-server: conn 127.0.0.1:40000 [1]: rcpt bob: ``. It
            stands before what events write in the dialects that name it. The internal user has none.

    Source: recordings of Dovecot 2.3.19.1 and 2.4.1.
    """
    level = log.level.capitalize()
    process_name = f"{log.process}: " if log.process is not None else ""
    front = process_name if log.replaced is None else log.replaced
    # Dovecot's log process takes "\r\n" for a line end, too.
    text = log.text.removeprefix(log.replaced or "")
    first, *further = (line.removesuffix("\r") for line in text.split("\n"))
    if connection is not None and dialect.log_connection and log.prefix and log.replaced is None:
        first = connection + first
    if dialect.log_further_lines == "as errors":
        service = process_name.partition("(")[0]
        if service in WRITING_THEMSELVES:
            return [f"{front}{level}: {first}", *further]
        front_of_further = f"{service}: Error: " if service else "Error: "
        return [f"{front}{level}: {first}", *(front_of_further + line for line in further)]
    prefix = log.prefix.removeprefix(log.replaced or "") if _repeated(log) else ""
    return [f"{front}{level}: {first}", *(f"{front}{level}: {prefix}{line}" for line in further)]


def _repeated(log: Log) -> bool:
    """
    Whether what the event put in front belongs to each line and not to the message: where there is something
    in place of the mere process's name, be it the user's.
    """
    return log.replaced is not None or (log.process is not None and log.process.endswith(">"))
