"""
Who may bring transactions.
"""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from luahost.errors import InputError
from luahost.server.intake import read_tokens

FIRST, SECOND = "a" * 32, "b" * 16


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """
    A file of tokens.
    """
    path = tmp_path / "tokens"
    path.write_text(f"{FIRST}\n\n  {SECOND}\n")
    return path


@pytest.mark.parametrize(
    ("authorization", "let_in"),
    [
        (f"Bearer {FIRST}", True),
        (f"bearer  {SECOND} ", True),
        (f"Bearer {FIRST}x", False),
        ("Bearer ", False),
        (f"Basic {FIRST}", False),
        (f"Basic {b64encode(f'anybody:{SECOND}'.encode()).decode()}", True),
        (f"Basic {b64encode(f'{SECOND}:anything'.encode()).decode()}", False),
        ("Basic =", False),
        (FIRST, False),
        (None, False),
    ],
)
def test_let_in(file: Path, authorization: str | None, let_in: bool) -> None:
    """
    Any of the tokens lets in, and nothing else does.
    """
    header = None if authorization is None else authorization.encode()

    assert read_tokens(str(file)).let_in(header) is let_in


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\n", "there is no token"),
        (b"\nshort\n", "tokens:2: a token has 16 characters at least"),
        (b"\xff" * 20, "a token is text"),
        (None, "the tokens cannot be read: No such file"),
    ],
)
def test_bad_files(tmp_path: Path, content: bytes | None, words: str) -> None:
    """
    A file that would let in nobody, or anybody who guesses, is refused.
    """
    path = tmp_path / "tokens"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InputError) as caught:
        read_tokens(str(path))

    assert words in str(caught.value)
