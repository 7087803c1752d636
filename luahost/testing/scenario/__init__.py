"""
Scenario files, ``*.luatest.yaml``: tests of a push script for people who write no Python.

::

    script: push.lua
    endpoint: {POST https://push.example/new: 204}
    when: [deliver: mail.eml]
    then:
      requests: [POST https://push.example/new: {form: {subject: Hello}}]

``read.py`` has the format, ``then.py`` what can be expected, ``case.py`` runs one. ``docs/scenarios.md`` is
for users.
"""

from __future__ import annotations

from collections.abc import Sequence

from luahost.errors import InputError
from luahost.testing.outcome import Case, RunOptions

SUFFIXES = (".luatest.yaml", ".luatest.yml")
"""How names of scenario files end."""


def load(file: str, options: RunOptions | None = None) -> Sequence[Case]:
    """
    The cases of a scenario file: each scenario in each of its dialects and Lua versions.

    Raises:
        InputError: It cannot be used as it stands; with file and line.
    """
    # What reads and runs scenarios is loaded only if there are some.
    from luahost.sources.files import contents
    from luahost.testing.scenario.case import cases_of
    from luahost.testing.scenario.read import read_scenarios

    data = contents(file, blame=lambda words: InputError(words, file=file), needed="when, with what happens,")
    return cases_of(read_scenarios(data, file=file), options or RunOptions())


def schema() -> str:
    """
    The JSON schema of scenario files, for editors; ``docs/luatest.schema.json`` is the same.
    """
    from importlib.resources import files

    return files(__name__).joinpath("luatest.schema.json").read_text("utf-8")
