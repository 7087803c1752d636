"""
What Lua halves answer of a script's failure, as Python's errors; and Lua's bytes as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from luahost.errors import ScriptError, ScriptLoadError


def text(value: bytes) -> str:
    """
    Lua's bytes as text, undecodable ones kept as surrogate escapes.
    """
    return value.decode("utf-8", "surrogateescape")


def script_error(failure: Sequence[Any]) -> ScriptError:
    """
    The error that a Lua half answered with: message, file, line, traceback.
    """
    file, line, traceback = place(failure[1:])
    return ScriptError(text(failure[0]), file=file, line=line, traceback=traceback)


def load_error(step: str, failure: Any) -> ScriptLoadError:
    """
    The same for a script that could not be loaded, with Dovecot's step; of a message alone there is no tuple.
    """
    message, *where = failure if isinstance(failure, tuple) else (failure,)
    file, line, traceback = place(where)
    return ScriptLoadError(text(message), step=step, file=file, line=line, traceback=traceback)


def place(values: Sequence[Any]) -> tuple[str | None, int | None, str | None]:
    """
    File, line and traceback of a failure; what Lua does not know is None.
    """
    file, line, traceback = (*values, None, None, None)[:3]
    return (
        text(file) if file is not None else None,
        int(line) if line is not None else None,
        text(traceback) if traceback is not None else None,
    )
