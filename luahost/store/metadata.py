"""
The seam ``MetadataStore``: where METADATA entries are kept, by user, mailbox and full key.

It keeps texts and knows no rules: which keys there are stands in ``metadata_keys``, which mailboxes in
the mail store. A scope is a part of the key here; a private entry is private because it is found under
its user, and so is a shared one, as in Dovecot with a dictionary in each user's home.

``MemoryMetadata`` ends with the process; ``luahost.store.metadata_sqlite`` has what stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class MetadataStore(Protocol):
    """
    Entries of users' mailboxes. Text may hold surrogate escapes, for bytes that are no UTF-8.

    Each change is there whole or not at all, and is seen by whoever reads after it.
    """

    def get(self, user: str, mailbox: str, key: str) -> str | None:
        """
        An entry's value; None if it is not set.
        """

    def set(self, user: str, mailbox: str, key: str, value: str) -> None:
        """
        Set an entry; an empty value is a value.
        """

    def unset(self, user: str, mailbox: str, key: str) -> None:
        """
        Remove an entry, if it is there.
        """

    def list(self, user: str, mailbox: str, prefix: str = "") -> Mapping[str, str]:
        """
        A mailbox's entries whose keys begin with this, by full key, sorted.
        """

    def rename(self, user: str, mailbox: str, to: str) -> None:
        """
        A mailbox has another name now; what was kept under that one before is gone.
        """

    def delete(self, user: str, mailbox: str) -> None:
        """
        A mailbox is gone, and its entries with it.
        """


class MemoryMetadata:
    """
    METADATA in memory.
    """

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], dict[str, str]] = {}

    def get(self, user: str, mailbox: str, key: str) -> str | None:
        """
        See :meth:`MetadataStore.get`.
        """
        return self._entries.get((user, mailbox), {}).get(key)

    def set(self, user: str, mailbox: str, key: str, value: str) -> None:
        """
        See :meth:`MetadataStore.set`.
        """
        self._entries.setdefault((user, mailbox), {})[key] = value

    def unset(self, user: str, mailbox: str, key: str) -> None:
        """
        See :meth:`MetadataStore.unset`.
        """
        self._entries.get((user, mailbox), {}).pop(key, None)

    def list(self, user: str, mailbox: str, prefix: str = "") -> Mapping[str, str]:
        """
        See :meth:`MetadataStore.list`.
        """
        entries = self._entries.get((user, mailbox), {})
        return {key: value for key, value in sorted(entries.items()) if key.startswith(prefix)}

    def rename(self, user: str, mailbox: str, to: str) -> None:
        """
        See :meth:`MetadataStore.rename`.
        """
        if mailbox != to:
            self._entries[user, to] = self._entries.pop((user, mailbox), {})

    def delete(self, user: str, mailbox: str) -> None:
        """
        See :meth:`MetadataStore.delete`.
        """
        self._entries.pop((user, mailbox), None)
