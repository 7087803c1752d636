"""
How much may wait in a spool: in all, and of one user, so that one cannot fill it for everybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from luahost.dataclass import dataclass
from luahost.errors import SpoolFullError, UserFullError
from luahost.server.spool.entries import Entry
from luahost.server.spool.turns import Turns


@dataclass(frozen=True, slots=True)
class Room:
    """
    The room in a spool.

    Attributes:
        most: How many transactions may be unfinished.

        most_of_user: How many of them may be one user's; None for all.
    """

    most: int
    most_of_user: int | None = None

    def check(self, entries: Sequence[Entry], turns: Turns) -> None:
        """
        See that there is room for these.

        Raises:
            SpoolFullError: There is not.

            UserFullError: There is, but not for so many of one user.
        """
        if turns.unfinished + len(entries) > self.most:
            raise SpoolFullError(
                f"{turns.unfinished} transactions are unfinished, and no more than {self.most} may be"
            )
        if self.most_of_user is None:
            return
        for user, more in Counter(entry.user for entry in entries).items():
            unfinished = turns.unfinished_of(user)
            if unfinished + more > self.most_of_user:
                raise UserFullError(
                    f"{unfinished} transactions of this user are unfinished, and no more than"
                    f" {self.most_of_user} of one user may be"
                )
