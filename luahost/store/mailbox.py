"""
A mailbox in memory: its messages, and what it learns of them from events.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from luahost import events
from luahost.dataclass import dataclass, field, fields

_OWN_FIELDS = {"mailbox", "uid", "uid_validity", "flags", "keywords"}
_SAVED_FIELDS = tuple(
    field.name for field in fields(events.SavedMessageEvent) if field.name not in _OWN_FIELDS
)

NONE = frozenset[str]()
"""Most messages have no flags or no keywords, and many live."""

_no_fields: Mapping[str, Any] = MappingProxyType({})


@dataclass(slots=True)
class Message:
    """
    A message's flags, and what events said about it; its place in ``Mailbox.messages`` is its UID.

    Attributes:
        recent: Whether no client has selected the mailbox since it came.

        fields: Headers and snippet, by the names of ``luahost.events.SavedMessageEvent``.
    """

    flags: frozenset[str] = NONE
    keywords: frozenset[str] = NONE
    recent: bool = True
    fields: Mapping[str, Any] = _no_fields


@functools.lru_cache(maxsize=256)
def _both(before: frozenset[str], names: tuple[str, ...]) -> frozenset[str]:
    """
    These and those; the same set again where many messages have the same.
    """
    return before.union(names)


@dataclass(slots=True)
class Mailbox:
    """
    One mailbox of one user.

    Attributes:
        keywords: Every keyword that is known here, in order of first use, as first spelled.

        stored: Those that a message has had. Others were only named, and whoever named them takes them along.

        settled: False for a Maildir INBOX that an APPEND has made and no one has looked at yet; see
            :meth:`settle`. The second time that something is saved into it, what came the first time is
            no longer recent.
    """

    uid_validity: int
    uid_next: int = 1
    messages: dict[int, Message] = field(default_factory=dict)
    keywords: list[str] = field(default_factory=list)
    stored: set[str] = field(default_factory=set)
    modseq: int = 1
    settled: bool = True

    @property
    def uids(self) -> list[int]:
        """
        The UIDs of all messages, ascending.
        """
        return sorted(self.messages)

    def settle(self) -> None:
        """
        Somebody looks at the mailbox.

        If it was not settled, Dovecot takes the messages up to the last one that came with flags or keywords
        for old ones: these stand in the folder ``cur``, and which are recent is not written down yet.
        """
        if self.settled:
            return
        self.settled = True
        last = max(
            (uid for uid, message in self.messages.items() if message.flags or message.keywords), default=0
        )
        for uid, message in self.messages.items():
            message.recent = message.recent and uid > last

    def spelled(self, keywords: Sequence[str]) -> tuple[str, ...]:
        """
        These keywords as the mailbox spells them and in its order; new ones are added to it.

        As in Dovecot, where one is given twice those after it are lost, though the mailbox knows them then.
        """
        if not keywords or (len(keywords) == 1 and keywords[0] in self.keywords):
            return tuple(keywords)
        known = {keyword.lower(): keyword for keyword in self.keywords}
        found: set[str] = set()
        twice = False
        for keyword in keywords:
            if keyword.lower() not in known:
                known[keyword.lower()] = keyword
                self.keywords.append(keyword)
            twice = twice or known[keyword.lower()] in found
            if not twice:
                found.add(known[keyword.lower()])
        return self.in_order(found)

    def in_order(self, keywords: Iterable[str]) -> tuple[str, ...]:
        """
        Keywords of this mailbox in its order.
        """
        wanted = set(keywords)
        return tuple(keyword for keyword in self.keywords if keyword in wanted)

    def put(self, uid: int, flags: Collection[str], keywords: Sequence[str]) -> Message:
        """
        A message under this UID, made if need be, with these flags added.
        """
        message = self.messages.get(uid)
        if message is None:
            message = self.messages[uid] = Message()
            if uid >= self.uid_next:
                self.uid_next = uid + 1
        if flags:
            message.flags = _both(message.flags, tuple(flags))
        if keywords:
            message.keywords = _both(message.keywords, spelled := self.spelled(keywords))
            self.stored.update(spelled)
        return message

    def observe(self, event: events.MessageEvent) -> None:
        """
        Bring the mailbox to the state that the event tells of.
        """
        self.modseq += 1
        _LEARN[type(event)](self, event)


def _saved(mailbox: Mailbox, event: events.SavedMessageEvent) -> None:
    message = mailbox.put(event.uid, event.flags, event.keywords)
    mailbox.modseq += len(event.keywords)  # each is a change of its own in Dovecot's index
    message.fields = _Said(event)


def _expunged(mailbox: Mailbox, event: events.MessageExpunge) -> None:
    mailbox.messages.pop(event.uid, None)
    mailbox.uid_next = max(mailbox.uid_next, event.uid + 1)


def _flagged(mailbox: Mailbox, event: events.FlagsSet) -> None:
    mailbox.put(event.uid, event.flags, event.keywords)


def _cleared(mailbox: Mailbox, event: events.FlagsClear) -> None:
    message = mailbox.put(event.uid, (), ())
    if event.flags:
        message.flags = message.flags.difference(event.flags)
    if event.keywords:
        message.keywords = message.keywords.difference(mailbox.spelled(event.keywords))


_LEARN: dict[type[events.Event], Callable[[Mailbox, Any], object]] = {
    events.MessageNew: _saved,
    events.MessageAppend: _saved,
    events.MessageExpunge: _expunged,
    events.MessageRead: lambda mailbox, event: mailbox.put(event.uid, ("\\Seen",), ()),
    events.MessageTrash: lambda mailbox, event: mailbox.put(event.uid, ("\\Deleted",), ()),
    events.FlagsSet: _flagged,
    events.FlagsClear: _cleared,
}
"""What a mailbox learns of an event, by its type."""


class _Said(Mapping[str, Any]):
    """
    What an event says about a message; looked at when somebody asks.
    """

    __slots__ = ("_event",)

    def __init__(self, event: events.SavedMessageEvent) -> None:
        self._event = event

    def __getitem__(self, name: str) -> Any:
        if name not in _SAVED_FIELDS:
            raise KeyError(name)
        return getattr(self._event, name)

    def __iter__(self) -> Iterator[str]:
        return iter(_SAVED_FIELDS)

    def __len__(self) -> int:
        return len(_SAVED_FIELDS)
