"""
The mail user.
"""

from __future__ import annotations

from typing import Any

import pytest

from luahost.store import MailUser


def test_defaults() -> None:
    """
    A name is enough; the rest is what an LMTP delivery would have.
    """
    user = MailUser("bob", session_create_time=1)

    assert user == MailUser(
        "bob",
        home="/home/bob",
        uid=1000,
        gid=1000,
        service="lmtp",
        session_id="luahost",
        session_create_time=1,
        nonexistent=False,
        anonymous=False,
        autocreated=False,
        mail_debug=False,
        fuzzy_search=False,
        dsyncing=False,
        admin=False,
        session_restored=False,
    )


@pytest.mark.parametrize("name", ["", None, b"bob", 5])
def test_needs_a_name(name: Any) -> None:
    """
    A user without a name is none.
    """
    with pytest.raises(ValueError, match="a user needs a name"):
        MailUser(name)
