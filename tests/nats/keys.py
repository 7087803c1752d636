"""
What ``nsc`` makes, for tests: keys, and the JWTs of an operator, an account and a user.

NATS' documents have the form of the claims ("JWT Guide"); the server judges whether this is right.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from dataclasses import dataclass
from typing import Any

import nkeys

_CREDS = """\
-----BEGIN NATS USER JWT-----
{jwt}
------END NATS USER JWT------

************************* IMPORTANT *************************
NKEY Seed printed below can be used to sign and prove identity.

-----BEGIN USER NKEY SEED-----
{seed}
------END USER NKEY SEED------
"""

_UNLIMITED = {
    name: -1
    for name in (
        "subs",
        "data",
        "payload",
        "imports",
        "exports",
        "conn",
        "leaf",
        "mem_storage",
        "disk_storage",
    )
}


@dataclass(frozen=True, slots=True)
class Key:
    """
    A key pair.
    """

    seed: str
    public: str

    @classmethod
    def user(cls) -> Key:
        """
        A new one of a user.
        """
        return cls._new(nkeys.PREFIX_BYTE_USER)

    @classmethod
    def account(cls) -> Key:
        """
        A new one of an account.
        """
        return cls._new(nkeys.PREFIX_BYTE_ACCOUNT)

    @classmethod
    def operator(cls) -> Key:
        """
        A new one of an operator.
        """
        return cls._new(nkeys.PREFIX_BYTE_OPERATOR)

    @classmethod
    def _new(cls, prefix: int) -> Key:
        seed = nkeys.encode_seed(os.urandom(32), prefix)
        return cls(seed.decode(), nkeys.from_seed(bytearray(seed)).public_key.decode())

    def signed(self, subject: str, name: str, claims: dict[str, Any], **more: int) -> str:
        """
        A JWT about somebody, signed with this key.
        """
        body = {"iss": self.public, "sub": subject, "name": name, "iat": int(time.time()), **more}
        body["nats"] = {**claims, "version": 2}
        body["jti"] = (
            base64.b32encode(hashlib.sha256(json.dumps(body).encode()).digest()).decode().rstrip("=")
        )
        said = f"{_part({'typ': 'JWT', 'alg': 'ed25519-nkey'})}.{_part(body)}"
        signature = nkeys.from_seed(bytearray(self.seed.encode())).sign(said.encode())
        return f"{said}.{_bytes(signature)}"


class Trust:
    """
    An operator with an account for JetStream.

    Attributes:
        configuration: What makes a server trust it.
    """

    def __init__(self) -> None:
        operator, system, self._account = Key.operator(), Key.account(), Key.account()
        limits = {**_UNLIMITED, "wildcards": True}
        accounts = {
            each.public: operator.signed(each.public, name, {"type": "account", "limits": limits | storage})
            for each, name, storage in (
                (self._account, "mail", {}),
                # The system's account may have no JetStream.
                (system, "SYS", {"mem_storage": 0, "disk_storage": 0}),
            )
        }
        preload = "\n".join(f"  {public}: {jwt}" for public, jwt in accounts.items())
        self.configuration = (
            f"operator: {operator.signed(operator.public, 'test', {'type': 'operator'})}\n"
            f"system_account: {system.public}\n"
            f"resolver: MEMORY\nresolver_preload: {{\n{preload}\n}}\n"
        )

    def creds(self, *, seconds: float | None = None) -> str:
        """
        A credentials file of a new user, who may come for so long.
        """
        user = Key.user()
        limits = {name: -1 for name in ("subs", "data", "payload")}
        claims = {"type": "user", "pub": {}, "sub": {}, **limits}
        more = {} if seconds is None else {"exp": int(time.time() + seconds)}
        jwt = self._account.signed(user.public, "luahost", claims, **more)
        return _CREDS.format(jwt=jwt, seed=user.seed)


def _part(value: dict[str, Any]) -> str:
    return _bytes(json.dumps(value, separators=(",", ":")).encode())


def _bytes(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
