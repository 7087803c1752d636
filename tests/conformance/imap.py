"""
The recordings' IMAP commands and deliveries as operations on the mail store.

A recording has a command as it went over the wire, with ``{name}`` for a literal: the message of that
name. What was not recorded, mail that was there before a scenario began, is in ``UNRECORDED``.
"""

from __future__ import annotations

import ast
import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from luahost import message
from luahost.errors import UsageError
from luahost.store import MailboxError, MessageSet, operations
from luahost.store.operations import FlagChange, NewMessage, Operation

MESSAGES = Path(__file__).parents[2] / "fixtures" / "oracle" / "messages"

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\([^)]*\)|\{[^}]*\}|<[^>]*>|[^ ]+')
_MUTF7 = re.compile(r"(?:[\x20-\x25\x27-\x7e]|&(?:[A-Za-z0-9+,]*)-)*")
_SETS_SEEN = re.compile(r"(?:BODY|BINARY)\[|RFC822(?:\.TEXT)?[ )]", re.IGNORECASE)
_OPENS = re.compile(r"(?:BODY|BINARY)(?:\.PEEK)?\[|RFC822(?:\.TEXT|\.HEADER)?[ )]", re.IGNORECASE)
_CHANGES: dict[str, FlagChange] = {"+": "add", "-": "remove", "": "replace"}


def _appends(mailbox: str, count: int) -> list[str]:
    return [f"APPEND {mailbox} {{n{number:02}}}" for number in range(1, count + 1)]


_MAIL_TO_MOVE = [
    *_appends("INBOX", 12),
    "CREATE Work",
    "CREATE Other",
    "SELECT INBOX",
    r"STORE 2 +FLAGS (\Seen \Flagged kw1)",
    r"STORE 3 +FLAGS (\Deleted \Seen)",
    r"STORE 4 +FLAGS (kw1 kw2)",
]

UNRECORDED: dict[tuple[str, int], list[str]] = {
    ("store_flags", 2): _appends("INBOX", 6),
    ("store_flags", 58): _appends("Many", 40),
    ("fetch_read", 2): _appends("INBOX", 8),
    ("copy_move_expunge", 2): _MAIL_TO_MOVE,
    ("copy_move_expunge", 37): _appends("Many", 40),
    ("copy_move_expunge_sdbox", 2): _MAIL_TO_MOVE,
    ("copy_move_expunge_sdbox", 37): _appends("Many", 40),
}
"""Commands of bob that came before a scenario's step without being recorded."""


def recipient(address: str) -> tuple[str, str]:
    """
    The user and the mailbox that an address stands for, where ``+`` begins a mailbox.
    """
    local, at, domain = address.partition("@")
    user, _, mailbox = local.partition("+")
    return (user + at + domain).lower(), mailbox or "INBOX"


def deliveries(
    op: dict[str, Any], messages: Path, *, subscribe: bool = False
) -> Iterator[tuple[str, Operation]]:
    """
    What an LMTP delivery does, and to which user; an address that is there twice gets one message.

    Args:
        op: The recorded operation.

        messages: The folder of the messages.

        subscribe: Whether the server was told to subscribe to the mailboxes that it makes.
    """
    new = NewMessage(fields=message.read((messages / f"{op['message']}.eml").read_bytes()))
    for address in dict.fromkeys(op["rcpt"]):
        user, mailbox = recipient(address)
        yield user, operations.Deliver(message=new, mailbox=mailbox, subscribe=subscribe)


