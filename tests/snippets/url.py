"""
``socket.url``: URLs of every kind, tables of parts, and what is neither.
"""

from __future__ import annotations

from random import Random

from tests.snippets.generator import ALL, Generator, lua_string

WORDS = [
    *("a", "b", "x", "host", "HOST", "user", "127.0.0.1", "[::1]", "::1", "http", "https", "mailto", "8080"),
    *("..", ".", "...", "../", "./", "/..", "/.", "/", "//", "", "", "http:", "http://", ":80"),
    *("[", "]", "@", ":", "?", "#", ";", "%", "%41", "%zz", "%2", "%2f", "\\", "é", " ", "\t", "\n", "\r"),
    *("\0", "\x01", "\x7f", "+", "-", "_", "~", "!", "*", "'", "(", ")", "&", "=", "$", ","),
]
PARTS = [
    *("scheme", "authority", "userinfo", "user", "password", "host", "port", "path", "params", "query"),
    *("fragment", "is_absolute", "is_directory"),
]
ODD = ["nil", "true", "false", "{}", "print"]
NUMBERS = ["5", "1.5", "-0.0", "2^53", "(0/0)", "1e300"]
"""LuaSocket takes them for texts; in ``absolute`` it fails at some, and luahost at none."""

NO_TABLES = ["nil", "true", "print", "5"]
"""LuaSocket takes a text for an empty table."""


def text(rng: Random, most: int = 8) -> str:
    """
    Some words.
    """
    return "".join(rng.choice(WORDS) for _ in range(rng.randrange(most + 1)))


def url(rng: Random) -> str:
    """
    Something that often looks like a URL.
    """
    if rng.random() < 0.3:
        return text(rng)
    found = rng.choice(["", "", "http:", "ftp:", "a+b:", "1a:", "X-y.z:", "mailto:", ":"])
    if rng.random() < 0.6:
        user = rng.choice(["", "", "@", "u@", "u:p@", "u:p:q@", ":@"])
        host = rng.choice(["h", "h.e", "[::1]", "", "[::1", "::1"])
        found += f"//{text(rng, 3)}{user}{host}{rng.choice(['', ':', ':80', ':x'])}"
    if rng.random() < 0.7:
        found += "/" + "/".join(
            rng.choice(["a", "b", "..", ".", "", "...", "a;b"]) for _ in range(rng.randrange(7))
        )
    for mark in ";?#":
        if rng.random() < 0.4:
            found += mark + text(rng, 3)
    return found


def value(rng: Random, *odd: str) -> str:
    """
    A URL, or now and then something odd.
    """
    return rng.choice(odd) if odd and rng.random() < 0.07 else lua_string(url(rng))


def parts(rng: Random, *odd: str) -> str:
    """
    A table of parts.
    """
    named = (
        f"{name} = {rng.choice(odd) if rng.random() < 0.07 else lua_string(text(rng, 3))}"
        for name in rng.sample(PARTS, rng.randrange(8))
    )
    return "{" + ", ".join(named) + "}"


def segments(rng: Random) -> str:
    """
    A table of segments of a path.
    """
    items = [
        rng.choice([*ODD, *NUMBERS]) if rng.random() < 0.05 else lua_string(text(rng, 2))
        for _ in range(rng.randrange(5))
    ]
    for name in PARTS[-2:]:
        if rng.random() < 0.5:
            items.append(f"{name} = {rng.choice(['1', 'true', 'nil', 'false', lua_string('')])}")
    return "{" + ", ".join(items) + "}"


def call(rng: Random) -> str:
    """
    A call of one of the functions.
    """
    match rng.randrange(12):
        case 0 | 1 | 2:
            default = rng.choice(
                ["", "", f", {parts(rng, *ODD, *NUMBERS)}", f", {rng.choice([*ODD, *NUMBERS])}"]
            )
            return f"url.parse({value(rng, *ODD, *NUMBERS)}{default})"
        case 3 | 4:
            return (
                f"url.build({parts(rng, *ODD, *NUMBERS) if rng.random() < 0.95 else rng.choice(NO_TABLES)})"
            )
        case 5 | 6 | 7 | 8:
            base = value(rng, *ODD) if rng.random() < 0.8 else parts(rng, *ODD)
            return f"url.absolute({base}, {value(rng, *ODD)})"
        case 9:
            return f"url.{rng.choice(['escape', 'unescape'])}({value(rng, *ODD, *NUMBERS)})"
        case 10:
            return f"url.parse_path({value(rng, *ODD, *NUMBERS)})"
        case _:
            given = segments(rng) if rng.random() < 0.95 else rng.choice(NO_TABLES)
            return f"url.build_path({given}{rng.choice(['', ', true', ', false', ', 1'])})"


URL = Generator(ALL + "local url = require('socket.url')", lambda rng: f"return all({call(rng)})")
