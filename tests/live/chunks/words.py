"""
What chunks are made of: expressions for arguments, right ones and odd ones, and calls with them.
"""

from __future__ import annotations

from random import Random

from tests.snippets.generator import lua_string

PRELUDE = """
-- Which Debian's 2.4.1 had until it was mended for CVE-2026-40204.
dovecot.storage.MAILBOX_FLAG_AUTO_CREATE, dovecot.storage.MAILBOX_FLAG_AUTO_SUBSCRIBE = nil, nil
local user = user
local got = {}
local function all(...) return ... end
local function try(f, ...)
  got[#got + 1] = table.pack(pcall(f, ...))
end
local function members(t)
  local found = {}
  for name, value in next, t do
    found[#found + 1] = tostring(name) .. ' ' .. type(value)
  end
  table.sort(found)
  return table.concat(found, ', ')
end
"""
"""What goes before each chunk: ``got`` is what it gives."""

TEXTS = [
    *(
        "",
        "a",
        "key",
        "other",
        "two words",
        "päivä 日本",
        "a\0b",
        "one\ntwo",
        "one\r\ntwo",
        "\n",
        "tab\there",
    ),
    *("%s %d %%", "back\\slash 'quotes' \"", "\x01\x1b[0m\x7f", "x" * 300, "5", "0x10", " 7 ", "1e3", "-0"),
    *("a=b", "{}", "lua: ", "\x00", " ", "\t"),
]
BYTES = [b"bad \xff\xfe", b"\xc3", b"\xe4"]
NUMBERS = [
    *(
        "0",
        "1",
        "-1",
        "5",
        "7",
        "255",
        "1.0",
        "5.0",
        "-0.0",
        "2^31",
        "2^32",
        "2^53",
        "2^62",
        "math.maxinteger",
    ),
    *("math.mininteger", "'5'", "'0x10'", "' 7 '", "'1e3'", "-(2^63)"),
]
NO_INTEGERS = ["1.5", "2^63", "2^70", "1/0", "-1/0", "0/0", "'five'", "'1.5'", "''", "'5x'"]
ODD = ["nil", "true", "false", "{}", "print", "user", "coroutine.create(print)", "io.stderr"]


def text(rng: Random) -> str:
    """
    A text, now and then with bytes that are no UTF-8.
    """
    if rng.random() < 0.08:
        return lua_string(rng.choice(BYTES))
    return lua_string(rng.choice(TEXTS))


def argument(rng: Random, kind: str, odd: float = 0.1) -> str:
    """
    One of that kind, or with that probability any other.
    """
    if rng.random() < odd and kind != "time":
        found = rng.choice([*ODD, *NUMBERS, *NO_INTEGERS, text(rng)])
        # Who sends a field without a name is disconnected from the statistics, and its later events are lost.
        return "nil" if kind == "key" and found in ("''", '""', lua_string("\0")) else found
    match kind:
        case "time":
            return rng.choice(["0", "1", "-1", "5.0", "'7'", "1234567890", "2^31"])
        case "text":
            return text(rng)
        case "integer":
            return rng.choice(NUMBERS)
        case "key":
            return lua_string(rng.choice(["key", "other", "k", "five", "a b", "päivä"]))
    return rng.choice([*ODD, *NUMBERS, text(rng)])


def arguments(rng: Random, kinds: tuple[str, ...], odd: float = 0.1) -> list[str]:
    """
    Arguments of these kinds, seldom too few or too many.
    """
    given = [argument(rng, kind, odd) for kind in kinds]
    if rng.random() < 0.05:
        return given[: rng.randrange(len(given) + 1)]
    if rng.random() < 0.05:
        return [*given, *(argument(rng, "any") for _ in range(rng.choice([1, 1, 2])))]
    return given


def call(rng: Random, function: str, given: list[str]) -> str:
    """
    A statement that keeps what a call gives or raises: as it stands, as a tail call, or by pcall itself.
    """
    listed = ", ".join(given)
    match rng.randrange(6):
        case 0:
            return f"try(function() return {function}({listed}) end)"
        case 1:
            return f"try({', '.join([function, *given])})"
    return f"try(function() return all({function}({listed})) end)"


def method(rng: Random, this: str, name: str, given: list[str], odd_self: float = 0.03) -> str:
    """
    The same of a method, seldom with a self that is no table.
    """
    listed = ", ".join(given)
    if rng.random() < odd_self:
        odd = rng.choice(["nil", "5", "'x'", "true", "print", "io.stderr"])
        return call(rng, f"{this}.{name}", [odd, *given])
    match rng.randrange(6):
        case 0:
            return f"try(function() return {this}:{name}({listed}) end)"
        case 1:
            return f"try({', '.join([f'{this}.{name}', this, *given])})"
        case 2:
            return f"try(function() return all({', '.join([f'{this}.{name}({this}', *given])})) end)"
    return f"try(function() return all({this}:{name}({listed})) end)"


def tried(body: str) -> str:
    """
    A statement that keeps what the body of a function gives or raises.
    """
    return f"try(function() {body} end)"


def chunk(*statements: str) -> str:
    """
    The statements, one behind the other.
    """
    return " ".join([*statements, "return got"])
