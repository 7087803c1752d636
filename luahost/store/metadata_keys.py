"""
METADATA keys, and the entries that Dovecot itself brings.

A key is a scope, ``/private/`` or ``/shared/``, and a rest. An entry belongs to a mailbox; what belongs
to the user as a whole (``user:metadata_*``, ``doveadm mailbox metadata -s ""``, the OX driver) is kept
on INBOX, with a prefix in front of the rest.

Every rule was asked of Dovecot 2.3.19.1, of scripts and of ``doveadm``; the source is
``lib-storage/mailbox-attribute.c``.
"""

from __future__ import annotations

from collections.abc import Collection

from luahost.store.mail_store import MailboxError

PRIVATE = "/private/"
SHARED = "/shared/"
SCOPES = (PRIVATE, SHARED)

SERVER_PREFIX = "vendor/vendor.dovecot/pvt/server/"
"""Stands before the rest of a user's keys, ``MAILBOX_ATTRIBUTE_PREFIX_DOVECOT_PVT_SERVER``."""

USER_MAILBOX = "INBOX"
"""The mailbox that keeps what belongs to the user."""

_ALWAYS_THERE = (f"{PRIVATE}specialuse",)
_ALWAYS_THERE_ON_INBOX = (f"{SHARED}{SERVER_PREFIX}admin", f"{SHARED}{SERVER_PREFIX}comment")
_LISTED_WITH_DICTIONARY = (f"{PRIVATE}comment", f"{SHARED}comment")


def scope_of(key: str) -> str:
    """
    The scope that a key begins with.

    Raises:
        MailboxError: Neither; the words are Dovecot's.
    """
    for scope in SCOPES:
        if key.startswith(scope):
            return scope
    raise MailboxError("Invalid key prefix, must be /private/ or /shared/")


def user_key(key: str) -> str:
    """
    The key on INBOX under which the store has an entry of the user.

    Raises:
        MailboxError: The key is in neither scope.
    """
    scope = scope_of(key)
    return scope + SERVER_PREFIX + key.removeprefix(scope)


def fixed(mailbox: str, key: str) -> bool:
    """
    Whether this is an entry of Dovecot's own: it needs no dictionary, has no value here and takes none.
    """
    return key in _always_there(mailbox)


def check_changeable(mailbox: str, key: str) -> None:
    """
    Make sure that an entry may be set and unset.

    Raises:
        MailboxError: It is Dovecot's own.
    """
    if fixed(mailbox, key):
        raise MailboxError(f"The {key} attribute cannot be changed")


def listed(stored: Collection[str], mailbox: str, prefix: str, *, dictionary: bool = True) -> list[str]:
    """
    What Dovecot lists under a prefix: of each key the end, the part after the prefix.

    Stored keys come first, sorted; every one that begins with these characters. Dovecot's own entries
    follow, set or not. They go by levels: under ``/shared/vendor`` there is ``vendor.dovecot/…`` without
    the slash between, and under ``/private/com`` nothing. Those of INBOX are listed of every mailbox, if
    the prefix names a level.

    Args:
        stored: Full keys of this mailbox's entries.

        mailbox: Its name.

        prefix: Scope and the beginning of a rest, or all of it.

        dictionary: Whether there is one (``mail_attribute_dict``) to keep entries in.
    """
    ends = sorted(key.removeprefix(prefix) for key in stored if key.startswith(prefix))
    own = _own_ends(mailbox, prefix, dictionary=dictionary)
    return ends + [end for end in own if end not in ends]


def _always_there(mailbox: str) -> tuple[str, ...]:
    return _ALWAYS_THERE + (_ALWAYS_THERE_ON_INBOX if mailbox == USER_MAILBOX else ())


def _own_ends(mailbox: str, prefix: str, *, dictionary: bool) -> list[str]:
    scope = scope_of(prefix)
    level = prefix.removeprefix(scope).removesuffix("/")
    always = _always_there(USER_MAILBOX if level else mailbox)
    keys = sorted(always + (_LISTED_WITH_DICTIONARY if dictionary else ()))
    rests = [key.removeprefix(scope) for key in keys if key.startswith(scope)]
    if not level:
        return rests
    below = [rest.removeprefix(f"{level}/") for rest in rests if rest.startswith(f"{level}/")]
    return ([""] if level in rests else []) + below