class ImapReader:
    """
    One client's commands; it remembers which mailbox is selected.

    Args:
        messages: The folder of the messages that commands name.

    Attributes:
        selected: The mailbox that is selected, None if none is.
    """

    def __init__(self, messages: Path = MESSAGES) -> None:
        self._messages = messages
        self.selected: str | None = None
        self._selecting = False

    def refused(self) -> None:
        """
        The store refused the latest command: if that was a SELECT, nothing is selected.
        """
        if self._selecting:
            self.selected = None

    def operations(self, command: str) -> list[Operation]:
        """
        What a command asks of the store; nothing if a server refuses it for its form.
        """
        word, _, rest = command.partition(" ")
        by_uid = word == "UID"
        if by_uid:
            word, _, rest = rest.partition(" ")
        self._selecting = word in ("SELECT", "EXAMINE")
        try:
            return list(_COMMANDS[word](self, rest, by_uid)) if word in _COMMANDS else []
        except (UsageError, MailboxError):
            return []

    def _login(self, rest: str, by_uid: bool) -> Iterator[Operation]:
        self.selected = None
        yield from ()

    def _select(self, rest: str, by_uid: bool) -> Iterator[Operation]:
        self.selected = _mailbox(rest)
        yield operations.Select(mailbox=self.selected)

    def _examine(self, rest: str, by_uid: bool) -> Iterator[Operation]:
        self.selected = _mailbox(rest)
        yield operations.Select(mailbox=self.selected, read_only=True)

    def _close(self, rest: str, by_uid: bool) -> Iterator[Operation]:
        self.selected = None
        yield operations.Unselect(expunge=True)

    def _unselect(self, rest: str, by_uid: bool) -> Iterator[Operation]:
        self.selected = None
        yield operations.Unselect()

    @property
    def _selected(self) -> str:
        if self.selected is None:
            raise UsageError("No mailbox selected.")
        return self.selected

    def _store(self, rest: str, by_uid: bool) -> Iterator[Operation]:
        numbers, item, words = rest.split(" ", 2)
        given = words.strip("()").split()
        yield operations.StoreFlags(
            messages=MessageSet(numbers, by_uid),
            change=_CHANGES[item.partition("FLAGS")[0]],
            flags=tuple(word for word in given if word.startswith("\\")),
            keywords=tuple(word for word in given if not word.startswith("\\")),
            mailbox=self._selected,
        )

    def _fetch(self, rest: str, by_uid: bool) -> Iterator[Operation]:
        numbers, items = rest.split(" ", 1)
        yield operations.Fetch(
            messages=MessageSet(numbers, by_uid),
            peek=not _SETS_SEEN.search(items + " "),
            opens=bool(_OPENS.search(items + " ")),
            mailbox=self._selected,
        )

    def _copy(self, rest: str, by_uid: bool) -> Iterator[Operation]:
        numbers, to = rest.split(" ", 1)
        yield operations.Copy(messages=MessageSet(numbers, by_uid), to=_mailbox(to), mailbox=self._selected)

    def _move(self, rest: str, by_uid: bool) -> Iterator[Operation]:
        numbers, to = rest.split(" ", 1)
        yield operations.Move(messages=MessageSet(numbers, by_uid), to=_mailbox(to), mailbox=self._selected)

    def _expunge(self, rest: str, by_uid: bool) -> Iterator[Operation]:
        chosen = MessageSet(rest, by_uid) if rest else None
        yield operations.Expunge(messages=chosen, mailbox=self._selected)

    def _append(self, rest: str, by_uid: bool) -> Iterator[Operation]:
        mailbox, *tokens = _TOKEN.findall(rest)
        messages: list[NewMessage] = []
        words: list[str] = []
        fails = False
        for token in tokens:
            if token.startswith("("):
                words = token[1:-1].split()
            elif token.startswith("{"):
                data = self._literal(token[1:-1])
                try:
                    new = _new_message(data, words)
                except UsageError:
                    fails = True
                    break
                messages.append(new)
                words = []
        yield operations.Append(messages=tuple(messages), mailbox=_mailbox(mailbox), fails=fails)

    def _literal(self, name: str) -> bytes:
        """
        The bytes of a literal: a message, text written as Python has it, or what was cut off.
        """
        if name.startswith("b'"):
            literal = ast.literal_eval(name)
            assert isinstance(literal, bytes)
            return literal
        file = self._messages / f"{name}.eml"
        return file.read_bytes() if file.exists() else b""

    def _status(self, rest: str, by_uid: bool) -> Iterator[Operation]:
        yield operations.Status(mailbox=_mailbox(rest))

    def _list(self, rest: str, by_uid: bool) -> Iterator[Operation]:
        yield operations.ListMailboxes()

    def _noop(self, rest: str, by_uid: bool) -> Iterator[Operation]:
        yield operations.Noop()

    def _create(self, rest: str, by_uid: bool) -> Iterator[Operation]:
        yield operations.Create(mailbox=_mailbox(rest))

    def _delete(self, rest: str, by_uid: bool) -> Iterator[Operation]:
        yield operations.Delete(mailbox=_mailbox(rest))

    def _rename(self, rest: str, by_uid: bool) -> Iterator[Operation]:
        old, new = _TOKEN.findall(rest)
        yield operations.Rename(mailbox=_mailbox(old), to=_mailbox(new))

    def _subscribe(self, rest: str, by_uid: bool) -> Iterator[Operation]:
        yield operations.Subscribe(mailbox=_mailbox(rest))

    def _unsubscribe(self, rest: str, by_uid: bool) -> Iterator[Operation]:
        yield operations.Unsubscribe(mailbox=_mailbox(rest))


_COMMANDS: dict[str, Callable[[ImapReader, str, bool], Iterator[Operation]]] = {
    "LOGIN": ImapReader._login,
    "LOGOUT": ImapReader._login,
    "SELECT": ImapReader._select,
    "EXAMINE": ImapReader._examine,
    "CLOSE": ImapReader._close,
    "UNSELECT": ImapReader._unselect,
    "STORE": ImapReader._store,
    "FETCH": ImapReader._fetch,
    "COPY": ImapReader._copy,
    "MOVE": ImapReader._move,
    "EXPUNGE": ImapReader._expunge,
    "APPEND": ImapReader._append,
    "STATUS": ImapReader._status,
    "LIST": ImapReader._list,
    "NOOP": ImapReader._noop,
    "CHECK": ImapReader._noop,
    "CREATE": ImapReader._create,
    "DELETE": ImapReader._delete,
    "RENAME": ImapReader._rename,
    "SUBSCRIBE": ImapReader._subscribe,
    "UNSUBSCRIBE": ImapReader._unsubscribe,
}
"""What changes mail or may; all other commands leave it as it is."""


def _mailbox(text: str) -> str:
    """
    The mailbox that an argument names: an atom or a quoted string, in modified UTF-7.
    """
    token = _TOKEN.findall(text)[0]
    name = re.sub(r"\\(.)", r"\1", token[1:-1]) if token.startswith('"') else token
    if not _MUTF7.fullmatch(name):
        raise UsageError("Mailbox name is not valid mUTF-7")
    return re.sub("&([^-]*)-", lambda shifted: _unshifted(shifted[1]), name)


def _unshifted(encoded: str) -> str:
    padded = encoded.replace(",", "/") + "=" * (-len(encoded) % 4)
    return base64.b64decode(padded).decode("utf-16-be") if encoded else "&"


def _new_message(data: bytes, words: list[str]) -> NewMessage:
    if not data:
        raise UsageError("Can't save a zero byte message")
    return NewMessage(
        fields=message.read(data),
        flags=tuple(word for word in words if word.startswith("\\")),
        keywords=tuple(word for word in words if not word.startswith("\\")),
    )
