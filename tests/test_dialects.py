"""
The table of dialects.
"""

from __future__ import annotations

import pytest

from luahost.dialects import DEFAULT_DIALECT, DIALECTS, dialect
from luahost.errors import UsageError


def test_documented() -> None:
    """
    The documented dialect is what the two documents say.
    """
    documented = dialect("documented")

    assert documented.event_user
    assert documented.flags_bitmask
    assert (documented.keywords_set, documented.keywords_clear) == ("keywords_set", "keywords_clear")
    assert documented.integers
    assert documented.plugin_getenv


@pytest.mark.parametrize("name", ["2.3", "2.4"])
def test_real(name: str) -> None:
    """
    Both real servers pass floats and lists of names, and no user with the event.
    """
    real = dialect(name)

    assert not real.event_user
    assert not real.flags_bitmask
    assert (real.keywords_set, real.keywords_clear) == ("keywords", "keywords")
    assert not real.integers


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
    with pytest.raises(UsageError, match=r"no dialect 1\.0; there are documented, 2\.3, 2\.4"):
        dialect("1.0")
