"""
An RFC 5322 message → the fields of a MessageNew or MessageAppend event.

Dovecot reads mail more leniently than Python's ``email`` does, and in places more strictly, and a
script under test must see what it would see in production. So the readers here are our own; they were
compared with what Dovecot 2.3.19.1 and 2.4.1 make of the messages in ``fixtures/``. The two differ only
in dates before 1970 and after 2106.

Knows nothing of Lua, and of events only which fields they have. No message makes it fail, be it
broken, enormous or hostile: it takes time in proportion to its size.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypedDict

from luahost import patterns
from luahost.message.addresses import first_mailbox
from luahost.message.charsets import decode_body
from luahost.message.dates import Moment, parse_date
from luahost.message.encoded_words import decode_header
from luahost.message.html_text import html_to_text
from luahost.message.mime import Part, parse_parts, text_part
from luahost.message.snippet import make_snippet
from luahost.message.transfer import decode_transfer

__all__ = ["DateRange", "MessageFields", "fit_date", "read"]

DateRange = Literal["as is", "wrap", "clamp"]
"""
What becomes of a date that does not fit into 32 bits without sign: 2.3 takes it modulo 2**32
(``wrap``), 2.4 takes the nearest that fits (``clamp``).
"""

_MBOX_LINE = patterns.compile(rb"From (?![ \t]*:)[^\n]*\n?")
_UINT32 = 1 << 32
_REPLACEMENT = "\ufffd".encode()


class MessageFields(TypedDict):
    """
    What an event says about a message, as ``luahost.events.SavedMessageEvent`` names and explains it.
    """

    date: int
    tz: int
    from_: str
    to: str
    subject: str | None
    snippet: str
    message_id: str | None
    from_address: str
    from_display_name: str
    to_address: str
    to_display_name: str
    headers: Mapping[str, str] | None


def read(data: bytes, *, date_range: DateRange = "as is") -> MessageFields:
    """
    The fields of a message.

    Args:
        data: The message, with line ends of either kind; a line of an mbox file before it is passed over.

        date_range: What to do with dates out of range.
    """
    mbox_line = _MBOX_LINE.match(data)
    if mbox_line:
        data = data[mbox_line.end() :]
    # Dovecot stores mail with LF, unless told otherwise.
    data = data.replace(b"\r\n", b"\n")
    root = parse_parts(data)
    header = {name: value.replace(b"\0", _REPLACEMENT) for name, value in root.headers.first.items()}
    from_, to = header.get(b"from", b""), header.get(b"to", b"")
    sender, recipient = first_mailbox(from_), first_mailbox(to)
    moment = parse_date(header.get(b"date", b"")) or Moment()
    return MessageFields(
        date=fit_date(moment.seconds, date_range),
        tz=moment.tz,
        from_=_as_it_stands(from_),
        to=_as_it_stands(to),
        subject=decode_header(header[b"subject"]) if b"subject" in header else None,
        snippet=_snippet(data, root),
        message_id=_as_it_stands(header[b"message-id"]) if b"message-id" in header else None,
        from_address=_as_it_stands(sender.address),
        from_display_name=decode_header(sender.name),
        to_address=_as_it_stands(recipient.address),
        to_display_name=decode_header(recipient.name),
        headers={
            name: _as_it_stands(header[name.encode()])
            for name in ("from", "to", "subject")
            if name.encode() in header
        },
    )


def _as_it_stands(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


def fit_date(seconds: int, date_range: DateRange) -> int:
    """
    Seconds since 1970 as this range has them.
    """
    match date_range:
        case "as is":
            return seconds
        case "wrap":
            return seconds % _UINT32
        case "clamp":
            return min(max(seconds, 0), _UINT32 - 1)


def _snippet(data: bytes, root: Part) -> str:
    part = text_part(root)
    if part is None or (part.content_type and not part.content_type.subtype):
        return ""
    body = decode_transfer(data[part.start : part.end], part.encoding)
    charset = part.content_type.parameters.get("charset") if part.content_type else None
    text = decode_body(body, "utf-8" if charset is None else charset.decode("latin-1"))
    if part.content_type and part.content_type.subtype == "html":
        return make_snippet(html_to_text("".join(text)))
    return make_snippet(text)
