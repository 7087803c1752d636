"""
Effects as JSON, one line each; ``docs/effects.md`` documents the fields.
"""

from __future__ import annotations

import json
import sys
from typing import TextIO

from luahost.effects import Effect, json_value, to_json
from luahost.timeline import inline


class JsonLines:
    """
    Writes each effect to a stream the moment it happens.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._run: dict[str, object] = {}
        self._session = 0

    def head(self, script: str, *, dialect: str, lua: str) -> None:
        """
        What each line says of the run.
        """
        self._run = {"dialect": dialect}
        self._session = 0

    def input(self, name: str, user: str) -> None:
        """
        The next input begins, and with it a session.
        """
        self._session += 1
        self._run |= {"session": self._session, "input": json_value(name)}

    def note(self, words: str) -> None:
        """
        It goes to standard error.
        """
        print(f"luahost: {inline(words)}", file=sys.stderr)

    def effect(self, effect: Effect) -> None:
        """
        One line.
        """
        self._stream.write(json.dumps({**self._run, **to_json(effect)}, allow_nan=False) + "\n")
        self._stream.flush()

    def missing_settings(self, names: list[str]) -> None:
        """
        Nothing: it is a hint for people.
        """

    def end(self) -> None:
        """
        Nothing is added.
        """
