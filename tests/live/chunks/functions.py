"""
The functions and tables of ``dovecot`` itself.
"""

from __future__ import annotations

from random import Random

from tests.live.chunks.words import NUMBERS, argument, arguments, call, chunk, text, tried
from tests.snippets.generator import lua_string

ADDRESSES = [
    *(
        "127.0.0.1",
        "::1",
        "[::1]",
        "1.2.3",
        "1",
        "0x7f.1",
        "256.1.1.1",
        "1.2.3.4.5",
        "::ffff:1.2.3.4",
        "::",
        ":",
    ),
    *(
        "",
        "x",
        "fe80::1%lo",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7",
        "[127.0.0.1]",
        " 1.2.3.4",
        "1.2.3.4 ",
        "01.02.03.04",
    ),
    *(
        "[::1",
        "::1]",
        "1.2.3.4/8",
        "::g",
        "4294967296",
        "4294967295",
        "-1",
        "1.2.3.",
        ".1.2.3",
        "0",
        "a.b.c.d",
    ),
]
TAB_PIECES = [
    "a",
    "\t",
    "\n",
    "\r",
    "\x01",
    "\x011",
    "\x01t",
    "\x01n",
    "\x01r",
    "\x010",
    "\x01x",
    "0",
    "1",
    "\0",
    "é",
]

LEVELS = ("debug", "info", "warning", "error")

LOOKS = [
    "return members(dovecot), members(getmetatable(dovecot)), getmetatable(dovecot).__name",
    "return members(dovecot.storage), members(getmetatable(dovecot.storage))",
    "return dovecot.storage, dovecot.dict, dovecot.doveadm_client",
    "return members(dovecot.http), getmetatable(dovecot.http)",
    "return type(dovecot), tostring(dovecot), #dovecot, dovecot.nosuch, dovecot[1]",
    "return tostring(dovecot.storage), tostring(dovecot.http), dovecot.storage.NOSUCH",
    "return dovecot .. 'x'",
    "return dovecot()",
    "return dovecot.nosuch()",
    "return dovecot.storage.nosuch.x",
    "dovecot.mine = 5 local mine = dovecot.mine dovecot.mine = nil return mine, rawget(dovecot, 'mine')",
    "return dovecot == dovecot, rawequal(dovecot.storage, dovecot.storage), dovecot.storage == dovecot",
    "return rawget(dovecot, 'i_info'), rawget(dovecot, 'event'), type(rawget(dovecot, 'storage'))",
    "return dovecot < dovecot",
    "return getmetatable(dovecot).__index == getmetatable(dovecot), getmetatable(_G)",
    "return dovecot.base64, dovecot.var_expand, dovecot.dns_client, dovecot.auth",
    "local s = dovecot.storage return s.STATUS_RECENT | s.STATUS_UNSEEN, s.STATUS_RECENT + s.STATUS_UNSEEN",
    "local t = dovecot.gettimeofday() return members(t), math.type(t.tv_sec), math.type(t.tv_usec)",
    "return math.type(dovecot.nanoseconds()), math.type(dovecot.microseconds(1, 2))",
]

RESTRICTED = [
    "return zzz",
    "zzz = 1",
    "zzz = nil",
    "zzz = print",
    "function zzf() return 7 end return zzf()",
    "_G[5] = 1",
    "_G[1.5] = 1",
    "return _G[5]",
    "_G[{}] = 1",
    "_G[true] = 1",
    "return _G[print]",
    "return _G[{}]",
    "rawset(_G, 'zzz', 3) return zzz",
    "yyy = 2 return yyy",
    "yyy = nil return yyy",
    "return rawget(_G, 'zzz')",
    "return _G['a b'], 1",
    "_G['a\\0b'] = 1",
    "return members(getmetatable(_G))",
    "return require('socket.url').escape('a b')",
]


def tabbed(rng: Random) -> str:
    """
    A text with what is escaped in it, and with escapes.
    """
    return lua_string("".join(rng.choice(TAB_PIECES) for _ in range(rng.randrange(7))))


def restricted(rng: Random) -> str:
    """
    Some statements while global variables are restricted.
    """
    attempts = " ".join(tried(rng.choice(RESTRICTED)) for _ in range(rng.choice([1, 1, 2, 4])))
    how = rng.choice(["true"] * 8 + ["1", "''", "{}", "false", "nil", "0"])
    after = "zzz, zzf, yyy, _G[5] = nil, nil, nil, nil setmetatable(_G, nil)"
    restrict = call(rng, "dovecot.restrict_global_variables", [how])
    return f"yyy = 1 {restrict} {attempts} dovecot.restrict_global_variables(false) {after}"


def function_call(rng: Random) -> str:
    """
    A call of one of the functions.
    """
    drawn = rng.randrange(8)
    if drawn < 3:
        return call(rng, f"dovecot.i_{rng.choice(LEVELS)}", arguments(rng, ("text",)))
    if drawn < 5:
        name = rng.choice(["has_flag", "set_flag", "clear_flag"])
        return call(rng, f"dovecot.{name}", arguments(rng, ("integer", "integer"), 0.2))
    if drawn == 5:
        given = arguments(rng, ("any",)) if rng.random() < 0.15 else [lua_string(rng.choice(ADDRESSES))]
        return call(rng, "dovecot.net_ip_family", given)
    name = rng.choice(["tabescape", "tabunescape", "split_tabescaped"])
    given = arguments(rng, ("any",)) if rng.random() < 0.15 else [tabbed(rng)]
    return call(rng, f"dovecot.{name}", given)


def odd_call(rng: Random) -> str:
    """
    A call of a function with anything.
    """
    names = ["gettimeofday", "nanoseconds", "microseconds"]
    if rng.random() < 0.3:
        given = ", ".join(argument(rng, "any") for _ in range(rng.randrange(3)))
        return f"try(function() return type(dovecot.{rng.choice(names)}({given})) end)"
    name = rng.choice(["i_info", "i_debug", "event", "has_flag", "restrict_global_variables", "http.client"])
    wrong = ["nil", "5", "'x'", "true", "print", *NUMBERS, text(rng)]
    count = (
        rng.choice([0, 2, 3, 3])
        if name in ("restrict_global_variables", "event")
        else rng.choice([0, 1, 2, 3])
    )
    if name == "event" and count == 0:
        count = 1
    return call(rng, f"dovecot.{name}", [rng.choice(wrong) for _ in range(count)])


def function_chunk(rng: Random) -> str:
    """
    Some calls and looks.
    """
    drawn = rng.random()
    if drawn < 0.1:
        return chunk(restricted(rng))
    if drawn < 0.2:
        return chunk(tried(rng.choice(LOOKS)))
    if drawn < 0.3:
        return chunk(odd_call(rng))
    return chunk(*(function_call(rng) for _ in range(rng.choice([1, 1, 2, 3]))))
