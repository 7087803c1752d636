"""
Lua's own functions that scripts get of luahost, and others that these touch.
"""

from __future__ import annotations

from random import Random

from tests.snippets.generator import Generator, lua_string

PRELUDE = """
local unpack = unpack or table.unpack
local function meta(t, m) return setmetatable(t, m) end
local function less(a, b) return a < b end
local function more(a, b) return a > b end
local named = setmetatable({}, { __name = 'my.type', __tostring = function() return 'me' end })
local locked = setmetatable({ 1, 2 }, { __metatable = 'locked' })
local callable = setmetatable({}, { __call = function(_, ...) return 'called', ... end })
local function reader(...) local at, parts = 0, { ... } return function() at = at + 1 return parts[at] end end
local function pack(...) return { n = select('#', ...), ... } end
local function thrower(e) return function() error(e) end end
local function given(...) return ... end
"""

NUMBERS = [
    *(
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "-1",
        "-2",
        "7",
        "10",
        "2.0",
        "3.0",
        "1.5",
        "-0.5",
        "-0.0",
        "1e15",
        "2^31",
    ),
    *("2^53", "2^63", "-2^63", "1e300", "math.huge", "-math.huge", "0/0", "math.pi", "100", "255", "1e-300"),
]
INTEGERS = ["math.maxinteger", "math.mininteger", "math.maxinteger - 1", "2147483647", "-2147483648"]
TEXTS = [
    "",
    "a",
    "abc",
    "x y",
    "5",
    "0x10",
    " 7 ",
    "1e2",
    "-3",
    "1.5",
    "abc\0d",
    "é",
    "\n",
    "%s",
    "inf",
    "nan",
    "0x",
]
THINGS = [
    *(
        "nil",
        "true",
        "false",
        "{}",
        "math.abs",
        "less",
        "named",
        "locked",
        "callable",
        "coroutine.create(less)",
    ),
]
LISTS = [
    *("{}", "{1}", "{1, 2, 3}", "{3, 1, 2}", "{'b', 'a', 'c'}", "{1, 'a', 2.5}", "{1, {}, 3}", "{1, nil, 3}"),
    *("{n = 3}", "{[2] = 'two'}", "{true, false}", "meta({1, 2}, {})", "locked"),
    *("{5, 4, 3, 2, 1, 9, 8, 7}", "{1.5, 2, '3'}", "{'x', math.abs}", "named"),
]
SOURCES = [
    *("return 1", "return ...", "x = 1 return x", "return x", "syntax error", "", "return", "=", "x ="),
    *(
        "for",
        "return {",
        "return 'abc",
        "error('e')",
        "error({1})",
        "local a <const> = 1 a = 2",
        "goto x",
        "break",
    ),
    *(
        "return _ENV",
        "return 1 --",
        "--[[",
        "::a:: ::a::",
        "return 0x",
        "return 1..2",
        "\n\nerror('third')",
        "#!x\n",
    ),
    *(
        "return '\\q'",
        "return '\\xzz'",
        "return (function(...) return ... end)(...)",
        "return [==[",
        "é = 1",
        "a.b:c = 1",
    ),
]


def number(rng: Random) -> str:
    """
    One, often small.
    """
    return rng.choice(NUMBERS[:10]) if rng.random() < 0.7 else rng.choice([*NUMBERS, *INTEGERS])


def text(rng: Random) -> str:
    """
    A short one.
    """
    return lua_string(rng.choice(TEXTS))


def value(rng: Random) -> str:
    """
    Anything.
    """
    return rng.choice([number(rng), text(rng), rng.choice(THINGS), rng.choice(LISTS)])


def a_list(rng: Random) -> str:
    """
    A table, now and then something else.
    """
    return value(rng) if rng.random() < 0.08 else rng.choice(LISTS)


def wanted(rng: Random, kind: str) -> str:
    """
    An argument of a kind, now and then of another.
    """
    if rng.random() < 0.08 and kind not in ("level", "module", "environment", "time"):
        return rng.choice([*THINGS, number(rng)]) if kind == "list" else value(rng)
    match kind:
        case "number":
            return number(rng)
        case "text":
            return text(rng)
        case "list":
            return rng.choice(LISTS)
        case "small":
            return rng.choice(["0", "1", "2", "3", "4", "-1", "2.0", "'2'", "5"])
        case "order":
            return rng.choice(["nil", "less", "more", "callable", "5"])
        case "metatable":
            return rng.choice(
                [
                    "nil",
                    "{}",
                    "{__index = {a = 1}}",
                    "{__metatable = 1}",
                    "{__metatable = false}",
                    "{__name = 'n'}",
                ]
            )
        case "source":
            source = lua_string(rng.choice(SOURCES))
            return rng.choice(
                [source, source, f"reader({source})", f"reader('ret', {lua_string('urn 5')}, nil)"]
            )
        case "mode":
            return rng.choice(["'t'", "'b'", "'bt'", "'tb'", "nil", "''", "'x'"])
        case "environment":
            return rng.choice(["{}", "{x = 5}", "_G", "setmetatable({}, {__index = _G})"])
        case "chunk name":
            return rng.choice(
                ["'=n'", "'@f.lua'", "'text'", "nil", "'=' .. ('n'):rep(80)", "'@' .. ('/n'):rep(50)"]
            )
        case "function":
            return rng.choice(
                [
                    *("less", "given", "thrower('e')", "thrower({1})", "thrower()", "callable", "string.rep"),
                    *(
                        "function(...) return select('#', ...) end",
                        "function() return nil + 1 end",
                        "tostring",
                    ),
                    *("function() return coroutine.yield(1, 2) end", "coroutine.wrap(given)", "pcall"),
                    *("function() local x <close> = setmetatable({}, {__close = given}) error('c') end",),
                ]
            )
        case "coroutine":
            return f"coroutine.create({wanted(rng, 'function')})"
        case "variable":
            return rng.choice(["'HOME'", "'NO_SUCH'", "''", "'A=B'", "'A\\0B'"])
        case "module":
            return rng.choice(["'table'", "'math'", "'coroutine'"])
        case "time":
            year, month, day = (
                rng.choice(["2020", "1969", "1e6", "'2021'", "2020.5"]),
                number(rng),
                number(rng),
            )
            return f"{{year = {year}, month = {month}, day = {day}, hour = {number(rng)}, isdst = false}}"
        case "level":
            return rng.choice(["0", "1", "2", "nil", "-1"])
        case "date":
            return lua_string(
                rng.choice(["!%c", "!%Y-%m-%d", "!*t", "*t", "%", "%Ez", "!%H:%M:%S", "", "%Q", "%E", "%x"])
            )
        case _:
            return value(rng)


