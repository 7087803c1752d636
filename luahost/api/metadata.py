"""
METADATA of users and mailboxes.

A user's entries are kept on INBOX under Dovecot's private server prefix, which is added to keys and
taken off again; so ``/private/vendor/vendor.dovecot/http-notify`` is the OX driver's key. A
mailbox's keys are used as they are given. The rules are those of ``luahost.store.metadata_keys``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from luahost.api.context import to_lua
from luahost.effects import Metadata
from luahost.runtime import HostFunction, LuaFault, Plain, text
from luahost.store import MailboxError
from luahost.store.metadata_keys import USER_MAILBOX, check_changeable, fixed, listed, scope_of, user_key

if TYPE_CHECKING:
    from luahost.api.context import ApiContext


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

    def place(mailbox: bytes | None, key: bytes) -> tuple[str, str]:
        """
        The mailbox that has this key, and the key that it has there.
        """
        if mailbox is None:
            return USER_MAILBOX, user_key(text(key))
        scope_of(text(key))
        return text(mailbox), text(key)

    def value_in(entries: Mapping[str, str], where: str, key: str) -> str | None:
        if fixed(where, key):
            return None
        if not context.store.attributes:
            raise MailboxError("Mailbox attributes not enabled")
        return entries.get(key)

    def get(mailbox: bytes | None, key: bytes) -> Plain:
        try:
            where, full_key = place(mailbox, key)
            value = value_in(context.store.metadata(username, where), where, full_key)
        except MailboxError as error:
            tell(mailbox, "get", key, error=str(error))
            raise LuaFault(str(error)) from None
        tell(mailbox, "get", key, value=value)
        return None if value is None else to_lua(value)

    def put(where: str, key: str, value: bytes | None) -> None:
        check_changeable(where, key)
        if not context.store.attributes:
            raise MailboxError("Mailbox attributes not enabled")
        if value is not None and b"\0" in value:
            raise MailboxError("Attribute string value has NULs")
        context.store.set_metadata(username, where, key, None if value is None else text(value))

    def write(called: str, mailbox: bytes | None, key: bytes, value: bytes | None) -> None:
        operation = "unset" if value is None else "set"
        # Dovecot's own words: of a user's entry it says "get" whatever was called, and of a user's key
        # in no scope nothing.
        failed = "" if mailbox is None else f"Cannot {called} attribute: "
        try:
            where, full_key = place(mailbox, key)
            failed = failed or "Cannot get attribute: "
            put(where, full_key, value)
        except MailboxError as error:
            message = f"{failed}{error}"
            tell(mailbox, operation, key, error=message)
            raise LuaFault(message) from None
        tell(mailbox, operation, key, value=None if value is None else text(value))

    def list_(mailbox: bytes | None, prefix: bytes) -> tuple[Plain, ...]:
        try:
            where, full_prefix = place(mailbox, prefix)
            stored = context.store.metadata(username, where)
            ends = listed(stored, where, full_prefix, dictionary=context.store.attributes)
            # Dovecot looks up what it has listed, so a slash that is not there makes it another key.
            found = [(end, value_in(stored, where, full_prefix + end) or "") for end in ends]
        except MailboxError as error:
            tell(mailbox, "list", prefix, error=str(error))
            raise LuaFault(str(error)) from None
        tell(mailbox, "list", prefix)
        return tuple(to_lua(part) for end, value in found for part in (text(prefix) + end, value))

    return {
        "get": get,
        "set": lambda mailbox, key, value=None: write("set", mailbox, key, value),
        "unset": lambda mailbox, key: write("unset", mailbox, key, None),
        "list": list_,
    }
