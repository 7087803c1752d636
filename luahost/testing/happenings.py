"""
What happened, as tests ask about it: effects sorted by kind, under short names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from luahost.effects import (
    Call,
    Effect,
    Failure,
    Http,
    Log,
    MailboxCall,
    Metadata,
    NamedEvent,
    Print,
    ProcessKilled,
    Value,
)

E = TypeVar("E", bound=Effect)


class Happenings:
    """
    A part of what happened, or all of it; every attribute keeps the order.

    Attributes:
        effects: Everything; what the others are found in.
    """

    def __init__(self, effects: Sequence[Effect]) -> None:
        self._effects = effects

    @property
    def effects(self) -> Sequence[Effect]:
        """
        Everything that happened.
        """
        return self._effects

    def _of(self, kind: type[E]) -> list[E]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    @property
    def calls(self) -> list[str]:
        """
        The Lua functions that Dovecot called, by name.
        """
        return [call.function for call in self._of(Call)]

    @property
    def events(self) -> list[Mapping[str, Value]]:
        """
        The event tables that handlers received.
        """
        return [call.event for call in self._of(Call) if call.event is not None]

    @property
    def logs(self) -> list[Log]:
        """
        The log lines, Dovecot's own about the script too.
        """
        return self._of(Log)

    @property
    def log_lines(self) -> list[str]:
        """
        The log lines as text, ``error: lua: no such luck``.
        """
        return [f"{log.level}: {log.text}" for log in self._of(Log)]

    @property
    def named_events(self) -> list[NamedEvent]:
        """
        The events sent to Dovecot's statistics.
        """
        return self._of(NamedEvent)

    @property
    def requests(self) -> list[Http]:
        """
        The HTTP exchanges, refused ones too.
        """
        return self._of(Http)

    @property
    def metadata(self) -> list[Metadata]:
        """
        The readings and writings of METADATA.
        """
        return self._of(Metadata)

    @property
    def mailbox_calls(self) -> list[MailboxCall]:
        """
        The calls of methods of mailboxes.
        """
        return self._of(MailboxCall)

    @property
    def mailboxes_open(self) -> list[str]:
        """
        The mailboxes that were opened and neither closed nor freed. ``sync`` and ``status`` open, too.
        """
        opened: dict[str, None] = {}
        for call in self.mailbox_calls:
            if call.method in ("close", "free"):
                opened.pop(call.mailbox, None)
            elif call.error is None:
                opened[call.mailbox] = None
        return list(opened)

    @property
    def printed(self) -> list[str]:
        """
        What the script printed, a text for each ``print``, without the line's end.
        """
        return [printed.text.removesuffix("\n") for printed in self._of(Print)]

    @property
    def errors(self) -> list[Failure]:
        """
        Every failure of the script.
        """
        return [log.failure for log in self._of(Log) if log.failure is not None]

    @property
    def kills(self) -> list[ProcessKilled]:
        """
        What would have killed Dovecot's process.
        """
        return self._of(ProcessKilled)
