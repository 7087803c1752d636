"""
What ``luahost check`` knows of Dovecot is what the host does.
"""

from __future__ import annotations

from tests.check.facts_file import FILE, text


def test_facts_are_the_hosts() -> None:
    """
    The file of facts is what the host answers when it is asked now (`make docs` writes it).
    """
    assert FILE.read_text("utf-8") == text()
