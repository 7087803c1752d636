"""
Libraries with random arguments, against the real ones.

`make fuzz-libraries N=100000 SEED=7` tries more of them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.debian import needs
from tests.snippets.engines import agree, hosted, real
from tests.snippets.http import http_at
from tests.snippets.json import CJSON, CJSON_SAFE, DKJSON, LUAJSON
from tests.snippets.ltn12 import LTN12
from tests.snippets.lua import LUA
from tests.snippets.mime import MIME
from tests.snippets.socket import SOCKET
from tests.snippets.url import URL
from tests.snippets.wire import Wire

COUNT = int(os.environ.get("FUZZ_SNIPPETS", "500"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))

GENERATORS = {
    "socket": SOCKET,
    "socket.url": URL,
    "mime": MIME,
    "ltn12": LTN12,
    "cjson": CJSON,
    "cjson.safe": CJSON_SAFE,
    "dkjson": DKJSON,
    "json": LUAJSON,
    "Lua": LUA,
}


@needs("lua5.4", "lua-socket", "lua-cjson", "lua-dkjson", "lua-json")
@pytest.mark.parametrize("library", GENERATORS)
def test_gives_what_the_real_one_gives(library: str, tmp_path: Path) -> None:
    """
    Random calls give, or raise, what they give or raise in Lua 5.4 with Debian's libraries.
    """
    generator = GENERATORS[library]
    snippets, theirs = real("5.4", generator.prelude, generator.snippets(SEED, COUNT), tmp_path)

    ours = hosted("5.4", generator.prelude, snippets, tmp_path)

    assert len(snippets) > 0.9 * COUNT
    assert differences(snippets, theirs, ours) == ""


@needs("lua5.4", "lua-socket")
def test_requests_what_the_real_one_requests(tmp_path: Path) -> None:
    """
    Random requests to a server of odd answers are the same on the wire, and give what they give there.
    """
    with Wire() as wire:
        generator = http_at(wire.base)
        snippets, theirs = real("5.4", generator.prelude, generator.snippets(SEED, COUNT // 4), tmp_path)
        their_requests = wire.take()

        ours = hosted("5.4", generator.prelude, snippets, tmp_path)

        assert len(snippets) == COUNT // 4
        assert differences(snippets, theirs, ours) == ""
        assert differences(snippets, texts(their_requests), texts(wire.take())) == ""


def texts(requests: list[list[bytes]]) -> list[str]:
    """
    The requests of each snippet.
    """
    return [b"".join(each).decode("latin-1") for each in requests]


def differences(snippets: list[str], theirs: list[str], ours: list[str]) -> str:
    """
    The snippets that do not do the same, the shortest first, each with what it does there and here.
    """
    found = [
        (snippet, there, here)
        for snippet, there, here in zip(snippets, theirs, ours, strict=True)
        if not agree(there, here)
    ]
    return "".join(
        f"\n{snippet}\n  in Lua:     {there}\n  in luahost: {here}\n"
        for snippet, there, here in sorted(found, key=lambda difference: len(difference[0]))[:20]
    )
