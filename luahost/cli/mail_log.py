"""
The run as Dovecot's mail log has it: its lines and nothing else, without the time, to search and compare with
a server's. The delivery has no connection, so 2.3's name of it is left out.

A terminal gets control characters made visible, a file or pipe the very bytes.
"""

from __future__ import annotations

import sys
from typing import TextIO

from luahost import dialects, mail_log
from luahost.effects import Effect, Log, ProcessKilled
from luahost.timeline import inline


class MailLog:
    """
    Writes log effects to a stream as lines of the mail log; ``named`` says in front which run it is.
    """

    def __init__(self, stream: TextIO, *, named: bool = False) -> None:
        self._stream = stream
        self._bytes = None if stream.isatty() else getattr(stream, "buffer", None)
        self._named = named
        self._dialect = dialects.dialect(dialects.DEFAULT_DIALECT)

    def head(self, script: str, *, dialect: str, lua: str) -> None:
        """
        Whose form the lines have.
        """
        self._dialect = dialects.dialect(dialect)
        if self._named:
            self._write(f"{inline(script)}  dialect {dialect}, Lua {lua}")

    def input(self, name: str, user: str) -> None:
        """
        Nothing: Dovecot's log does not say it either.
        """

    def note(self, words: str) -> None:
        """
        It goes to standard error.
        """
        print(f"luahost: {inline(words)}", file=sys.stderr)

    def effect(self, effect: Effect) -> None:
        """
        The lines of a log effect. A crash is told beside them: Dovecot's words for it depend on its build.
        """
        if isinstance(effect, Log):
            for line in mail_log.lines(effect, self._dialect):
                self._write(line)
        elif isinstance(effect, ProcessKilled):
            print(f"luahost: {inline(effect.reason)}", file=sys.stderr)

    def missing_settings(self, names: list[str]) -> None:
        """
        Nothing: it is a hint for people.
        """

    def end(self) -> None:
        """
        Nothing is added.
        """

    def _write(self, line: str) -> None:
        if self._bytes is not None:
            self._bytes.write(line.encode("utf-8", "surrogateescape") + b"\n")
            self._bytes.flush()
        else:
            self._stream.write(inline(line) + "\n")
            self._stream.flush()
