"""
Storage names: modified UTF-7 in the Maildir++ layout.
"""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luahost.store.mailbox_names import storage_name


@pytest.mark.parametrize(
    ("vname", "name"),
    [
        ("INBOX", "INBOX"),
        ("Work/Sub", "Work.Sub"),
        ("Päiv", "P&AOQ-iv"),
        ("Päivää", "P&AOQ-iv&AOQA5A-"),
        ("P&AOQ-iv", "P&-AOQ-iv"),
        ("/lead", ".lead"),
        ("trail/", "trail."),
        # RFC 3501 section 5.1.3
        ("~peter/mail/台北/日本語", "~peter.mail.&U,BTFw-.&ZeVnLIqe-"),
        ("😀", "&2D3eAA-"),
        ("a\nb", "a&AAo-b"),
        ("\x7f", "&AH8-"),
    ],
)
def test_names(vname: str, name: str) -> None:
    """
    Printable ASCII stays, ``&`` is doubled, everything else is base64 of UTF-16.
    """
    assert storage_name(vname) == name


def decoded(name: str) -> str:
    """
    The visible name of a storage name, by RFC 3501.
    """
    pieces = []
    while "&" in name:
        plain, _, rest = name.partition("&")
        encoded, _, name = rest.partition("-")
        pieces.append(plain)
        if encoded:
            padded = encoded.replace(",", "/") + "=" * (-len(encoded) % 4)
            pieces.append(base64.b64decode(padded).decode("utf-16-be"))
        else:
            pieces.append("&")
    return "".join((*pieces, name)).replace(".", "/")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters=".")))
def test_nothing_is_lost(vname: str) -> None:
    """
    A storage name is printable ASCII, and says which mailbox it is.
    """
    name = storage_name(vname)

    assert all(" " <= character <= "~" for character in name)
    assert decoded(name) == vname
