"""
``socket`` without a network: exceptions, arguments, the clock, and a socket before it is connected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.snippets.generator import ALL, Generator

if TYPE_CHECKING:
    from random import Random

PRELUDE = (
    ALL
    + """
local socket = require('socket')
local heard = {}
local function hears(...)
  heard[#heard + 1] = { n = select('#', ...), ... }
end
-- Without the place, which what is raised in C does not have, and without the module of LuaSocket's C.
local function asked(f, ...)
  local got = { pcall(f, ...) }
  got.n = #got
  if not got[1] and type(got[2]) == 'string' then
    got[2] = string.gsub(string.gsub(got[2], '^[^ ]*:%d+: ', ''), 'socket%.core%.', 'socket.')
  end
  return got
end
"""
)

VALUES = [
    *("nil", "nil", "false", "true", "1", "0", "-1", "2.5", "1e300", "'x'", "''", "'3'", "' 0x10 '", "{}"),
    *("{ 'x' }", "print", "(0/0)"),
]
PAUSES = ["0", "-1", "0.001", "-1e300", "nil", "{}", "'x'"]
"""Not what is no number: LuaSocket's `sleep` never ends."""

MODES = ["", "", ", 'b'", ", 't'", ", 'r'", ", 'total'", ", 'x'", ", ''", ", nil", ", 5", ", {}"]
OPTIONS = [
    *("'keepalive'", "'reuseaddr'", "'tcp-nodelay'", "'x'", "''", "5", "nil", "{}"),
]


def values(rng: Random, most: int = 4) -> str:
    """
    Some arguments.
    """
    return ", ".join(rng.choice(VALUES) for _ in range(rng.randrange(most + 1)))


def finalizer(rng: Random) -> str:
    """
    What a `newtry` is given.
    """
    raising = ["function() error('f', 0) end", "function() socket.try(nil, 'f') end"]
    return rng.choice(["", "nil", "hears", "hears", *raising])


def body(rng: Random, depth: int = 2) -> str:
    """
    What a protected function does.
    """
    match rng.randrange(6 if depth else 4):
        case 0:
            return f"return socket.try({values(rng)})"
        case 1:
            return f"hears(socket.try({values(rng)})) return {values(rng)}"
        case 2:
            return f"return socket.newtry({finalizer(rng)})({values(rng)})"
        case 3:
            return rng.choice(["error('e', 0)", "error({ 'e' })", "error()", "error(nil, 0)", "return ..."])
        case 4:
            return f"return socket.protect(function(...) {body(rng, depth - 1)} end)({values(rng)})"
        case _:
            return (
                f"hears(pcall(function(...) {body(rng, depth - 1)} end, {rng.choice(VALUES)})) return 'after'"
            )


def snippet(rng: Random) -> str:
    """
    One call, or a few of one socket.
    """
    match rng.randrange(6):
        case 0 | 1:
            made = f"asked(socket.protect(function(...) {body(rng)} end){separated(values(rng))})"
        case 2:
            made = f"asked(socket.newtry({finalizer(rng)}){separated(values(rng))})"
        case 3:
            count = rng.choice([value for value in VALUES if value != "-1"])
            made = f"asked(socket.skip, {count}{separated(values(rng, 6))})"
        case 4:
            made = f"asked(socket.sleep, {rng.choice(PAUSES)})"
        case _:
            calls = ", ".join(call(rng) for _ in range(rng.randrange(1, 5)))
            made = f"(function() local tcp = socket.tcp() return {{ {calls} }} end)()"
    return f"local got = {made} return got, heard"


def call(rng: Random) -> str:
    """
    One call of a socket's methods.
    """
    return rng.choice(
        [
            f"asked(tcp.settimeout, tcp, {rng.choice(VALUES)}{rng.choice(MODES)})",
            "asked(tcp.gettimeout, tcp)",
            f"asked(tcp.setoption, tcp, {rng.choice(OPTIONS)}, true)",
            f"asked(tcp.getoption, tcp, {rng.choice(OPTIONS)})",
            "asked(tcp.close, tcp)",
        ]
    )


def separated(arguments: str) -> str:
    """
    Arguments after another one.
    """
    return f", {arguments}" if arguments else ""


SOCKET = Generator(PRELUDE, snippet)
