"""
``mime``: low-level filters with every kept state, and high-level ones with chunks that end anywhere.
"""

from __future__ import annotations

from random import Random

from tests.snippets.generator import ALL, Generator, lua_string

WORDS = [
    *(
        "a",
        "b",
        "ab",
        "abc",
        "é",
        "\0",
        "\x7f",
        "\xff",
        " ",
        "  ",
        "\t",
        "\r",
        "\n",
        "\r\n",
        "\n\r",
        "\r\r\n",
    ),
    *(
        " \r\n",
        "\t\r\n",
        ".",
        "..",
        "\r\n.\r\n",
        "=",
        "==",
        "=3D",
        "=3d",
        "=X",
        "=\r\n",
        "=0",
        "QUJD",
        "QQ==",
    ),
    *("Q", "+/", "-", "x" * 75, "x" * 76, "x" * 80),
]
ODD = [
    *("nil", "true", "false", "{}", "print", "5", "1.5", "-1", "0", "2^53", "(0/0)", "1e300"),
    *("''", "'5'", "'0x10'", "' 7 '"),
]
NUMBERS = [
    *("0", "1", "2", "3", "4", "10", "13", "75", "76", "77", "1000", "255", "256", "-1", "-5"),
    *("2147483648", "1099511627776"),
]
DOT_STATES = ["0", "1", "2", "3", "1.9", "'2'", "nil", "{}", "''", "true"]
ARGUMENTS = {
    **dict.fromkeys(("b64", "unb64", "unqp"), ("text", "text")),
    "qp": ("text", "text", "end"),
    **dict.fromkeys(("wrp", "qpwrp"), ("number", "text", "number")),
    "eol": ("number", "text", "end"),
    "dot": ("dot state", "text"),
}
FILTERS = [
    *(
        "mime.encode('base64')",
        "mime.encode('quoted-printable')",
        "mime.encode('quoted-printable', 'binary')",
    ),
    *("mime.decode('base64')", "mime.decode('quoted-printable')", "mime.stuff()"),
    *("mime.wrap()", "mime.wrap(5)", "mime.wrap(nil, 7)", "mime.wrap('quoted-printable')"),
    *("mime.wrap('text', 10)", "mime.wrap('base64', @)", "mime.wrap('default', @)"),
    *(
        "mime.normalize()",
        "mime.normalize('\\n')",
        "mime.normalize('')",
        "mime.normalize(5)",
        "mime.normalize({})",
    ),
]
FED = (
    "local END, got, f = {}, {}, @filter for n, chunk in ipairs({@chunks}) do "
    "if chunk == END then chunk = nil end got[n] = { f(chunk) } end return got"
)


def text(rng: Random) -> bytes:
    """
    Some words, or bytes.
    """
    if rng.random() < 0.15:
        return rng.randbytes(rng.randrange(20))
    return "".join(rng.choice(WORDS) for _ in range(rng.randrange(7))).encode("latin-1")


def argument(rng: Random, kind: str) -> str:
    """
    One that is often of the right kind.
    """
    if kind == "dot state":
        return rng.choice(DOT_STATES)
    if rng.random() < (0.06 if kind == "text" else 0.17):
        return rng.choice(ODD)
    return rng.choice(NUMBERS) if kind == "number" else lua_string(text(rng))


def low(rng: Random) -> str:
    """
    A call of a low-level filter, now and then with too few arguments.
    """
    name = rng.choice([*ARGUMENTS])
    given = [argument(rng, kind) for kind in ARGUMENTS[name]]
    if rng.random() < 0.15:
        given = given[: rng.randrange(len(given))]
    return f"mime.{name}({', '.join(given)})"


def chunks(rng: Random) -> list[str]:
    """
    A text in pieces, then an end, and now and then more.
    """
    whole, pieces = b"".join(text(rng) for _ in range(rng.randrange(4))), []
    while whole:
        size = rng.choice([1, 1, 2, 3, 5, 20, 100])
        pieces.append(lua_string(whole[:size]))
        whole = whole[size:]
        if rng.random() < 0.1:
            pieces.append("''")
    if rng.random() < 0.1:
        pieces.insert(rng.randrange(len(pieces) + 1), rng.choice(["5", "{}", "true"]))
    if rng.random() < 0.8:
        pieces.append("END")
    return [*pieces, "'more'", "END"] if rng.random() < 0.1 else pieces


def snippet(rng: Random) -> str:
    """
    A call of a low-level filter, or of one again with what it gave, or a high-level one and its chunks.
    """
    match rng.randrange(8):
        case 0 | 1:
            return f"return {low(rng)}"
        case 2:
            return f"return all({low(rng)})"
        case 3:
            again = rng.choice([name for name in ARGUMENTS if name != "dot"])
            return f"local a, b = {low(rng)} return a, b, mime.{again}(b, a)"
        case _:
            made = rng.choice(FILTERS).replace("@", argument(rng, "number"))
            return FED.replace("@filter", made).replace("@chunks", ", ".join(chunks(rng)))


MIME = Generator(ALL + "local mime = require('mime')", snippet)
