r"""
The same mail operations in a real Dovecot and in luahost, each told as the calls that the probe saw.

A step is a line: an IMAP command as a client types it, with ``{n01}`` for the message of that name and
``{}`` for an empty one; ``DELIVER Work {n01}`` for a delivery; ``LOGIN`` for the next client, after the
one before has logged out.
"""

from __future__ import annotations

import contextlib
import re
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from luahost import Host, MailUser, message
from luahost.errors import UsageError
from luahost.host import Session
from luahost.store import MemoryStore, Storage, operations
from luahost.store.operations import NewMessage
from tests.conformance.imap import MESSAGES, ImapReader
from tests.live.calls import PROBE, CallsFile
from tests.live.dovecot import Dovecot
from tests.live.imap_client import ImapClient

_LITERAL = re.compile(r"\{(\w*)\}")
_DELIVERY = re.compile(r"DELIVER (\S+) \{(\w+)\}")


def message_bytes(name: str) -> bytes:
    """
    The message of that name; nothing for no name.
    """
    return (MESSAGES / f"{name}.eml").read_bytes() if name else b""


class Mail(ABC):
    """
    One user's mail, worked on step by step.

    Attributes:
        clients: How many clients have logged in.

        refused: Whether the latest step was refused; None if that is not known.
    """

    def __init__(self, calls: CallsFile) -> None:
        self._calls = calls
        self.clients = 0
        self.refused: bool | None = None
        self.log_in()

    def does(self, step: str) -> list[dict[str, Any]]:
        """
        Carry out a step; what the probe saw of it.
        """
        self.refused = None
        delivery = _DELIVERY.fullmatch(step)
        if delivery:
            self.deliver(delivery[1], message_bytes(delivery[2]))
        elif step == "LOGIN":
            self.log_in()
        else:
            self.command(step)
        return self._calls.take()

    @abstractmethod
    def deliver(self, mailbox: str, data: bytes) -> None:
        """
        A message arrives; a mailbox that is made for it is subscribed to.
        """

    @abstractmethod
    def log_in(self) -> None:
        """
        The client goes away, and another one comes.
        """

    @abstractmethod
    def command(self, text: str) -> None:
        """
        The client sends an IMAP command.
        """

    @abstractmethod
    def close(self) -> None:
        """
        The client goes away.
        """


class DovecotMail(Mail):
    """
    Mail in a real server.

    Attributes:
        answer: What it answered to the latest command.
    """

    def __init__(self, server: Dovecot, calls: CallsFile, user: str) -> None:
        self._server = server
        self._user = user
        self._client: ImapClient | None = None
        self.answer: list[str] = []
        super().__init__(calls)

    def deliver(self, mailbox: str, data: bytes) -> None:
        self._server.deliver(self._user if mailbox == "INBOX" else f"{self._user}+{mailbox}", data)

    def log_in(self) -> None:
        self.close()
        self._client = self._server.imap(self._user)
        self.clients += 1

    def command(self, text: str) -> None:
        """
        Send a command, as another client if the server has sent the one before away: it does so after the
        DELETE of the mailbox that is selected.
        """
        assert self._client is not None
        literals = [message_bytes(name) for name in _LITERAL.findall(text)]
        words = _LITERAL.sub("{}", text)
        self.answer = self._client.command(words, literals)
        if self._client.disconnected:
            self.log_in()
            self.answer = self._client.command(words, literals)
        self.refused = not self.answer[-1].startswith("OK ")

    def close(self) -> None:
        if self._client is not None:
            self._client.command("LOGOUT")
            self._client.close()


class LuahostMail(Mail):
    """
    Mail in luahost's store.
    """

    def __init__(self, folder: Path, calls: CallsFile, user: str, storage: Storage) -> None:
        # With "dovecot" the probe has io, to write its file with.
        self._host = Host(folder / PROBE.name, dialect="2.3", policy="dovecot", http="deny")
        self._user = user
        self._store = MemoryStore(storage)
        self._open = contextlib.ExitStack()
        super().__init__(calls)

    def deliver(self, mailbox: str, data: bytes) -> None:
        new = NewMessage(fields=message.read(data))
        with self._session("lmtp") as session:
            session.perform(operations.Deliver(message=new, mailbox=mailbox, subscribe=True))

    def log_in(self) -> None:
        self._open.close()
        self._client = self._open.enter_context(self._session("imap"))
        self._reader = ImapReader()
        self.clients += 1

    def command(self, text: str) -> None:
        for operation in self._reader.operations(text):
            self.refused = isinstance(operation, operations.Append) and operation.fails
            try:
                self._client.perform(operation)
            except UsageError:
                self.refused = True
                self._reader.refused()

    def close(self) -> None:
        self._open.close()

    def _session(self, service: str) -> Session:
        return self._host.session(MailUser(self._user, service=service), store=self._store)
