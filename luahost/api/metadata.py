"""
METADATA of users and mailboxes.

A user's entries are kept on INBOX under Dovecot's private server prefix, which is added to keys and
taken off again; so ``/private/vendor/vendor.dovecot/http-notify`` is the OX driver's key. A
mailbox's keys are used as they are given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from luahost.api.context import to_lua
from luahost.api.storage import ATTRIBUTE_PREFIXES
from luahost.effects import Metadata
from luahost.runtime import HostFunction, LuaFault, Plain, text
from luahost.store import MailboxError

if TYPE_CHECKING:
    from luahost.api.context import ApiContext

SERVER_PREFIX = ATTRIBUTE_PREFIXES["MAILBOX_ATTRIBUTE_PREFIX_DOVECOT_PVT_SERVER"]
SCOPES = ("/private/", "/shared/")

INTERNAL_KEYS = ("/private/comment", "/private/specialuse", "/shared/comment")
INTERNAL_KEYS_OF_INBOX = (f"/shared/{SERVER_PREFIX}admin", f"/shared/{SERVER_PREFIX}comment")
"""Dovecot lists its own entries with an empty value, though they are not set."""


def stored_key(key: str, *, of_user: bool) -> str:
    """
    The key under which the store has an entry.

    Raises:
        MailboxError: The key is in neither scope; the words are Dovecot's.
    """
    for scope in SCOPES:
        if key.startswith(scope):
            return scope + SERVER_PREFIX + key.removeprefix(scope) if of_user else key
    raise MailboxError("Invalid key prefix, must be /private/ or /shared/")


def functions(context: ApiContext) -> dict[str, HostFunction]:
    """
    The host half. A ``mailbox`` of None is the user.
    """
    username = context.user.username

    def tell(
        mailbox: bytes | None, operation: str, key: bytes, value: str | None = None, error: str | None = None
    ) -> None:
        context.effects.add(
            Metadata(
                owner="user" if mailbox is None else "mailbox",
                mailbox=None if mailbox is None else text(mailbox),
                operation=operation,
                key=text(key),
                value=value,
                error=error,
            )
        )

    def entries(mailbox: bytes | None, key: bytes) -> tuple[str, str]:
        where = "INBOX" if mailbox is None else text(mailbox)
        return where, stored_key(text(key), of_user=mailbox is None)

    def need_attributes(full_key: str) -> None:
        # Dovecot's own entries are there without a dictionary.
        if not context.store.attributes and full_key not in (*INTERNAL_KEYS, *INTERNAL_KEYS_OF_INBOX):
            raise MailboxError("Mailbox attributes not enabled")

    def get(mailbox: bytes | None, key: bytes) -> Plain:
        try:
            where, full_key = entries(mailbox, key)
            need_attributes(full_key)
            value = context.store.metadata(username, where).get(full_key)
        except MailboxError as error:
            tell(mailbox, "get", key, error=str(error))
            raise LuaFault(str(error)) from None
        tell(mailbox, "get", key, value=value)
        return None if value is None else to_lua(value)

    def write(called: str, mailbox: bytes | None, key: bytes, value: bytes | None) -> None:
        operation = "unset" if value is None else "set"
        try:
            if value is not None and b"\0" in value:
                raise MailboxError("Attribute string value has NULs")
            where, full_key = entries(mailbox, key)
            need_attributes(full_key)
            context.store.set_metadata(username, where, full_key, None if value is None else text(value))
        except MailboxError as error:
            # Dovecot's own words: it says "get" of a user's entry that cannot be set, and no more
            # than the reason of one that cannot be unset.
            if mailbox is not None:
                message = f"Cannot {called} attribute: {error}"
            else:
                message = f"Cannot get attribute: {error}" if called == "set" else str(error)
            tell(mailbox, operation, key, error=message)
            raise LuaFault(message) from None
        tell(mailbox, operation, key, value=None if value is None else text(value))

    def list_(mailbox: bytes | None, prefix: bytes) -> tuple[Plain, ...]:
        try:
            where, full_prefix = entries(mailbox, prefix)
            found = dict.fromkeys(INTERNAL_KEYS, "")
            if where == "INBOX":
                found |= dict.fromkeys(INTERNAL_KEYS_OF_INBOX, "")
            found |= context.store.metadata(username, where)
        except MailboxError as error:
            tell(mailbox, "list", prefix, error=str(error))
            raise LuaFault(str(error)) from None
        tell(mailbox, "list", prefix)
        given = text(prefix)
        return tuple(
            to_lua(part)
            for key, value in sorted(found.items())
            if key.startswith(full_prefix)
            for part in (given + key.removeprefix(full_prefix), value)
        )

    return {
        "get": get,
        "set": lambda mailbox, key, value=None: write("set", mailbox, key, value),
        "unset": lambda mailbox, key: write("unset", mailbox, key, None),
        "list": list_,
    }
