"""
The first address of a header. What Dovecot makes of many more stands in ``verified.jsonl``.
"""

from __future__ import annotations

import pytest

from luahost.message.addresses import first_mailbox


@pytest.mark.parametrize(
    ("value", "address", "name"),
    [
        (b"Bob <bob@x>, Carol <c@y>", b"bob@x", b"Bob"),
        (b"bob@x (Bob)", b"bob@x", b"Bob"),
        (b'"Last, First" <f@l>', b"f@l", b"Last, First"),
        (b'"Say \\"hi\\"" <f@l>', b"f@l", b'Say "hi"'),
        (b"J. R. Alice <a@b>", b"a@b", b"J. R. Alice"),
        (b"Alice (wonder) <a@b> (land)", b"a@b", b"Alice"),
        (b"Alice <@relay,@other:a@b>", b"a@b", b"Alice"),
        (b"Alice <a@b", b"a@b", b"Alice"),
        (b"Alice <>", b"", b"Alice"),
        (b"root", b"root", b""),
        (b"Just A Name", b"", b"Just A Name"),
        (b'"root"', b"", b"root"),
        (b"a@b@c", b"a@b", b""),
        (b"a . b @ c . d", b"", b"a.  b"),
        (b"a .b @ c . d", b"a.b@c.d", b""),
        (b"a@[127.0.0.1]", b"a@[127.0.0.1]", b""),
        (b"undisclosed-recipients:;", b"", b"undisclosed-recipients"),
        (b"Team: a@x, b@y;", b"", b"Team"),
        (b"", b"", b""),
    ],
)
def test_an_address_and_its_name(value: bytes, address: bytes, name: bytes) -> None:
    """
    Regular, sloppy and broken forms give what Dovecot gives.
    """
    assert first_mailbox(value) == (address, name)
