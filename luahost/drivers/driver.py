"""
A push driver, as the life of a transaction in no-op methods.

Dovecot opens a transaction at its first event, tells drivers of the events only after the commit,
one by one, and then ends it. A driver that answers False to :meth:`begin` hears no more of that
transaction.
"""

from __future__ import annotations

from luahost.events import Event


class Driver:
    """
    One entry of the list of drivers, for one session of one user.
    """

    def open(self) -> None:
        """
        The session begins.
        """

    def begin(self, transaction: int) -> bool:
        """
        The transaction has its first event. Whether the driver wants to hear of it.
        """
        return True

    def event(self, transaction: int, event: Event) -> None:
        """
        Something happened, and has been committed.
        """

    def end(self, transaction: int, *, success: bool) -> None:
        """
        The transaction is over; without ``success`` nothing of it came to be.
        """

    def close(self) -> None:
        """
        The session ends.
        """
