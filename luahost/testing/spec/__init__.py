"""
Lua specs, ``*_spec.lua``: tests of a push script in Lua, in busted's words.

::

    describe("push.lua", function()
      it("tells the service", function()
        endpoint:route("POST", "https://push.example/new", {status = 204})
        push:deliver{subject = "Hello"}
        assert.are.equal("Hello", endpoint.requests[1].form.subject)
      end)
    end)

Each test has a session of its own, and runs in the Lua state of the script: its functions and its handlers
are tested in one file. ``running.py`` runs a test, ``world.py`` is what it acts on, ``lua/testing/`` has the
words. ``docs/specs.md`` is for users.
"""

from __future__ import annotations

from collections.abc import Sequence

from luahost.errors import InputError
from luahost.testing.outcome import Case, RunOptions

SUFFIXES = ("_spec.lua",)
"""How names of spec files end."""


def load(file: str, options: RunOptions | None = None) -> Sequence[Case]:
    """
    The cases of a spec file: each test in each of the file's dialects and Lua versions.

    Raises:
        InputError: It cannot be used as it stands; with file and line.
    """
    # What reads and runs specs is loaded only if there are some.
    from luahost.runtime.modules import without_first_comment
    from luahost.sources.files import contents
    from luahost.testing.spec.case import cases_of
    from luahost.testing.spec.directives import directives

    data = contents(file, blame=lambda words: InputError(words, file=file), needed="a test, it(…),")
    return cases_of(file, without_first_comment(data), directives(data, file=file), options or RunOptions())
