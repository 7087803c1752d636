"""
RFC 2047's encoded words, ``=?charset?encoding?text?=``, as Dovecot decodes them.

A word may stand anywhere, also inside of another word or of quotes, and may hold blanks; what is
wrong with its charset or its text costs only the characters concerned. What is not quite an encoded
word stays as it stands.
"""

from __future__ import annotations

import re

from luahost import patterns
from luahost.message.charsets import decode_word, mend
from luahost.message.transfer import decode_base64, decode_q

_WORD = patterns.compile(rb"=\?([^?]*)\?([qQbB])[^?]*\?([^?]*)\?=")
_BLANKS_BEFORE_WORD = patterns.compile(rb"[ \t\r\n]+(?==\?)")


def decode_header(value: bytes) -> str:
    """
    The text of a header in which encoded words may stand. A NUL ends it.

    White space between two encoded words is not part of the text, nor is it before the first word if
    nothing else is there.
    """
    text = []
    at = _word_or_text(value, 0)
    for word in _WORD.finditer(value):
        text.append(decode_word(value[at : word.start()], "utf-8"))
        text.append(_decoded(word))
        at = _word_or_text(value, word.end())
    text.append(decode_word(value[at:], "utf-8"))
    return mend("".join(text)).partition("\0")[0]


def _word_or_text(value: bytes, at: int) -> int:
    """
    Pass white space if something that begins like an encoded word follows, and only then.
    """
    blanks = _BLANKS_BEFORE_WORD.match(value, at)
    return blanks.end() if blanks else at


def _decoded(word: re.Match[bytes]) -> str:
    charset, encoding, text = word.groups()
    # RFC 2231 lets a language follow: =?utf-8*en?…
    name = charset.partition(b"*")[0].decode("latin-1")
    if encoding in b"bB":
        return decode_word(decode_base64(text), name)
    return decode_word(decode_q(text), name)
