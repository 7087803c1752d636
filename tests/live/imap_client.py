"""
A small IMAP client that sends commands as they stand and keeps every line of the answer.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from types import TracebackType

_LITERAL = re.compile(rb"\{(\d+)\}\r\n\Z")

ANSWER_SECONDS = 60


class ImapClient:
    """
    A client that has logged in; closed at the end of a ``with``.

    Attributes:
        disconnected: Whether the server has ended the connection.

    Raises:
        RuntimeError: The server does not let the user in.
    """

    def __init__(self, port: int, user: str) -> None:
        self.disconnected = False
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS)
        self._answers = self._socket.makefile("rb")
        self._commands = 0
        self._answers.readline()
        if self.command(f"LOGIN {user} password")[-1].split()[0] != "OK":
            self.close()
            raise RuntimeError(f"the server does not let {user} in")

    def __enter__(self) -> ImapClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """
        Go away, without a word to the server.
        """
        self._answers.close()
        self._socket.close()

    def command(self, text: str, literals: Sequence[bytes] = ()) -> list[str]:
        """
        Send a command.

        Args:
            text: The command, with ``{}`` for each literal.

            literals: What stands there; each is sent when the server asks for it.

        Returns:
            The lines of the answer, the tagged one last and without its tag. There is none if the server
            ends the connection instead.
        """
        self._commands += 1
        tag = f"c{self._commands}"
        first, *others = text.split("{}")
        line = f"{tag} {first}".encode()
        lines: list[str] = []
        for literal, after in zip(literals, others, strict=True):
            lines += self._asked(tag, b"%b{%d}\r\n" % (line, len(literal)))
            if not lines[-1].startswith("+"):
                return self._untagged(tag, lines)
            del lines[-1]
            line = literal + after.encode()
        return self._untagged(tag, lines + self._asked(tag, line + b"\r\n"))

    def _asked(self, tag: str, data: bytes) -> list[str]:
        """
        Send a part of a command; the lines up to the next that wants or ends something, ``""`` at the end
        of the connection.
        """
        lines = []
        try:
            self._socket.sendall(data)
        except ConnectionError:
            return [""]
        while True:
            lines.append(self._line())
            if lines[-1].startswith(("+", tag + " ")) or not lines[-1]:
                return lines

    def _untagged(self, tag: str, lines: list[str]) -> list[str]:
        *before, last = lines
        if not last:
            self.disconnected = True
            return before
        return [*before, last.removeprefix(tag + " ")]

    def _line(self) -> str:
        """
        A line with the literals in it; empty if there is none any more.
        """
        try:
            line = self._answers.readline()
            while found := _LITERAL.search(line):
                line += self._answers.read(int(found[1])) + self._answers.readline()
        except ConnectionError:
            return ""
        return line.decode("utf-8", "backslashreplace").rstrip("\r\n")
