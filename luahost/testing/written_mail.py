"""
A message that a test writes in a few words: ``push.deliver(subject="Hello", from_="Alice <a@example.org>")``.

It becomes a real message in RFC 5322's form, and is read as any other: a name with an umlaut reaches the
script as encoded words (RFC 2047), with all that Dovecot makes of them. Nothing is mended; what a test gives
for a header stands in the message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypedDict

from luahost import patterns
from luahost.errors import UsageError
from luahost.message.dates import written_date


class MailWords(TypedDict, total=False):
    """
    What a message says; None leaves a header out.

    Attributes:
        subject: ``Hello``, unless told otherwise.

        from_: The From header, ``Alice <alice@example.org>`` unless told otherwise.

        to: The To header, ``Bob <bob@example.com>`` unless told otherwise.

        date: The Date header as it is to stand there; the clock's time, in UTC, unless told otherwise.

        message_id: The Message-ID header, ``<hello@example.org>`` unless told otherwise.

        headers: Further headers by name.

        body: The text, ``Hello`` unless told otherwise.
    """

    subject: str | None
    from_: str | None
    to: str | None
    date: str | None
    message_id: str | None
    headers: Mapping[str, str]
    body: str


_HEADERS = {
    "from_": "From",
    "to": "To",
    "subject": "Subject",
    "date": "Date",
    "message_id": "Message-ID",
}

_ADDRESS_PARTS = patterns.compile(r'"[^"]*"|[^\s"<>]+|[\s"<>]')
"""Of a header with addresses: a quoted name, a word, or what stands between words."""

_WORDS = patterns.compile(r"\S+|\s")
"""Of any other header: a word, or a blank."""

_ADDRESS_HEADERS = frozenset(("from", "to", "cc", "bcc", "reply-to", "sender"))


def write_mail(words: MailWords, *, now: float) -> bytes:
    """
    The message.

    Args:
        words: What is said of it.

        now: The time, in seconds since 1970, for a message that is given no date.

    Raises:
        UsageError: There is no such word, or it has a value that no header can have.
    """
    unknown = words.keys() - MailWords.__annotations__.keys()
    if unknown:
        raise UsageError(f"a message has no {min(unknown)}; it has {', '.join(MailWords.__annotations__)}")
    told: dict[str, object] = {
        "from_": "Alice <alice@example.org>",
        "to": "Bob <bob@example.com>",
        "subject": "Hello",
        "date": written_date(now),
        "message_id": "<hello@example.org>",
        **words,
    }
    headers = {name: told[word] for word, name in _HEADERS.items() if told[word] is not None}
    headers |= {"MIME-Version": "1.0", "Content-Type": "text/plain; charset=utf-8"}
    headers |= {"Content-Transfer-Encoding": "8bit", **words.get("headers", {})}
    body = words.get("body", "Hello")
    if not isinstance(body, str):
        raise UsageError(f"the body is text, not {body!r}")
    lines = [f"{name}: {_encoded(name, value)}" for name, value in headers.items()]
    return "\n".join([*lines, "", body, ""]).encode("utf-8", "surrogateescape")


def _encoded(name: str, value: object) -> str:
    if not re.fullmatch("[!-9;-~]+", name):  # RFC 5322 section 2.2
        raise UsageError(f"{name!r} is no name of a header")
    if not isinstance(value, str):
        raise UsageError(f"the header {name} is text, not {value!r}")
    if re.search(r"[\r\n]", value):
        raise UsageError(f"the header {name} is one line, not {value!r}")
    if value.isascii():
        return value
    addresses = name.lower() in _ADDRESS_HEADERS
    return "".join(_encoded_words((_ADDRESS_PARTS if addresses else _WORDS).findall(value), addresses))


def _encoded_words(parts: Sequence[str], quotes: bool) -> Iterator[str]:
    """
    The parts of a header, with what is beyond ASCII encoded: blanks between encoded words get lost, so
    words that stand side by side become one. Where ``quotes`` have a meaning they go.
    """
    run: list[str] = []
    blanks: list[str] = []
    for part in parts:
        if not part.isascii():
            run += [*(blanks if run else ()), part.strip('"') if quotes else part]
            if len(run) == 1:
                yield from blanks
            blanks = []
        elif part.isspace():
            blanks.append(part)
        else:
            yield from _encoded_run(run)
            yield from (*blanks, part)
            run, blanks = [], []
    yield from _encoded_run(run)
    yield from blanks


def _encoded_run(run: Sequence[str]) -> Iterator[str]:
    if run:
        octets = "".join(run).encode("utf-8", "surrogateescape")
        safe = (chr(octet) if chr(octet).isalnum() and octet < 0x80 else f"={octet:02X}" for octet in octets)
        yield f"=?utf-8?q?{''.join(safe)}?="
