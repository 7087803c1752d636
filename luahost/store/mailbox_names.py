"""
Names of mailboxes: which there can be, in Dovecot's words, and what they are called in storage.
"""

from __future__ import annotations

import base64
import functools
import re

from luahost import patterns
from luahost.store.mail_store import MailboxError
from luahost.store.storage import Storage

_NOT_ASCII = patterns.compile(r"[^\x20-\x7e]+")


_INBOX_OR_BELOW = patterns.compile(r"\Ainbox(?=/|\Z)", re.IGNORECASE)

LONGEST_LEVEL = 255
"""Bytes that one level of a name may have."""


@functools.lru_cache(maxsize=256)
def visible_name(mailbox: str) -> str:
    """
    A mailbox's name as Dovecot shows it: INBOX, and what is below it, in capitals however it is spelled.
    """
    return _INBOX_OR_BELOW.sub("INBOX", mailbox, count=1)


@functools.lru_cache(maxsize=1024)
def checked_name(mailbox: str) -> str:
    """
    A mailbox's name in its one form.

    Raises:
        MailboxError: No mailbox can have this name; the words are Dovecot's.
    """
    if not mailbox:
        raise _invalid("Name is empty")
    if "//" in mailbox:
        raise _invalid("Has adjacent hierarchy separators")
    return visible_name(mailbox)


def operable_name(mailbox: str, storage: Storage) -> str:
    """
    The one form of a name that is asked for in an operation, by the rules of IMAP and of the storage.

    Raises:
        MailboxError: No mailbox can have this name.
    """
    name = checked_name(mailbox)
    if name.startswith("/"):
        raise _invalid("Begins with hierarchy separator")
    if name.endswith("/"):
        raise _invalid("Ends with hierarchy separator")
    if name.startswith("~"):
        raise _invalid("Begins with '~'")
    for dots in (".", "..") if storage.directories else ():
        if dots in name.split("/"):
            raise _invalid(f"Contains '{dots}' part")
    for character in storage.forbidden:
        if character in name:
            raise MailboxError(f"Character not allowed in mailbox name: '{character}'", code="CANNOT")
    if any(len(level.encode()) > LONGEST_LEVEL for level in name.split("/")):
        raise MailboxError("Mailbox name too long", code="CANNOT")
    return name


def _invalid(why: str) -> MailboxError:
    return MailboxError(f"Invalid mailbox name: {why}", code="CANNOT")


def storage_name(vname: str) -> str:
    """
    The name in Dovecot's Maildir++ layout: modified UTF-7 (RFC 3501 section 5.1.3), levels split by
    ``.``: ``Work/Päiv`` → ``Work.P&AOQ-iv``.
    """
    return _NOT_ASCII.sub(_shifted, vname.replace("&", "&-")).replace("/", ".")


def _shifted(found: re.Match[str]) -> str:
    encoded = base64.b64encode(found[0].encode("utf-16-be")).decode("ascii")
    return "&" + encoded.rstrip("=").replace("/", ",") + "-"
