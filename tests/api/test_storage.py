"""
The constants of ``dovecot.storage``.
"""

from __future__ import annotations

import pytest

from tests.conftest import Evaluate

CONSTANTS = {
    "STATUS_MESSAGES": "1",
    "STATUS_RECENT": "2",
    "STATUS_UIDNEXT": "4",
    "STATUS_UIDVALIDITY": "8",
    "STATUS_UNSEEN": "16",
    "STATUS_FIRST_UNSEEN_SEQ": "32",
    "STATUS_KEYWORDS": "64",
    "STATUS_HIGHESTMODSEQ": "128",
    "STATUS_PERMANENT_FLAGS": "512",
    "STATUS_FIRST_RECENT_UID": "1024",
    "STATUS_HIGHESTPVTMODSEQ": "8192",
    "MAILBOX_FLAG_READONLY": "1",
    "MAILBOX_FLAG_SAVEONLY": "2",
    "MAILBOX_FLAG_DROP_RECENT": "4",
    "MAILBOX_FLAG_NO_INDEX_FILES": "16",
    "MAILBOX_FLAG_KEEP_LOCKED": "32",
    "MAILBOX_FLAG_IGNORE_ACLS": "256",
    "MAILBOX_FLAG_AUTO_CREATE": "4096",
    "MAILBOX_FLAG_AUTO_SUBSCRIBE": "8192",
    "MAILBOX_SYNC_FLAG_FULL_READ": "1",
    "MAILBOX_SYNC_FLAG_FULL_WRITE": "2",
    "MAILBOX_SYNC_FLAG_FAST": "4",
    "MAILBOX_SYNC_FLAG_NO_EXPUNGES": "8",
    "MAILBOX_SYNC_FLAG_FIX_INCONSISTENT": "64",
    "MAILBOX_SYNC_FLAG_EXPUNGE": "128",
    "MAILBOX_SYNC_FLAG_FORCE_RESYNC": "256",
    "MAILBOX_ATTRIBUTE_PREFIX_DOVECOT": '"vendor/vendor.dovecot/"',
    "MAILBOX_ATTRIBUTE_PREFIX_DOVECOT_PVT": '"vendor/vendor.dovecot/pvt/"',
    "MAILBOX_ATTRIBUTE_PREFIX_DOVECOT_PVT_SERVER": '"vendor/vendor.dovecot/pvt/server/"',
}


def test_constants(evaluate: Evaluate, lua: str) -> None:
    """
    Names and values are those of Dovecot 2.3.19.1, as integers in the documented dialect.
    """
    expected = ", ".join(sorted(f"{name}={value}" for name, value in CONSTANTS.items()))

    assert evaluate("return setmetatable(dovecot.storage, nil)", lua=lua) == f"{{{expected}}}"


@pytest.mark.parametrize("name", ["FIRST_RECENT_UID", "STATUS_NOSUCH"])
def test_unknown(evaluate: Evaluate, name: str) -> None:
    """
    A name that does not exist is nil.
    """
    assert evaluate(f"return dovecot.storage.{name}") == "nil"
