"""
Bearer tokens (RFC 6750): who has one of them may bring transactions.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from luahost.errors import InputError

LEAST_CHARACTERS = 16
"""Of a token: a shorter one can be guessed."""


class Tokens:
    """
    The tokens that let a client in.

    Only hashes of them are kept, and all are compared, so that time tells nothing of them.
    """

    def __init__(self, tokens: list[str]) -> None:
        self._hashes = [_hash(token.encode()) for token in tokens]

    def let_in(self, authorization: bytes | None) -> bool:
        """
        Whether a client with this ``Authorization`` may come in: a bearer token, or Basic (RFC 7617) with a
        token as the password, for clients that know nothing else, such as Dovecot's ``ox`` driver.
        """
        scheme, _, token = (authorization or b"").strip().partition(b" ")
        if scheme.lower() == b"basic":
            token = _password(token.strip())
        elif scheme.lower() != b"bearer":
            return False
        found = _hash(token.strip())
        return any([hmac.compare_digest(found, known) for known in self._hashes])


def read_tokens(file: str) -> Tokens:
    """
    The tokens of a file, one on each line; several while one takes the place of another.

    Raises:
        InputError: It cannot be read, has no token, or one that is too short.
    """
    try:
        with open(file, encoding="utf-8") as opened:
            lines = [line.strip() for line in opened]
    except OSError as error:
        raise InputError(f"the tokens cannot be read: {error.strerror}", file=file) from None
    except UnicodeDecodeError:
        raise InputError("a token is text, and this file is none", file=file) from None
    for number, line in enumerate(lines, 1):
        if line and len(line) < LEAST_CHARACTERS:
            words = (
                f"a token has {LEAST_CHARACTERS} characters at least, such as `openssl rand -hex 32` makes"
            )
            raise InputError(words, file=file, line=number)
    tokens = [line for line in lines if line]
    if not tokens:
        raise InputError("there is no token in this file; `openssl rand -hex 32` makes one", file=file)
    return Tokens(tokens)


def _password(credentials: bytes) -> bytes:
    """
    What stands after the user's name; nothing if that is no Basic authorization.
    """
    try:
        return base64.b64decode(credentials, validate=True).partition(b":")[2]
    except binascii.Error:
        return b""


def _hash(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
