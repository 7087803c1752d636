"""
The events that a message's change of flags and keywords makes.

Dovecot compares before and after. A change of system flags makes FlagsClear, whether or not one was
cleared, then FlagsSet if one was set, MessageRead and MessageTrash; a change of keywords makes both
FlagsClear and FlagsSet, or goes into those that are there. So clearing a keyword tells of an empty
FlagsSet. Both versions do so; the documents know such events only with something in them.
"""

from __future__ import annotations

from collections.abc import Set

from luahost.dataclass import dataclass
from luahost.events import FLAG_BITS, Event, FlagsClear, FlagsSet, MessageRead, MessageTrash


@dataclass(frozen=True, slots=True)
class MessageFlags:
    r"""
    The flags of a message at one moment.

    Attributes:
        flags: System flags, in any order, ``\Recent`` among them if the client sees it.

        keywords: Keywords in the mailbox's order.
    """

    flags: Set[str]
    keywords: tuple[str, ...]


def flag_events(
    before: MessageFlags,
    after: MessageFlags,
    *,
    mailbox: str,
    uid: int,
    uid_validity: int,
    empty_events: bool,
) -> list[Event]:
    """
    What is told of one message, in order; with ``empty_events``, FlagsClear and FlagsSet even if
    nothing was cleared or set.
    """
    flags_changed = before.flags != after.flags
    keywords_changed = before.keywords != after.keywords
    newly_set = _in_order(after.flags - before.flags)
    keywords_set = tuple(word for word in after.keywords if word not in before.keywords)
    cleared = FlagsClear(
        mailbox=mailbox,
        uid=uid,
        uid_validity=uid_validity,
        flags=_in_order(before.flags - after.flags),
        flags_old=_in_order(before.flags) if flags_changed else (),
        keywords=tuple(word for word in before.keywords if word not in after.keywords),
        keywords_old=before.keywords if keywords_changed else (),
    )
    found: list[Event] = []
    if (flags_changed or keywords_changed) and (empty_events or cleared.flags or cleared.keywords):
        found.append(cleared)
    if newly_set or keywords_set or (keywords_changed and empty_events):
        found.append(
            FlagsSet(
                mailbox=mailbox, uid=uid, uid_validity=uid_validity, flags=newly_set, keywords=keywords_set
            )
        )
    if "\\Seen" in newly_set:
        found.append(MessageRead(mailbox=mailbox, uid=uid, uid_validity=uid_validity))
    if "\\Deleted" in newly_set:
        found.append(MessageTrash(mailbox=mailbox, uid=uid, uid_validity=uid_validity))
    return found


def _in_order(flags: Set[str]) -> tuple[str, ...]:
    return tuple(flag for flag in FLAG_BITS if flag in flags)
