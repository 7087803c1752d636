"""
The constants of ``dovecot.storage``.

The documents use three of the names and list none; a dialect says which of Dovecot's are not there.
Values are those of Dovecot's own enums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from luahost.runtime import HostFunction, Plain
from luahost.store.metadata_keys import SERVER_PREFIX

if TYPE_CHECKING:
    from luahost.api.context import ApiContext

STATUS_ITEMS = {
    "STATUS_MESSAGES": 0x1,
    "STATUS_RECENT": 0x2,
    "STATUS_UIDNEXT": 0x4,
    "STATUS_UIDVALIDITY": 0x8,
    "STATUS_UNSEEN": 0x10,
    "STATUS_FIRST_UNSEEN_SEQ": 0x20,
    "STATUS_KEYWORDS": 0x40,
    "STATUS_HIGHESTMODSEQ": 0x80,
    "STATUS_PERMANENT_FLAGS": 0x200,
    "STATUS_FIRST_RECENT_UID": 0x400,
    "STATUS_HIGHESTPVTMODSEQ": 0x2000,
}

MAILBOX_FLAGS = {
    "MAILBOX_FLAG_READONLY": 0x1,
    "MAILBOX_FLAG_SAVEONLY": 0x2,
    "MAILBOX_FLAG_DROP_RECENT": 0x4,
    "MAILBOX_FLAG_NO_INDEX_FILES": 0x10,
    "MAILBOX_FLAG_KEEP_LOCKED": 0x20,
    "MAILBOX_FLAG_IGNORE_ACLS": 0x100,
    "MAILBOX_FLAG_AUTO_CREATE": 0x1000,
    "MAILBOX_FLAG_AUTO_SUBSCRIBE": 0x2000,
}

SYNC_FLAGS = {
    "MAILBOX_SYNC_FLAG_FULL_READ": 0x1,
    "MAILBOX_SYNC_FLAG_FULL_WRITE": 0x2,
    "MAILBOX_SYNC_FLAG_FAST": 0x4,
    "MAILBOX_SYNC_FLAG_NO_EXPUNGES": 0x8,
    "MAILBOX_SYNC_FLAG_FIX_INCONSISTENT": 0x40,
    "MAILBOX_SYNC_FLAG_EXPUNGE": 0x80,
    "MAILBOX_SYNC_FLAG_FORCE_RESYNC": 0x100,
}

ATTRIBUTE_PREFIXES = {
    "MAILBOX_ATTRIBUTE_PREFIX_DOVECOT": "vendor/vendor.dovecot/",
    "MAILBOX_ATTRIBUTE_PREFIX_DOVECOT_PVT": "vendor/vendor.dovecot/pvt/",
    "MAILBOX_ATTRIBUTE_PREFIX_DOVECOT_PVT_SERVER": SERVER_PREFIX,
}


def functions(context: ApiContext) -> dict[str, HostFunction]:
    """
    The host half.
    """
    return {"constants": lambda: _constants(context)}


_found: dict[str, tuple[Plain, ...]] = {}
# By dialect, and always the same.


def _constants(context: ApiContext) -> tuple[Plain, ...]:
    dialect = context.dialect
    if dialect.name not in _found:
        found: list[Plain] = []
        for name, number in (STATUS_ITEMS | MAILBOX_FLAGS | SYNC_FLAGS).items():
            if name not in dialect.constants_absent:
                found += (name.encode(), context.number(number))
        for name, prefix in ATTRIBUTE_PREFIXES.items():
            found += (name.encode(), prefix.encode())
        _found[dialect.name] = tuple(found)
    return _found[dialect.name]
