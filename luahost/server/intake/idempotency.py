"""
``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header-07): a client that did not hear the answer
brings the same again, with the same key, and it is kept once.
"""

from __future__ import annotations

import hashlib
import re

from luahost import patterns
from luahost.server.spool import PutKey

HEADER = "Idempotency-Key"

LONGEST = 255

# A string of RFC 8941, section 3.3.3, as the draft has it.
_QUOTED = patterns.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_VISIBLE = patterns.compile(r"[!-~]+")


def put_key(written: str, body: bytes) -> PutKey:
    """
    The key of a batch.

    Args:
        written: What stands in the header field: 1 to 255 visible ASCII characters, which may be in double
            quotes as a string of RFC 8941; ``"a"`` and ``a`` are the same key.

        body: All that came with it.

    Raises:
        ValueError: It is something else; the words say what it should be.
    """
    quoted = _QUOTED.fullmatch(written.strip())
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else written.strip()
    if len(key) > LONGEST or not _VISIBLE.fullmatch(key):
        raise ValueError(f"{HEADER} is 1 to {LONGEST} visible ASCII characters, such as a UUID")
    return PutKey(key=key, digest=hashlib.sha256(body).digest())
