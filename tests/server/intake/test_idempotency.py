"""
What a client may call a batch.
"""

from __future__ import annotations

import pytest

from luahost.server.intake.idempotency import put_key


@pytest.mark.parametrize("written", ['"a\\"b"', '  a"b\t', 'a"b'])
def test_one_key_in_several_forms(written: str) -> None:
    """
    Space around it does not count, nor do the quotes and backslashes of a string of RFC 8941.
    """
    assert put_key(written, b"").key == 'a"b'


@pytest.mark.parametrize("written", ["\x7f", "\x00", "ä", '""', "a" * 256])
def test_what_is_no_key(written: str) -> None:
    """
    What has other characters, none or too many is refused, with what a key is.
    """
    with pytest.raises(ValueError, match="1 to 255 visible ASCII characters"):
        put_key(written, b"")
