r"""
The same mail operations in a real Dovecot and in luahost, each told as the calls that the probe saw.

A step is a line: an IMAP command as a client types it, with ``{n01}`` for the message of that name and
``{}`` for an empty one; ``DELIVER Work {n01}`` for a delivery; ``LOGIN`` for the next client, after the
one before has logged out. ``2: NOOP`` is a second client's, who is there at the same time and has logged in
at the first such step. Steps that begin with ``doveadm`` are described in ``doveadm_steps``.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from luahost import Host, MailUser, message
from luahost.errors import UsageError
from luahost.host import Session
from luahost.store import MemoryStore, Storage, operations
from luahost.store.operations import NewMessage, Operation
from tests.conformance.imap import MESSAGES, ImapReader
from tests.live import doveadm_steps
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
        at: Which of the clients does the latest step.

        logins: How often one has logged in.

        refused: Whether the latest step was refused; None if that is not known.
    """

    def __init__(self, calls: CallsFile) -> None:
        self._calls = calls
        self.at = ""
        self.logins = 0
        self.refused: bool | None = None

    def does(self, step: str) -> list[dict[str, Any]]:
        """
        Carry out a step; what the probe saw of it.
        """
        self.refused = None
        self.at, _, step = step.rpartition(": ")
        delivery = _DELIVERY.fullmatch(step)
        if delivery:
            self.deliver(delivery[1], message_bytes(delivery[2]))
        elif step.startswith("doveadm "):
            self.doveadm(*doveadm_steps.read(step))
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
        The client goes away, if it is there, and another one comes.
        """

    @abstractmethod
    def command(self, text: str) -> None:
        """
        The client sends an IMAP command, logged in if need be.
        """

    @abstractmethod
    def doveadm(self, words: Sequence[str], operation: Operation) -> None:
        """
        An administrator does something: the words for the command line, and the operation that it is.
        """

    @abstractmethod
    def close(self) -> None:
        """
        The clients go away.
        """


class DovecotMail(Mail):
    """
    Mail in a real server.

    Attributes:
        answer: What it answered to the latest command.
    """

    def __init__(self, server: Dovecot, calls: CallsFile, user: str) -> None:
        super().__init__(calls)
        self._server = server
        self._user = user
        self._clients: dict[str, ImapClient] = {}
        self.answer: list[str] = []

    def deliver(self, mailbox: str, data: bytes) -> None:
        self._server.deliver(self._user if mailbox == "INBOX" else f"{self._user}+{mailbox}", data)

    def log_in(self) -> None:
        self._log_out(self.at)
        self._clients[self.at] = self._server.imap(self._user)
        self.logins += 1

    def command(self, text: str) -> None:
        """
        Send a command, as another client if the server has sent the one before away: it does so after the
        DELETE of the mailbox that is selected.
        """
        if self.at not in self._clients:
            self.log_in()
        literals = [message_bytes(name) for name in _LITERAL.findall(text)]
        words = _LITERAL.sub("{}", text)
        self.answer = self._clients[self.at].command(words, literals)
        if self._clients[self.at].disconnected:
            self.log_in()
            self.answer = self._clients[self.at].command(words, literals)
        self.refused = not self.answer[-1].startswith("OK ")

    def doveadm(self, words: Sequence[str], operation: Operation) -> None:
        words = [self._within_reach(word) for word in words]
        at = words.index("-u") + 1
        self.answer = []
        try:
            self._server.doveadm(*words[:at], self._user, *words[at:])
        except subprocess.CalledProcessError as error:
            self.answer = [error.stderr]
        self.refused = bool(self.answer) if words[0] not in ("move", "copy") else None

    def _within_reach(self, word: str) -> str:
        """
        The word, or if it names a message's file where that is for a server that has another root.
        """
        return str(shutil.copy(word, self._server.folder)) if Path(word).parent == MESSAGES else word

    def close(self) -> None:
        for at in [*self._clients]:
            self._log_out(at)

    def _log_out(self, at: str) -> None:
        client = self._clients.pop(at, None)
        if client is not None:
            client.command("LOGOUT")
            client.close()


class LuahostMail(Mail):
    """
    Mail in luahost's store.
    """

    def __init__(self, folder: Path, calls: CallsFile, user: str, storage: Storage, dialect: str) -> None:
        super().__init__(calls)
        # With "dovecot" the probe has io, to write its file with.
        self._host = Host(folder / PROBE.name, dialect=dialect, policy="dovecot", http="deny")
        self._user = user
        self._store = MemoryStore(storage)
        self._clients: dict[str, tuple[Session, ImapReader, contextlib.ExitStack]] = {}

    def deliver(self, mailbox: str, data: bytes) -> None:
        new = NewMessage(fields=message.read(data))
        # Dovecot 2.4.1 did, until Debian mended CVE-2026-40204.
        subscribe = mailbox.upper() != "INBOX"
        with self._session("lmtp") as session:
            session.perform(operations.Deliver(message=new, mailbox=mailbox, subscribe=subscribe))

    def log_in(self) -> None:
        self._log_out(self.at)
        open_ = contextlib.ExitStack()
        self._clients[self.at] = open_.enter_context(self._session("imap")), ImapReader(), open_
        self.logins += 1

    def command(self, text: str) -> None:
        if self.at not in self._clients:
            self.log_in()
        client, reader, _ = self._clients[self.at]
        for operation in reader.operations(text):
            self.refused = isinstance(operation, operations.Append) and operation.fails
            try:
                client.perform(operation)
            except UsageError:
                self.refused = True
                reader.refused()

    def doveadm(self, words: Sequence[str], operation: Operation) -> None:
        self.refused = False
        with self._session("doveadm") as session:
            try:
                session.perform(operation)
            except UsageError:
                self.refused = True
        if words[0] in ("move", "copy", "expunge", "flags"):
            # doveadm looks for the target also if there is nothing to move to it, and in 2.4 it does not mind
            # that there is no mailbox.
            self.refused = None

    def close(self) -> None:
        for at in [*self._clients]:
            self._log_out(at)

    def _log_out(self, at: str) -> None:
        if at in self._clients:
            self._clients.pop(at)[-1].close()

    def _session(self, service: str) -> Session:
        return self._host.session(MailUser(self._user, service=service), store=self._store)
