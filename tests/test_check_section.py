"""
The section ``check`` of a ``luahost.yaml``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.check_section import TABLE, CheckSection, read_check_section
from luahost.errors import InputError


def section(folder: Path, text: str) -> CheckSection:
    """
    The section of a file with this text.
    """
    file = folder / "luahost.yaml"
    file.write_text(text, "utf-8")
    return read_check_section(str(file))


def test_whole(tmp_path: Path) -> None:
    """
    Every key is read.
    """
    text = """\
dialect: "2.3"
check:
  dialects: ["2.4", documented]
  rules: {no-timeout: off}
  budget_seconds: 2.5
  messages: 3
  modules: [json]
  settings: {push_url: http://127.0.0.1/, limit: 5}
  fail_on: error
"""
    found = section(tmp_path, text)

    assert found == CheckSection(
        dialects=("2.4", "documented"),
        rules={"no-timeout": "off"},
        budget_seconds=2.5,
        messages=3,
        modules=("json",),
        settings={"push_url": "http://127.0.0.1/", "limit": "5"},
        fail_on="error",
    )
    assert set(TABLE) == set(found._fields)


def test_nothing(tmp_path: Path) -> None:
    """
    Without a file or a section nothing is asked for; the file's dialect counts.
    """
    assert read_check_section(str(tmp_path / "nowhere.yaml")) == CheckSection()
    assert section(tmp_path, "drivers: [dlog]\n") == CheckSection()
    assert section(tmp_path, 'dialect: "2.4"\n').dialects == ("2.4",)


def test_wrong(tmp_path: Path) -> None:
    """
    A wrong value is told with its line.
    """
    with pytest.raises(InputError, match=r":2: messages is a number from 1"):
        section(tmp_path, "check:\n  messages: many\n")
