"""
What stands under ``deliver``: a message, in the fixture or beside it, and where it goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from luahost import patterns
from luahost.documents.quoting import quoted
from luahost.documents.values import Reader, Value, beside, optional_text, record, truth
from luahost.documents.yaml_tree import MappingNode, ScalarNode
from luahost.errors import InputError
from luahost.message import MessageFields
from luahost.message import read as read_message
from luahost.sources import mail_values as mail
from luahost.sources.files import NO_SUCH_FILE, contents
from luahost.sources.steps import Deliver, Step

_HEADER = patterns.compile("[A-Za-z][A-Za-z0-9-]*: ")


def message_fields(value: Value) -> MessageFields:
    """
    A message: written here, or in a file beside the fixture.
    """
    written = optional_text(value)
    if not written:
        raise value.expected("a file or a message")
    messages: dict[str, MessageFields] = value.document.kept
    if written not in messages:
        messages[written] = read_message(_message_bytes(written, value))
    return messages[written]


def is_message(written: str) -> bool:
    """
    Whether a text is a message, not the name of a file: it has several lines, or begins with a header.
    """
    return "\n" in written or _HEADER.match(written) is not None


def hint(written: str) -> str:
    """
    What to say behind ``no such file`` if a text that was taken for a file's name does not look like one.
    """
    if " " not in written and "." in written:
        return ""
    return "; a message that is written here begins with a header, such as Subject: Hello"


def _message_bytes(written: str, value: Value) -> bytes:
    if is_message(written):
        return written.encode()
    path = beside(value, written)

    def blame(words: str) -> InputError:
        more = hint(written) if words == NO_SUCH_FILE else ""
        return value.error(f"{value.name} {quoted(path, longest=500)}: {words}{more}")

    return contents(path, blame=blame)


_DELIVERY: Mapping[str, Reader[Any]] = {
    "message": message_fields,
    "mailbox": mail.mailbox_to_make,
    "flags": mail.flags,
    "keywords": mail.keywords,
    "subscribe": truth,
}


def deliver(value: Value) -> Step:
    """
    A message, or a mapping of a message and what becomes of it.
    """
    if isinstance(value.node, ScalarNode) and not value.is_nothing:
        return Deliver(message=message_fields(value))
    if isinstance(value.node, MappingNode):
        return Deliver(**record(value, _DELIVERY, where="in deliver", required=["message"]))
    raise value.expected("a file, a message or a mapping")
