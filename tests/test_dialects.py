"""
The table of dialects.
"""

from __future__ import annotations

import pytest

from luahost.dialects import DEFAULT_DIALECT, DIALECTS, Dialect, dialect
from luahost.errors import UsageError


def test_documented() -> None:
    """
    The documented dialect is what the two documents say.
    """
    assert dialect("documented") == Dialect(
        name="documented",
        event_user=True,
        flags_bitmask=True,
        keywords_set="keywords_set",
        keywords_clear="keywords_clear",
        integers=True,
        script_init_none_fails=False,
    )


def test_names() -> None:
    """
    Each column is found under its own name, the default among them.
    """
    assert DEFAULT_DIALECT in DIALECTS
    assert all(dialect(name).name == name for name in DIALECTS)


def test_unknown() -> None:
    """
    Asking for a dialect that does not exist says which do.
    """
    with pytest.raises(UsageError, match=r"no dialect 1\.0; there is documented"):
        dialect("1.0")
