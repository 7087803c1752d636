"""
The JSON modules that Debian has: odd values and options to write, and texts that are nearly JSON to read.

Tables have one key beside their elements at most, as the real ones write keys in any order.
"""

from __future__ import annotations

from random import Random

from tests.snippets.generator import ALL, Generator, lua_string

STRINGS: list[str | bytes] = [
    "",
    "a",
    'q"',
    "b\\",
    "/",
    "\0",
    "\x1f",
    "\x7f",
    "é",
    "\u2028",
    "😀",
    "\n",
    "</x>",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xf5\x80\x80\x80",
]
NUMBERS = [
    *("0", "-0.0", "1", "-1", "7.0", "0.5", "1e15", "1e16", "2^53", "2^63", "1e300", "1e-300", "5e-324"),
    *(
        "math.huge",
        "-math.huge",
        "0/0",
        "123456.789",
        "4294967296",
        "math.pi",
        "1/3",
        "-1e-7",
        "100000000000000.5",
    ),
]
SHAPES = [
    *("{}", "{1, 2}", "{1, nil, 3}", "{[3] = 1}", "{[20] = 1}", "{[0] = 1}", "{[-1] = 1}", "{[1.5] = 1}"),
    *(
        "{[1] = 1, a = 2}",
        "{[true] = 1}",
        "{[{}] = 1}",
        "{['1'] = 1}",
        "{n = 2}",
        "{n = 2, 1}",
        "{[2^53] = 1}",
    ),
]
ODD = [
    "print",
    "coroutine.create(print)",
    "setmetatable({1}, {__index = {1, 2}})",
    "setmetatable({}, {a = 1})",
]
WORDS = [
    *(
        "true",
        "false",
        "null",
        "nul",
        "NaN",
        "nan",
        "Infinity",
        "-Infinity",
        "inf",
        "undefined",
        "0x10",
        "1.",
        ".5",
    ),
    *(
        "01",
        "-",
        "-0",
        "1e",
        "1e5",
        "1E+2",
        "1e400",
        "+1",
        "12345678901234567890",
        "0.1",
        "--1",
        "1.5.5",
        "tru e",
    ),
    *(
        '""',
        '"a"',
        '"\\u00e9"',
        '"\\ud83d\\ude00"',
        '"\\ud800"',
        '"\\udc00"',
        '"\\u12"',
        '"\\x"',
        '"\\/\\b"',
        '"a',
    ),
    *(
        '"\t"',
        '"\x7f"',
        "'a'",
        '"\x00"',
        '"é"',
        '"\\u0000"',
        "a",
        "[]",
        "{}",
        "/**/1",
        "//x\n1",
        "[1,]",
        "{,}",
        "[,]",
    ),
]


def value(rng: Random, depth: int = 3) -> str:
    """
    A Lua expression.
    """
    match rng.randrange(9 if depth else 5):
        case 0 | 1:
            return rng.choice(NUMBERS)
        case 2:
            return lua_string(rng.choice(STRINGS))
        case 3:
            return rng.choice(["true", "false", "nil", "json.null", "json.util and json.util.null"])
        case 4:
            return rng.choice(ODD if rng.random() < 0.2 else SHAPES)
        case 5 | 6:
            return "{" + ", ".join(value(rng, depth - 1) for _ in range(rng.randrange(4))) + "}"
        case _:
            return f"{{[{lua_string(rng.choice(STRINGS))}] = {value(rng, depth - 1)}}}"


def text(rng: Random, depth: int = 3) -> str:
    """
    Something like JSON.
    """
    space = rng.choice(["", "", "", " ", "\n", "\t", "\r", "\f", "\xa0"])
    if not depth or rng.random() < 0.4:
        return space + rng.choice(WORDS) + space
    if rng.random() < 0.5:
        return "[" + ("," + space).join(text(rng, depth - 1) for _ in range(rng.randrange(4))) + "]"
    names = [
        rng.choice(['"a"', '"b"', '"1"', "a", "1", '""', "'q'", "null"]) for _ in range(rng.randrange(3))
    ]
    return "{" + ",".join(f"{name}{space}:{text(rng, depth - 1)}" for name in names) + space + "}"


def broken(rng: Random) -> str:
    """
    The same, now and then with a character too many or too few, or cut off. Brackets stay as they are.
    """
    found = text(rng)
    for _ in range(rng.choice([0, 0, 1, 2])):
        place = rng.randrange(len(found) + 1)
        if rng.random() < 0.5:
            found = found[:place] + rng.choice(list(',:"\\ 01e.-+tn/\n\0')) + found[place:]
        elif found[place : place + 1] not in list("[]{}"):
            found = found[:place] + found[place + 1 :]
    return found


CJSON_SETTINGS = [
    *("encode_sparse_array(true)", "encode_sparse_array(true, 1, 1)", "encode_sparse_array(false, 0)"),
    *(
        "encode_max_depth(2)",
        "decode_max_depth(2)",
        "encode_number_precision(3)",
        "encode_number_precision(15)",
    ),
    *("encode_invalid_numbers(true)", "encode_invalid_numbers('null')", "decode_invalid_numbers(false)"),
    *(
        "encode_keep_buffer('off')",
        "encode_max_depth(0)",
        "encode_invalid_numbers('x')",
        "encode_max_depth({})",
    ),
]


def cjson(rng: Random) -> str:
    """
    A call of lua-cjson's, with a setting now and then.
    """
    before = f"json.{rng.choice(CJSON_SETTINGS)} " if rng.random() < 0.3 else ""
    if rng.random() < 0.5:
        return f"{before}return json.encode({value(rng)})"
    return f"{before}return json.decode({lua_string(broken(rng))})"


DKJSON_STATES = [
    *(
        "nil",
        "nil",
        "{indent = true}",
        "{indent = true, level = 1}",
        "{keyorder = {'a'}}",
        "{exception = json.encodeexception}",
    ),
    "{exception = function(reason) return '\"' .. reason .. '\"' end}",
]


def dkjson(rng: Random) -> str:
    """
    A call of dkjson's.
    """
    if rng.random() < 0.5:
        return f"return all(json.encode({value(rng)}, {rng.choice(DKJSON_STATES)}))"
    more = rng.choice(["", "", ", 1", ", 2", ", 1, json.null", ", 1, nil, nil"])
    return f"return all(json.decode({lua_string(broken(rng))}{more}))"


LUAJSON_OPTIONS = ["", "", "", ", json.decode.simple", ", true", ", json.decode.strict"]


def luajson(rng: Random) -> str:
    """
    A call of luajson's.
    """
    if rng.random() < 0.5:
        strict = rng.choice(["", "", ", json.encode.strict"])
        return f"return all(json.encode({value(rng)}{strict}))"
    return f"return all(json.decode({lua_string(broken(rng))}{rng.choice(LUAJSON_OPTIONS)}))"


CJSON = Generator("local json = require('cjson').new()", cjson)
CJSON_SAFE = Generator("local json = require('cjson.safe').new()", cjson)
DKJSON = Generator(ALL + "local json = require('dkjson')", dkjson)
LUAJSON = Generator(ALL + "local json = require('json')", luajson)
