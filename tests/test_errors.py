"""
The tree of errors: who has to act, and what a caller learns.
"""

from __future__ import annotations

import pytest

from luahost import errors
from luahost.errors import (
    EndpointError,
    InputError,
    LuahostError,
    ScriptError,
    ScriptLoadError,
    SpoolError,
    SpoolFullError,
    UsageError,
)


def test_tree_is_drawn() -> None:
    """
    The docstring's tree has every error of the module.
    """
    drawn = {word for word in errors.__doc__.split() if word.endswith("Error")}
    kinds = {name for name, value in vars(errors).items() if isinstance(value, type)}

    assert drawn >= kinds


@pytest.mark.parametrize(
    ("error", "exit_code", "retryable"),
    [
        (LuahostError("x"), 1, False),
        (UsageError("x"), 2, False),
        (InputError("x", file="f"), 2, False),
        (ScriptError("x"), 1, False),
        (ScriptLoadError("x", step="access"), 1, False),
        (SpoolError("x"), 1, True),
        (SpoolFullError("x"), 1, True),
        (EndpointError("timeout", "x"), 1, True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_who_has_to_act(error: LuahostError, exit_code: int, retryable: bool) -> None:
    """
    Operators get exit code 2, scripts and endpoints 1, and endpoints and spools may recover by themselves.
    """
    assert isinstance(error, LuahostError)
    assert (error.exit_code, error.retryable) == (exit_code, retryable)


@pytest.mark.parametrize(
    ("line", "text"), [(None, "fixture.yaml: no events"), (3, "fixture.yaml:3: no events")]
)
def test_input_error_names_its_place(line: int | None, text: str) -> None:
    """
    A bad input is named with its file, and its line where one is to blame.
    """
    error = InputError("no events", file="fixture.yaml", line=line)

    assert str(error) == text
    assert (error.file, error.line) == ("fixture.yaml", line)


@pytest.mark.parametrize(
    ("message", "traceback", "text"),
    [
        ("boom", None, "boom"),
        ("boom", "stack traceback:\n\tx", "boom\nstack traceback:\n\tx"),
        ("", "stack traceback:\n\tx", "stack traceback:\n\tx"),
    ],
)
def test_script_error_text(message: str, traceback: str | None, text: str) -> None:
    """
    Message and traceback stand below each other, as in Dovecot's log; an empty message leaves no line.
    """
    assert ScriptError(message, traceback=traceback).text == text


def test_endpoint_error() -> None:
    """
    An endpoint's error has a kind to act on and a detail for people.
    """
    error = EndpointError("refused", "nothing listens")

    assert str(error) == "refused: nothing listens"
    assert (error.kind, error.detail) == ("refused", "nothing listens")
