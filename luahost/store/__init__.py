"""
The mail store that scripts ask: users, mailboxes, status, METADATA.

``MailStore`` is the seam; ``MemoryStore`` is the store of ``run`` and of tests. Knows no Lua.
"""

from luahost.store.mail_store import MailboxError, MailboxStatus, MailStore
from luahost.store.mail_user import MailUser
from luahost.store.memory import MemoryStore

__all__ = ["MailStore", "MailUser", "MailboxError", "MailboxStatus", "MemoryStore"]
