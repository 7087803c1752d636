"""
Readers for what mail is made of: flags, keywords, UIDs, mailbox names.
"""

from __future__ import annotations

from luahost.documents.quoting import quoted
from luahost.documents.values import Value, items, number, text
from luahost.events import FLAG_BITS, UINT32_MAX
from luahost.store import MAILDIR, MailboxError
from luahost.store.mailbox_names import checked_name, operable_name

uid = number(1, UINT32_MAX)
"""A UID or UIDVALIDITY (RFC 3501 section 2.3.1.1)."""

system_id = number(0, UINT32_MAX)
"""A system's user or group ID."""

seconds = number(-(2**63), 2**63 - 1, what="a number of seconds since 1970")
"""A point in time, in seconds since 1970."""

minutes = number(-6039, 6039)
"""An offset from UTC; the largest that a Date header can name is ``+9999``."""


def mailbox_name(value: Value) -> str:
    """
    A mailbox's name as users see it, in its one form.
    """
    return checked_mailbox(text(value), value)


def mailbox_to_make(value: Value) -> str:
    """
    The name of a mailbox that may have to be made.
    """
    try:
        return operable_name(text(value), MAILDIR)
    except MailboxError as error:
        raise value.error(str(error)) from None


def checked_mailbox(name: str, value: Value) -> str:
    """
    The one form of a name that stands at ``value``.
    """
    try:
        return checked_name(name)
    except MailboxError as error:
        raise value.error(str(error)) from None


def flags(value: Value) -> tuple[str, ...]:
    """
    System flags, in Dovecot's order.
    """
    found = {_flag(item) for item in items(value, "a flag")}
    return tuple(flag for flag in FLAG_BITS if flag in found)


def _flag(value: Value) -> str:
    flag = text(value)
    if flag in FLAG_BITS:
        return flag
    raise value.error(
        f"unknown flag {quoted(flag)}; there are {' '.join(FLAG_BITS)}, and keywords for the rest"
    )


def keywords(value: Value) -> tuple[str, ...]:
    """
    Keywords in the order given, each once.
    """
    return tuple(dict.fromkeys(_keyword(item) for item in items(value, "a keyword")))


def _keyword(value: Value) -> str:
    keyword = text(value)
    if keyword and not keyword.startswith("\\"):
        return keyword
    raise value.expected("a word without a backslash")
