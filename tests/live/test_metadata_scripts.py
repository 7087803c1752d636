"""
METADATA as scripts have it, beside a real Dovecot: the same calls, the same results and errors.

doveadm runs the push script when it makes a mailbox, so no server is needed here either.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from luahost import Host
from luahost.effects import Log
from luahost.store import MemoryStore
from tests.debian import needs
from tests.live.doveadm import PACKAGES, Doveadm
from tests.live.releases import TESTED

pytestmark = needs(*PACKAGES)

SCRIPT = (Path(__file__).parent / "metadata.lua").read_text("utf-8")
SERVER = "vendor/vendor.dovecot/pvt/server/"
SCOPES = ("/private/", "/private/", "/shared/", "/Private/", "/public/", "")
RESTS = (
    "a",
    "A",
    "a/b",
    "ab",
    "comment",
    "specialuse",
    "admin",
    "com",
    "vendor/x",
    f"{SERVER}a",
    f"{SERVER}admin",
)
PREFIXES = (*RESTS, "", "", "/", "a/", "vendor", "vendor/", SERVER, SERVER[:-1])
VALUES = ('""', '"v"', "5", "0.5", "nil", "true", "{}", '"a\\0b"', '"\\xff"')


def random_call(choose: random.Random) -> str:
    """
    One call as a Lua table: owner, method, arguments.
    """
    owner = choose.choice(["user", "INBOX", "Work"])
    method = choose.choice(["get", "set", "set", "unset", "list"])
    scope = choose.choice(SCOPES)
    if method in ("get", "list"):
        rests = PREFIXES if method == "list" else RESTS
        arguments = [
            f'"{choose.choice(SCOPES)}{choose.choice(rests)}"' for _ in range(choose.choice([1, 1, 2]))
        ]
    else:
        arguments = [f'"{scope}{choose.choice(RESTS)}"']
    if method == "set":
        arguments.append(choose.choice(VALUES))
    return f'{{"{owner}", "{method}", {", ".join(arguments)}, n = {2 + len(arguments)}}}'


def ours(script: Path, *, dictionary: bool) -> list[str]:
    """
    What the script logs here.
    """
    store = MemoryStore(attributes=dictionary)
    store.create("bob", "Work")
    with Host(script, dialect=TESTED.dialect).session("bob", store=store) as session:
        session.create("New")
    return [log.text for log in session.effects.of(Log)]


@pytest.mark.parametrize("dictionary", [True, False], ids=["dictionary", "none"])
def test_random_calls(dictionary: bool) -> None:
    """
    Three hundred calls at random, always the same ones, that build on each other.
    """
    choose = random.Random(1)
    calls = [random_call(choose) for _ in range(300)]
    with Doveadm(dictionary=dictionary) as real:
        real.script.write_text("calls = {\n" + ",\n".join(calls) + "\n}\n" + SCRIPT, "utf-8")
        assert real("mailbox", "create", "Work").fine
        theirs = real.logged("mailbox", "create", "New")
        found = ours(real.script, dictionary=dictionary)

    differences = [
        f"{call}\n  Dovecot {one}\n  here    {other}"
        for call, one, other in zip(calls, theirs, found, strict=True)
        if one != other
    ]
    assert not differences, "\n".join(differences)
