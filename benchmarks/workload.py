"""
What happens in the measurements: mail as it might come, the same for every host that is compared.

For hosts in other languages it is a file: an event a line, its form (``scalars``, ``lists``, ``flags``) and
then its fields with tabs between, in the order of ``FIELDS``, lists with commas; an empty line ends a
transaction. For luahost it is Event objects, or lines of a recording.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from luahost import Event, FlagsClear, FlagsSet, MessageNew

TRANSACTIONS = 200
EVENTS = 10
FLAG_EVENTS = 2000

MESSAGE_FIELDS = (
    "mailbox",
    "uid",
    "uid_validity",
    "date",
    "tz",
    "from",
    "to",
    "subject",
    "snippet",
    "message_id",
    "from_address",
    "from_display_name",
    "to_address",
    "to_display_name",
)
"""With the event's name the 15 scalar fields of a MessageNew."""

NUMBER_FIELDS = ("uid", "uid_validity", "date", "tz")
"""Those of them that are numbers."""

FIELDS = {
    "scalars": MESSAGE_FIELDS,
    "lists": (*MESSAGE_FIELDS, "flags", "keywords"),
    "flags": ("mailbox", "uid", "uid_validity", "flags", "keywords"),
}

Transactions = Sequence[Sequence[Event]]

_NAMES = ("Päivi Hämäläinen", "Alice Example", "Jürgen Groß", "Bob", "build.example.org")
_SUBJECTS = (
    "Lunch on Friday?",
    "Re: Größe der Anhänge",
    "main is green again",
    "Invoice 4711, second reminder",
)
_TEXT = "The new place by the river opens this week. Shall we try it? Bring the papers, s'il te plaît."


def messages(*, events: int, lists: bool, transactions: int = TRANSACTIONS) -> list[list[MessageNew]]:
    """
    Transactions of so many deliveries each.
    """
    return [
        [_message(number * events + place, lists=lists) for place in range(events)]
        for number in range(transactions)
    ]


def _message(number: int, *, lists: bool) -> MessageNew:
    sender, receiver = _NAMES[number % len(_NAMES)], _NAMES[(number + 3) % len(_NAMES)]
    from_address, to_address = f"user{number}@example.org", f"reader{number % 50}@example.com"
    return MessageNew(
        mailbox="INBOX" if number % 3 else "Work/Größe",
        uid=number + 1,
        uid_validity=1560930120,
        date=1560930120 + number * 61,
        tz=(number % 5) * 60,
        from_=f"{sender} <{from_address}>",
        to=f"{receiver} <{to_address}>",
        subject=f"{_SUBJECTS[number % len(_SUBJECTS)]} [{number}]",
        snippet=f"{number}: {_TEXT}",
        message_id=f"<{number}.{number * 7919}@mail.example.org>",
        from_address=from_address,
        from_display_name=sender,
        to_address=to_address,
        to_display_name=receiver,
        flags=("\\Flagged",) if lists else (),
        keywords=("$Todo",) if lists else (),
    )


def flags_set(count: int = FLAG_EVENTS) -> list[list[Event]]:
    r"""
    A STORE of ``\Flagged`` on so many messages, as a host hears of it that has a handler for flags that are
    set.
    """
    return [
        [
            FlagsSet(mailbox="INBOX", uid=uid, uid_validity=1560930120, flags=("\\Flagged",))
            for uid in range(1, count + 1)
        ]
    ]


def flags_stored(count: int = FLAG_EVENTS) -> list[list[Event]]:
    """
    The same STORE with both events that Dovecot makes of it for each message.
    """
    both: list[Event] = []
    for uid in range(1, count + 1):
        both.append(FlagsClear(mailbox="INBOX", uid=uid, uid_validity=1560930120, flags_old=("\\Recent",)))
        both.append(FlagsSet(mailbox="INBOX", uid=uid, uid_validity=1560930120, flags=("\\Flagged",)))
    return [both]


def write(path: Path, form: str, transactions: Iterable[Sequence[Event]]) -> None:
    """
    The file for hosts in other languages.
    """
    blocks = []
    for transaction in transactions:
        lines = []
        for event in transaction:
            values = (_field(event, name) for name in FIELDS[form])
            lines.append("\t".join((form, *values)))
        blocks.append("\n".join(lines) + "\n")
    path.write_text("\n".join(blocks), "utf-8")


def _field(event: Event, name: str) -> str:
    value = getattr(event, "from_" if name == "from" else name)
    return ",".join(value) if isinstance(value, tuple) else str(value)


def as_dict(event: Event, form: str) -> dict[str, Any]:
    """
    An event as a dict, as who embeds Lua without luahost would have it: Dovecot's names, numbers as floats.
    """
    found: dict[str, Any] = {"name": event.name}
    for name in FIELDS[form]:
        value = getattr(event, "from_" if name == "from" else name)
        found[name] = (
            float(value) if isinstance(value, int) else list(value) if isinstance(value, tuple) else value
        )
    return found


def recording(
    transactions: Iterable[Sequence[Event]], user: str = "bob", *, lists: bool = True
) -> list[bytes]:
    """
    Lines of a recording, a transaction each.
    """
    form = "lists" if lists else "scalars"
    return [
        json.dumps(
            {
                "luahost_transaction": 1,
                "user": {"username": user},
                "events": [_recorded(event, form) for event in transaction],
                "success": True,
            },
            ensure_ascii=False,
        ).encode()
        for transaction in transactions
    ]


def _recorded(event: Event, form: str) -> dict[str, Any]:
    found = as_dict(event, form)
    # JSON of a recording has whole numbers.
    return {name: int(value) if isinstance(value, float) else value for name, value in found.items()}
