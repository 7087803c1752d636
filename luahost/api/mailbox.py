"""
``mailbox``: open, close, free, sync, status.

Objects are cheap names; a mailbox that does not exist is found out at its first use, in Dovecot's
words: ``mailbox_sync(Work) failed: Mailbox doesn't exist: Work``. Sync and status open by themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from luahost.api.context import to_lua
from luahost.api.storage import MAILBOX_FLAGS, STATUS_ITEMS, SYNC_FLAGS
from luahost.effects import MailboxCall, Value
from luahost.events import FLAG_BITS, UINT32_MAX
from luahost.runtime import HostFunction, LuaFault, Plain, text
from luahost.store import MailboxError, MailboxStatus, operations
from luahost.store.mailbox_names import storage_name, visible_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from luahost.api.context import ApiContext

# A client may set every flag but \Recent.
PERMANENT_FLAGS = sum(bit for flag, bit in FLAG_BITS.items() if flag != "\\Recent")

NOT_THERE = "Mailbox doesn't exist: "
"""The beginning of Dovecot's words."""

NOTHING = MailboxStatus(
    uid_validity=0,
    uid_next=0,
    messages=0,
    recent=0,
    unseen=0,
    first_unseen_seq=0,
    first_recent_uid=0,
    highest_modseq=0,
    keywords=(),
)


def functions(context: ApiContext) -> dict[str, HostFunction]:
    """
    The host half.
    """
    username = context.user.username

    def names(name: bytes) -> Plain | tuple[Plain, ...]:
        """
        What scripts see as ``vname`` and ``name``; None if it is no UTF-8, which crashes Dovecot.
        """
        try:
            vname = visible_name(name.decode("utf-8"))
        except UnicodeDecodeError:
            return None
        return to_lua(vname), to_lua(storage_name(vname))

    def attempt(vname: bytes, method: str, failed: str, ask: Callable[[str], object]) -> None:
        mailbox = text(vname)
        try:
            ask(mailbox)
        except MailboxError as error:
            message = f"{failed} failed: {error}"
            context.effects.add(MailboxCall(mailbox=mailbox, method=method, error=message))
            raise LuaFault(message) from None
        context.effects.add(MailboxCall(mailbox=mailbox, method=method))

    def opened(mailbox: str, flags: int) -> None:
        try:
            context.store.open(username, mailbox)
        except MailboxError:
            if not (flags & MAILBOX_FLAGS["MAILBOX_FLAG_AUTO_CREATE"] and context.dialect.auto_create):
                raise
            context.perform(operations.Create(mailbox=mailbox))
            if flags & MAILBOX_FLAGS["MAILBOX_FLAG_AUTO_SUBSCRIBE"]:
                context.perform(operations.Subscribe(mailbox=mailbox))

    def open_(vname: bytes, flags: int) -> None:
        attempt(vname, "open", f"mailbox_open({text(vname)})", lambda mailbox: opened(mailbox, flags))

    def sync(vname: bytes, flags: int, how: int) -> bool:
        """
        Whether Dovecot does not survive it.
        """
        attempt(vname, "sync", f"mailbox_sync({text(vname)})", lambda mailbox: opened(mailbox, flags))
        return bool(how & SYNC_FLAGS["MAILBOX_SYNC_FLAG_NO_EXPUNGES"])

    def status(vname: bytes, flags: int, items: int) -> tuple[Plain, ...]:
        mailbox = text(vname)
        try:
            if items:
                opened(mailbox, flags)
            now = context.store.status(username, mailbox)
        except MailboxError as error:
            if not items and str(error).startswith(NOT_THERE):
                # Nobody has looked for it.
                return flat_status(status_fields(mailbox, NOTHING, 0, writable=False), context)
            message = f"mailbox_get_status({mailbox}, {items}) failed: {error}"
            context.effects.add(MailboxCall(mailbox=mailbox, method="status", error=message))
            raise LuaFault(message) from None
        writable = not flags & MAILBOX_FLAGS["MAILBOX_FLAG_READONLY"]
        result = status_fields(mailbox, now, items, writable=writable)
        context.effects.add(MailboxCall(mailbox=mailbox, method="status", result=result))
        return flat_status(result, context)

    return {
        "names": names,
        "open": open_,
        "close": lambda vname: context.effects.add(MailboxCall(mailbox=text(vname), method="close")),
        "free": lambda vname: context.effects.add(MailboxCall(mailbox=text(vname), method="free")),
        "sync": sync,
        "add_item": lambda items, item: (items | item) & UINT32_MAX,
        "status": status,
    }


def status_fields(mailbox: str, now: MailboxStatus, items: int, *, writable: bool) -> dict[str, Value]:
    """
    The table that ``status`` answers, by Dovecot's rule: every key is there, but some have their
    value only if they were asked for, and ``keywords`` is there only then.
    """

    def asked(item: str) -> bool:
        return bool(items & STATUS_ITEMS[item])

    modseqs = asked("STATUS_HIGHESTMODSEQ")
    permanent = asked("STATUS_PERMANENT_FLAGS")
    found: dict[str, Value] = {
        "mailbox": mailbox,
        "messages": now.messages if items else 0,
        "uidvalidity": now.uid_validity if items else 0,
        "uidnext": now.uid_next if items else 0,
        "first_recent_uid": now.first_recent_uid if items else 0,
        "recent": now.recent if asked("STATUS_RECENT") else 0,
        "unseen": now.unseen if asked("STATUS_UNSEEN") else 0,
        "first_unseen_seq": now.first_unseen_seq if asked("STATUS_FIRST_UNSEEN_SEQ") else 0,
        "highest_modseq": now.highest_modseq if modseqs else 0,
        "highest_pvt_modseq": 0,
        "permanent_flags": PERMANENT_FLAGS if permanent and writable else 0,
        "flags": PERMANENT_FLAGS if permanent else 0,
        "permanent_keywords": permanent and writable,
        "allow_new_keywords": permanent and writable,
        "nonpermanent_modseqs": False,
        "no_modseq_tracking": modseqs,
        "have_guids": True,
        "have_save_guids": True,
        "have_only_guid128": False,
    }
    if asked("STATUS_KEYWORDS"):
        found["keywords"] = now.keywords
    return found


def flat_status(result: dict[str, Value], context: ApiContext) -> tuple[Plain, ...]:
    """
    The table in the form in which it crosses: name, value, …, None, then whether there are keywords
    and the keywords.
    """
    flat: list[Plain] = []
    for name, value in result.items():
        if isinstance(value, str):
            flat += (name.encode(), to_lua(value))
        elif isinstance(value, bool):
            flat += (name.encode(), value)
        elif isinstance(value, int):
            flat += (name.encode(), context.number(value))
    keywords = result.get("keywords")
    if not isinstance(keywords, tuple):
        return (*flat, None, False)
    return (*flat, None, True, *(to_lua(keyword) for keyword in keywords))
