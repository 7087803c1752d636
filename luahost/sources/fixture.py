"""
The YAML fixture: who the user is, what is there, and what happens. ``docs/fixtures.md`` is for users.

The format is the tables below; unknown keys are errors, so that no typing error goes unheard.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from luahost.documents.quoting import quoted
from luahost.documents.values import (
    Document,
    Reader,
    Value,
    as_written,
    items,
    members,
    optional_text,
    record,
    text,
    truth,
)
from luahost.documents.yaml_tree import MappingNode, ScalarNode, read_tree
from luahost.sources import mail_values as mail
from luahost.sources.inputs import Input, MailboxState, MessageState
from luahost.sources.when import steps

_METADATA_SCOPES = ("/private/", "/shared/")


def _username(value: Value) -> str:
    name = optional_text(value)
    if not name:
        raise value.expected("a name")
    return name


_USER: Mapping[str, Reader[Any]] = {
    "username": _username,
    "home": text,
    "uid": mail.system_id,
    "gid": mail.system_id,
    "service": text,
    "session_id": optional_text,
    "session_create_time": mail.seconds,
    "nonexistent": truth,
    "anonymous": truth,
    "autocreated": truth,
    "mail_debug": truth,
    "fuzzy_search": truth,
    "dsyncing": truth,
    "admin": truth,
    "session_restored": truth,
}


def user(value: Value) -> dict[str, Any]:
    """
    Fields of :class:`~luahost.store.MailUser`, ``username`` among them.
    """
    if isinstance(value.node, ScalarNode):
        return {"username": _username(value)}
    return record(value, _USER, where="in user", required=["username"])


def settings(value: Value) -> dict[str, str]:
    """
    Plugin settings; their values are text, as they are written.
    """
    return {key: as_written(member) for key, member in members(value).items()}


def _metadata(value: Value) -> dict[str, str]:
    found = members(value)
    for key, member in found.items():
        if not key.startswith(_METADATA_SCOPES):
            raise member.error(f"a metadata key begins with /private/ or /shared/, found {quoted(key)}")
    return {key: as_written(member) for key, member in found.items()}


_MESSAGE: Mapping[str, Reader[Any]] = {"uid": mail.uid, "flags": mail.flags, "keywords": mail.keywords}


def _messages(value: Value) -> tuple[MessageState, ...]:
    found: dict[int, MessageState] = {}
    for item in items(value, "a message"):
        message = MessageState(**record(item, _MESSAGE, where="in a message", required=["uid"]))
        if message.uid in found:
            raise item.error(f"uid {message.uid} is there twice")
        found[message.uid] = message
    return tuple(found.values())


_MAILBOX: Mapping[str, Reader[Any]] = {
    "uid_validity": mail.uid,
    "messages": _messages,
    "metadata": _metadata,
    "subscribed": truth,
}


def mailboxes(value: Value) -> dict[str, MailboxState]:
    """
    The mailboxes that are there before anything happens, by name.
    """
    found: dict[str, MailboxState] = {}
    for key, member in members(value).items():
        name = mail.checked_mailbox(key, member)
        if name in found:
            raise member.error(f"the mailbox {quoted(name)} is there twice")
        found[name] = MailboxState(**record(member, _MAILBOX, where=f"in the mailbox {quoted(name)}"))
    return found


_TOP: Mapping[str, Reader[Any]] = {
    "user": user,
    "settings": settings,
    "mailboxes": mailboxes,
    "when": steps,
}


def read_fixture(data: bytes, *, file: str) -> Input:
    """
    The input that a fixture describes.

    Args:
        data: YAML in UTF-8.

        file: The fixture's path; messages are looked for beside it.

    Raises:
        InputError: It is no fixture, or a message that it names cannot be read; with the line.
    """
    tree = read_tree(data, file=file, what="a fixture")
    document = Document(file)
    value = Value("a fixture", tree or ScalarNode(1, "", is_null=True), document, 1)
    if not isinstance(value.node, MappingNode):
        raise value.expected(f"a mapping with the keys {', '.join(_TOP)}")
    found = record(value, _TOP, where="at the top")
    if "when" not in found:
        raise value.error(
            "when is missing, so nothing would happen; add it with an item such as - deliver: hello.eml"
        )
    found["steps"] = found.pop("when")
    return Input(name=file, **found)
