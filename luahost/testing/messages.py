"""
The message that a test gives, in whatever form, as the fields of an event.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from luahost.errors import InputError, UsageError
from luahost.message import read
from luahost.sources.deliveries import hint, is_message
from luahost.sources.files import NO_SUCH_FILE, contents
from luahost.testing.written_mail import MailWords, write_mail

MessageSource = str | os.PathLike[str] | bytes | Mapping[str, Any]
"""
A message: the path of a file; the message itself, as bytes or as text that has several lines or begins with a
header; or the fields of an event, by the names of ``luahost.events.SavedMessageEvent``.
"""


def message_fields(
    source: MessageSource | None, words: MailWords, *, folder: str, now: float
) -> Mapping[str, Any]:
    """
    What events say about a message.

    Args:
        source: The message, None if it is written in ``words``.

        words: What a message that is written here says.

        folder: Where the names of files begin.

        now: The time, in seconds since 1970, for a message without a date.

    Raises:
        InputError: There is no such file, or it cannot be read.

        UsageError: It is no message, a message and words are given, or words that no message can have.
    """
    if source is None:
        return read(write_mail(words, now=now))
    if words:
        raise UsageError(f"a message is there already; {min(words)} is for one that is written here")
    if isinstance(source, Mapping):
        return source
    if isinstance(source, str) and is_message(source):
        source = source.encode("utf-8", "surrogateescape")
    if isinstance(source, bytes):
        return read(source)
    if not isinstance(source, str | os.PathLike):
        raise UsageError(f"a message is the name of a file, its text or its bytes, and not {source!r}")
    path, more = os.path.join(folder, source), hint(os.fspath(source))

    def blame(words: str) -> InputError:
        return InputError(words + (more if words == NO_SUCH_FILE else ""), file=path)

    return read(contents(path, blame=blame))
