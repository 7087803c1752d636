"""
The mail store that scripts ask and that clients change: users, mailboxes, status, METADATA.

``MailStore`` is the seam to scripts; ``MemoryStore`` is the store of ``run`` and of tests, with METADATA
in a ``MetadataStore``. Operations are carried out by ``perform``, and what they do to push transactions
are actions. Knows no Lua and no drivers.
"""

from luahost.store.connection import Connection
from luahost.store.mail_client import MailClient
from luahost.store.mail_store import MailboxError, MailboxStatus, MailStore
from luahost.store.mail_user import MailUser
from luahost.store.memory import MemoryStore
from luahost.store.message_set import MessageSet
from luahost.store.metadata import MemoryMetadata, MetadataStore
from luahost.store.perform import perform
from luahost.store.storage import MAILDIR, SDBOX, Storage

__all__ = [
    "MAILDIR",
    "SDBOX",
    "Connection",
    "MailClient",
    "MailStore",
    "MailUser",
    "MailboxError",
    "MailboxStatus",
    "MemoryMetadata",
    "MemoryStore",
    "MessageSet",
    "MetadataStore",
    "Storage",
    "perform",
]
