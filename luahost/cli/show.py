"""
Three ways to show a run, one shape: the timeline for people, JSON lines for programs, and Dovecot's mail log.
"""

from __future__ import annotations

from typing import Protocol

from luahost.effects import Effect


class Show(Protocol):
    """
    Hears of a run as it goes.
    """

    def head(self, script: str, *, dialect: str, lua: str) -> None:
        """
        What is run, and how.
        """

    def input(self, name: str, user: str) -> None:
        """
        The next input begins.
        """

    def note(self, words: str) -> None:
        """
        Something to know about what comes.
        """

    def effect(self, effect: Effect) -> None:
        """
        One effect, at the moment it happens.
        """

    def missing_settings(self, names: list[str]) -> None:
        """
        Settings that the script asked for in this input and that are not set.
        """

    def end(self) -> None:
        """
        That was all.
        """
