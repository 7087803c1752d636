"""
Proving to NATS who we are with a key: credentials files and nkeys.

The server sends a nonce, the client signs it with its Ed25519 seed; the seed never leaves the machine. A
credentials file, as ``nsc`` makes it, has a JWT that says whose key that is and the seed; an nkey file has
the seed alone (docs.nats.io, "NKeys", "Decentralized JWT Authentication"). Files are read again at each
connection, so one that was renewed needs no restart.
"""

from __future__ import annotations

import base64
import re

from luahost import patterns
from luahost.dataclass import dataclass, field
from luahost.errors import InputError

_JWT = patterns.compile(r"-----BEGIN NATS USER JWT-----\s*(\S+)\s*-{3,}END NATS USER JWT")
_SEED = patterns.compile(r"-----BEGIN USER NKEY SEED-----\s*(\S+)\s*-{3,}END USER NKEY SEED")
_BARE_SEED = patterns.compile(r"^\s*(SU[A-Z2-7]{56})\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """
    A user's key.

    Attributes:
        seed: Its secret half.

        jwt: What says whose it is; None if the server knows the public half.

        file: Where both are from.
    """

    seed: str = field(repr=False)
    jwt: str | None = field(default=None, repr=False)
    file: str

    def public_key(self) -> str:
        """
        The public half: ``U`` and 55 letters and digits.
        """
        import nkeys

        key: bytes = nkeys.from_seed(bytearray(self.seed.encode())).public_key
        return key.decode("ascii")

    def sign(self, nonce: str) -> bytes:
        """
        A server's nonce, signed, in Base64.
        """
        import nkeys

        return base64.b64encode(nkeys.from_seed(bytearray(self.seed.encode())).sign(nonce.encode()))


def from_creds(file: str) -> Signer:
    """
    What a credentials file holds.

    Raises:
        InputError: It cannot be read, or is no credentials file of a user.
    """
    text = _text(file)
    jwt, seed = _JWT.search(text), _SEED.search(text)
    if jwt is None or seed is None:
        raise InputError("this is no credentials file of NATS, as `nsc generate creds` makes it", file=file)
    return _checked(Signer(seed=seed[1], jwt=jwt[1], file=file))


def from_nkey(file: str) -> Signer:
    """
    What a file with a seed holds.

    Raises:
        InputError: It cannot be read, or there is no seed of a user in it.
    """
    text = _text(file)
    seed = _SEED.search(text) or _BARE_SEED.search(text)
    if seed is None:
        raise InputError("there is no seed of a user in it, SU and 56 letters and digits", file=file)
    return _checked(Signer(seed=seed[1], file=file))


def _checked(signer: Signer) -> Signer:
    """
    The same, unless a letter of the seed is wrong: it ends with a checksum.
    """
    import nkeys

    seed = signer.seed.encode()
    try:
        prefix, raw = nkeys.decode_seed(bytearray(seed))
        if nkeys.encode_seed(bytes(raw), prefix) == seed:
            return signer
    except (nkeys.NkeysError, ValueError):
        pass
    raise InputError("the seed in it is damaged", file=signer.file)


def _text(file: str) -> str:
    try:
        with open(file, encoding="ascii", errors="replace") as opened:
            return opened.read(1_000_000)
    except OSError as error:
        raise InputError(error.strerror or str(error), file=file) from None
