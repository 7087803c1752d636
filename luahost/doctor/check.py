"""
What comes of looking at one thing: fine, worth a look, or broken, and what to do about it.
"""

from __future__ import annotations

from typing import Literal

from luahost.dataclass import dataclass

State = Literal["ok", "warn", "fail"]
"""
How it is: fine; works, but not as it should or not for long; does not work.
"""


@dataclass(frozen=True, slots=True)
class Check:
    """
    What came of a check.

    Attributes:
        subject: What was looked at: ``lua``, ``files``, ``endpoint`` and the like; see docs/operating.md.

        name: Which of them.

        state: How it is.

        detail: What was found: a version, a measure; or what is wrong.

        advice: What to do; empty if nothing has to be done.
    """

    subject: str
    name: str
    state: State
    detail: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """
    What several checks are about.
    """

    name: str

    def ok(self, name: str, detail: str = "") -> Check:
        """
        It is fine.
        """
        return Check(self.name, name, "ok", detail)

    def warn(self, name: str, detail: str, advice: str = "") -> Check:
        """
        It works, but not as it should, or not for long.
        """
        return Check(self.name, name, "warn", detail, advice)

    def fail(self, name: str, detail: str, advice: str = "") -> Check:
        """
        It does not work.
        """
        return Check(self.name, name, "fail", detail, advice)
