"""
Sets of messages as IMAP writes them: ``1:3,5,*`` (RFC 3501 section 9, ``sequence-set``).
"""

from __future__ import annotations

from collections.abc import Sequence

from luahost import patterns
from luahost.dataclass import dataclass
from luahost.errors import UsageError
from luahost.events import UINT32_MAX
from luahost.store.mail_store import MailboxError

_RANGE = patterns.compile(r"([1-9][0-9]{0,9}|\*)(?::([1-9][0-9]{0,9}|\*))?")


@dataclass(frozen=True, slots=True)
class MessageSet:
    """
    Messages of one mailbox.

    Attributes:
        text: Numbers, ranges with ``:`` in either direction, ``*`` for the last one, commas between.

        by_uid: Whether the numbers are UIDs, not places in the mailbox from 1.
    """

    text: str
    by_uid: bool = False

    def __post_init__(self) -> None:
        for part in self.text.split(","):
            found = _RANGE.fullmatch(part)
            if not found or any(int(end) > UINT32_MAX for end in found.groups() if end and end != "*"):
                raise UsageError(f"a set of messages is like 1:3,5,* and not {self.text!r}")

    def places(self, uids: Sequence[int]) -> list[int]:
        """
        The places, from 1 and ascending, of the messages in a mailbox that holds these UIDs.

        Raises:
            MailboxError: A place is beyond the end. UIDs that are not there are passed over.
        """
        last = uids[-1] if self.by_uid and uids else len(uids)
        wanted: set[int] = set()
        for part in self.text.split(","):
            ends = [last if end == "*" else int(end) for end in part.split(":")]
            low, high = min(ends), max(ends)
            if self.by_uid:
                wanted.update(place for place, uid in enumerate(uids, 1) if low <= uid <= high)
            elif low == 0 or high > last:
                raise MailboxError(f"Invalid messageset {self.text}: the mailbox has {len(uids)} messages")
            else:
                wanted.update(range(low, high + 1))
        return sorted(wanted)
