"""
Random values and texts as a file of cases, the same for the same seed.

Objects have at most one key where the text is compared, as the real libraries write several in an
order that changes from run to run; a round trip has more.
"""

from __future__ import annotations

import random

STRINGS = [
    "",
    "a",
    "key",
    "a b",
    'quote"',
    "back\\slash",
    "sla/sh",
    "nul\0",
    "\x01\x1f\x7f",
    "é",
    "\u2028",
    "😀",
    "\t\n",
]
NUMBERS = [
    "0",
    "1",
    "-1",
    "7.0",
    "0.5",
    "-0.1",
    "1e15",
    "1e16",
    "2^53",
    "1e300",
    "1e-300",
    "123456.789",
    "4294967295",
]
MUTATIONS = list(',:"\\ 01e.-+tnx/\n')


def lua_string(text: str | bytes) -> str:
    """
    A Lua literal with every byte written as a number.
    """
    data = text.encode() if isinstance(text, str) else text
    return '"' + "".join(f"\\{byte:03d}" for byte in data) + '"'


def lua_value(rng: random.Random, depth: int, keys: int) -> str:
    """
    A Lua expression for a value that JSON can say.
    """
    kind = rng.choice(["number", "string", "boolean", "array", "object"] if depth else ["number", "string"])
    if kind == "number":
        return rng.choice([*NUMBERS, repr(rng.uniform(-1e6, 1e6)), str(rng.randrange(2**31))])
    if kind == "string":
        texts: list[str | bytes] = [*STRINGS, rng.randbytes(rng.randrange(9))]
        return lua_string(rng.choice(texts))
    if kind == "boolean":
        return rng.choice(["true", "false"])
    if kind == "array":
        return "{" + ", ".join(lua_value(rng, depth - 1, keys) for _ in range(rng.randrange(4))) + "}"
    names = rng.sample(STRINGS, rng.randrange(1, keys + 1))
    return (
        "{" + ", ".join(f"[{lua_string(name)}] = {lua_value(rng, depth - 1, keys)}" for name in names) + "}"
    )


def json_text(rng: random.Random, depth: int) -> str:
    """
    A JSON text, often with space between its words.
    """
    space = rng.choice(["", "", " ", "\n"])
    kind = rng.choice(["number", "string", "word", "array", "object"] if depth else ["number", "string"])
    if kind == "number":
        return rng.choice(
            ["0", "-1", "1.5", "1e3", "-0.25E-2", "12345678901234567890", str(rng.randrange(2**53))]
        )
    if kind == "string":
        return rng.choice(
            ['""', '"a"', '"\\u00e9"', '"\\ud83d\\ude00"', '"\\n\\"\\\\\\/"', '"é"', '"long text"']
        )
    if kind == "word":
        return rng.choice(["true", "false", "null"])
    if kind == "array":
        return (
            "[" + ("," + space).join(json_text(rng, depth - 1) for _ in range(rng.randrange(4))) + space + "]"
        )
    pairs = [f'"k{number}"{space}:{json_text(rng, depth - 1)}' for number in range(rng.randrange(4))]
    return "{" + (space + ",").join(pairs) + "}"


def mutated(rng: random.Random, text: str) -> str:
    """
    The text with a character or two put in or taken out. Brackets stay.
    """
    for _ in range(rng.randrange(1, 3)):
        place = rng.randrange(1, len(text))
        if rng.random() < 0.6:
            text = text[:place] + rng.choice(MUTATIONS) + text[place:]
        elif text[place] not in "[]{}":
            text = text[:place] + text[place + 1 :]
    return text


def cases(seed: int, count: int) -> str:
    """
    A Lua file of cases: each round writes a value, reads it back, and reads a text and a broken one.
    """
    rng = random.Random(seed)
    lines = ["local cases = {}", "local function case(name, f) cases[#cases + 1] = { name, f } end"]
    for number in range(count):
        text = "[" + json_text(rng, 3) + "]"
        functions = {
            "encode": f"return json.encode({lua_value(rng, 3, 1)})",
            "round trip": f"return json.decode(json.encode({lua_value(rng, 3, 4)}))",
            "decode": f"return json.decode({lua_string(text)})",
            "decode broken": f"return json.decode({lua_string(mutated(rng, text))})",
        }
        lines += [f'case("{name} {number}", function(json) {body} end)' for name, body in functions.items()]
    return "\n".join([*lines, "return cases", ""])
