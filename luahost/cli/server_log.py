"""
Where ``luahost serve`` writes its log, and in which form: lines for people, or JSON lines for programs.

A log file may be moved away or removed at any time, as logrotate does: it is made anew with the next line,
without any signal.
"""

from __future__ import annotations

import io
import json
import logging
import logging.handlers
import os
import sys
import time
from datetime import UTC, datetime
from typing import Any

from luahost.errors import InputError
from luahost.server.log_fields import fields_of
from luahost.timeline import inline

FILE_MODE = 0o640
"""Of a new log file: it has names of users, and whatever scripts log."""

LEVELS = (("luahost.server", logging.INFO),)
"""Whose words are logged, and from which level on."""


def open_log(form: str, file: str | None, *, verbose: bool) -> logging.Logger:
    """
    Have the server's log written.

    Args:
        form: ``text`` or ``json``.

        file: The file; None for standard error.

        verbose: Whether each transaction that is done is logged, too.

    Raises:
        InputError: The file cannot be written.
    """
    handler: logging.Handler = logging.StreamHandler(sys.stderr) if file is None else LogFile(file)
    handler.setFormatter(JsonLine() if form == "json" else TextLine())
    for name, level in LEVELS:
        logger = logging.getLogger(name)
        logger.setLevel(logging.DEBUG if verbose and name == "luahost.server" else level)
        logger.addHandler(handler)
        logger.propagate = False
    return logging.getLogger("luahost.server")


class TextLine(logging.Formatter):
    """
    A line for each record, whatever scripts and clients have had it say.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        """
        The line, without its end.
        """
        return inline(super().format(record))


class JsonLine(logging.Formatter):
    """
    A JSON object for each record: ``time``, ``level``, ``message``, and the fields of what it is about.
    """

    def format(self, record: logging.LogRecord) -> str:
        """
        The line, without its end.
        """
        fields = fields_of(record)
        moment = datetime.fromtimestamp(record.created, UTC)
        told: dict[str, Any] = {
            "time": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z",
            "level": record.levelname.lower(),
            # For people the transaction stands in front.
            "message": record.getMessage().removeprefix(f"{fields.get('transaction')}: "),
            **fields,
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps({name: _utf8(value) for name, value in told.items()})


def _utf8(value: Any) -> Any:
    r"""
    Text without the bytes that are no UTF-8, which JSON does not have; they become ``\xff``.
    """
    if not isinstance(value, str):
        return value
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


class LogFile(logging.handlers.WatchedFileHandler):
    """
    A log file that may be moved away.
    """

    def __init__(self, file: str) -> None:
        try:
            super().__init__(file, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise InputError(f"the log cannot be written: {error.strerror}", file=file) from None

    def _open(self) -> io.TextIOWrapper:
        descriptor = os.open(
            self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, FILE_MODE
        )
        return open(descriptor, "a", encoding=self.encoding, errors=self.errors)

    def emit(self, record: logging.LogRecord) -> None:
        """
        Write a line; logging itself would let the caller have the error of a file that cannot be made anew.
        """
        try:
            super().emit(record)
        except OSError:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """
        Say on standard error what could not be written, and why; the server goes on.
        """
        why = sys.exc_info()[1]
        print(f"luahost: the log {self.baseFilename} cannot be written: {why}", file=sys.stderr)
        print(self.format(record), file=sys.stderr)