FUNCTIONS = {
    "string.rep": ("text", "small", "text"),
    "table.concat": ("list", "text", "small", "small"),
    "table.insert": ("list", "small", "value"),
    "table.remove": ("list", "small"),
    "table.sort": ("list", "order"),
    "table.move": ("list", "small", "small", "small", "list"),
    "table.pack": ("value", "value"),
    "table.unpack": ("list", "small", "small"),
    "setmetatable": ("list", "metatable"),
    "getmetatable": ("list",),
    "load": ("source", "chunk name", "mode", "environment"),
    "pcall": ("function", "value", "value"),
    "xpcall": ("function", "function", "value"),
    "error": ("value", "level"),
    "assert": ("value", "value"),
    "select": ("small", "value", "value"),
    "tostring": ("value",),
    "tonumber": ("value", "small"),
    "next": ("list", "small"),
    "ipairs": ("list",),
    "rawequal": ("value", "value"),
    "rawlen": ("list",),
    "rawget": ("list", "value"),
    "rawset": ("list", "value", "value"),
    "type": ("value",),
    "coroutine.create": ("function",),
    "coroutine.resume": ("coroutine", "value"),
    "coroutine.status": ("coroutine",),
    "coroutine.wrap": ("function",),
    "coroutine.close": ("coroutine",),
    "coroutine.isyieldable": (),
    "coroutine.running": (),
    "os.getenv": ("variable",),
    "os.time": ("time",),
    "os.date": ("date", "number"),
    "os.difftime": ("number", "number"),
    "require": ("module",),
    "math.pow": ("number", "number"),
    "math.ldexp": ("number", "small"),
    "math.frexp": ("number",),
    "math.log10": ("number",),
    "math.cosh": ("number",),
    "math.sinh": ("number",),
    "math.tanh": ("number",),
    "math.log": ("number", "number"),
    "math.floor": ("number",),
    "math.tointeger": ("value",),
    "math.type": ("value",),
    "math.ult": ("number", "number"),
    "string.format": ("text", "value"),
    "string.byte": ("text", "small", "small"),
    "math.abs": ("text",),
    "utf8.char": ("number", "number"),
    "utf8.len": ("text", "small"),
    "utf8.codepoint": ("text", "small", "small"),
    "utf8.offset": ("text", "small", "small"),
}


INEXACT = ["math.cosh", "math.sinh", "math.tanh"]
"""Functions of which the last digit may be another one."""

AT_LEAST = {"os.date": 2, "os.time": 1}
"""Functions that without so many arguments give the time of now."""


def call(rng: Random) -> tuple[str, str]:
    """
    A function and its arguments, now and then too few or too many.
    """
    name = rng.choice([*FUNCTIONS])
    given = [wanted(rng, kind) for kind in FUNCTIONS[name]]
    chance = rng.random()
    if chance < 0.4:
        given = given[: rng.randrange(len(given) + 1)]
    elif chance < 0.45:
        given.append(value(rng))
    if name in AT_LEAST:
        given = [argument for argument in given if argument != "nil"]
        given = [*given, *(number(rng) for _ in range(AT_LEAST[name] - len(given)))]
    return name, ", ".join(given)


def snippet(rng: Random) -> str:
    """
    A call: as a tail call, another one, as a method, or by pcall; of some functions with what it left behind.
    """
    name, given = call(rng)
    if name in INEXACT:
        return f"return string.format('%.14g', given({name}({given})))"
    match rng.randrange(8):
        case 0 | 1:
            return f"return {name}({given})"
        case 2 | 3:
            return f"return given({name}({given}))"
        case 4 if name != "error":
            return f"return pcall({name}{', ' if given else ''}{given})"
        case 5:
            return f"local f = {name} return given(f({given}))"
        case 6:
            return (
                f"local t = {rng.choice(LISTS)} return pcall(table.{rng.choice(TABLES)}, t, {value(rng)}), t"
            )
        case _:
            return f"return given(coroutine.wrap(function() return given({name}({given})) end)())"


TABLES = ["insert", "remove", "sort", "concat", "unpack"]

LUA = Generator(" ".join(PRELUDE.split("\n")), snippet)
