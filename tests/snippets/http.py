"""
``socket.http``: requests of every kind, whose URLs spell out what :mod:`tests.snippets.wire` answers.

``docs/luasocket.md`` says where luahost means to do something else than LuaSocket, and none of that is here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.snippets.answers import answer, has_chunks
from tests.snippets.generator import ALL, Generator, lua_string

if TYPE_CHECKING:
    from random import Random

PRELUDE = (
    ALL
    + """
local http, ltn12, socket = require('socket.http'), require('ltn12'), require('socket')
http.request(BASE .. '/mark')
http.TIMEOUT, http.USERAGENT, http.PROXY = 20, 'LuaSocket', nil
local heard = {}
-- A sink that answers one thing after the other, the last for ever.
local function hears(...)
  local list, calls = { ... }, 0
  return function(chunk, message)
    calls = calls + 1
    heard[#heard + 1] = { chunk or false, message }
    local answer = list[calls] or list[#list]
    return (unpack or table.unpack)(answer, 1, 2)
  end
end
local function steps(from, to)
  heard[#heard + 1] = 'step'
  return ltn12.pump.step(from, to)
end
local function creates()
  heard[#heard + 1] = 'create'
  return socket.tcp()
end
-- `whole` is for chunked bodies, of which luahost gives other pieces, and fewer if one breaks off.
local function tables(reqt, whole)
  local got = {}
  reqt.sink = reqt.sink or ltn12.sink.table(got)
  local answer = { http.request(reqt) }
  reqt.sink = nil
  return answer, (answer[1] or not whole) and table.concat(got), reqt, heard
end
"""
)

HOST, PORT = "'127.0.0.1'", "string.match(BASE, '%d+$')"
USERS = ["", "", "", "", "u:p@", "u@", "u:p%40%zz@", "%75:@", ":p@", "u:p:q@"]
ENDS = ["", "", "", "?a=b", "?", "#f", ";p", "?a#f", "?a=%C3%A4"]
TEXTS = ["'abc'", "''", "string.rep('z', 3000)", "'a\\0\\255'"]
SETTINGS = [
    *("http.USERAGENT = 'mine'", "http.USERAGENT = nil", "http.USERAGENT = 5", "http.TIMEOUT = nil"),
    *("http.PROXY = BASE", "http.PROXY = false", "http.PORT = 1"),
]
NAMES = [
    *(
        "x-a",
        "X-A",
        "x_y",
        "te",
        "TE",
        "Connection",
        "connection",
        "host",
        "Host",
        "user-agent",
        "User-Agent",
    ),
    *("accept", "ACCEPT", "content-type", "soapaction", "Authorization", "cookie", "date", "DNT", "Upgrade"),
    *("www-authenticate", "proxy-authorization", "Expect"),
]
VALUES = [
    *("'a'", "'a'", "''", "'a: b, c'", "'\\195\\164\\255'", "'a\\tb'", "5", "1.5", "'close'"),
    *("'keep-alive'", "string.rep('h', 5000)"),
]
STEPS = ["steps", "ltn12.pump.step"]
STOPPING_STEPS = ["function() return nil, 'stepped' end", "function() end"]
PARTS = ["'a'", "'a'", "'a%41'", "''", "5", "false"]
FIELDS: dict[str, tuple[float, list[str]]] = {
    "method": (0.3, ["'GET'", "'POST'", "'PUT'", "'HEAD'", "'HEAD'", "'get'", "'X-Y'", "''", "5", "false"]),
    "redirect": (0.1, ["true", "false", "false", "nil", "'x'"]),
    "maxredirects": (0.15, ["0", "1", "2", "3", "6", "-1", "1.5"]),
    "nredirects": (0.05, ["4", "5", "0", "-2"]),
    "proxy": (
        0.08,
        ["BASE", "BASE .. '/x'", *(f"string.gsub(BASE, '//', '//{u}@')" for u in ("u:p%%40", "u"))],
    ),
    "create": (
        0.1,
        ["creates", "creates", "socket.tcp", "function() return nil, 'no' end", "function() end"],
    ),
    "scheme": (0.02, ["'http'"]),
    "host": (0.02, [HOST, "''", "false"]),
    "port": (0.02, [PORT, f"tonumber({PORT})", "''", "false"]),
    **{
        name: (0.02, PARTS)
        for name in ("user", "password", "userinfo", "authority", "query", "params", "fragment")
    },
}
"""How often a field is in a request table, and what it is then."""

SINKS = [
    *("hears({1})", "hears({1})", "hears({1}, {nil, 'full'})", "hears({nil})", "hears({false, 'no'})"),
    *("hears({1}, {})", "ltn12.sink.null()", "ltn12.sink.error('e')"),
]
TEXTUAL = {"method", "path", "uri"}
"""Fields of which LuaSocket makes a text, whatever they are."""

ODD = ["nil", "true", "5", "'x'", "false", "''", "{}", "type"]


def url(rng: Random, text: bytes) -> str:
    """
    An expression for a URL of the server's.
    """
    path = lua_string("/" + quote(text, safe="") + rng.choice(ENDS))
    if user := rng.choice(USERS):
        return f"string.gsub(BASE, '//', '//{user.replace('%', '%%')}') .. {path}"
    return f"BASE .. {path}"


def request(rng: Random) -> str:
    """
    A request table, and whether a chunked body may come.
    """
    text = answer(rng)
    whole = has_chunks(text)
    made = {"url": url(rng, text)}
    if rng.random() < 0.1:
        made |= {"scheme": "'http'", "host": HOST, "port": PORT}
        made[rng.choice(["path", "path", "uri"])] = lua_string("/" + quote(text, safe=""))
        if rng.random() < 0.6:
            del made["url"]
    if rng.random() < 0.4:
        made["headers"] = headers(rng)
    made |= {name: rng.choice(values) for name, (often, values) in FIELDS.items() if rng.random() < often}
    if rng.random() < 0.3 and not whole:
        made["sink"] = rng.choice(SINKS)
    if rng.random() < 0.05:
        name = rng.choice(["url", "headers", "sink", "path", "uri", *sorted(FIELDS.keys() - {"port"})])
        made[name] = rng.choice(ODD[:4] if name in TEXTUAL else ODD)
    if rng.random() < 0.25:
        made |= body(rng)
    elif rng.random() < 0.15 and not whole:
        made["step"] = rng.choice(STEPS + STOPPING_STEPS)
    table = ", ".join(f"{name} = ({value})" for name, value in made.items())
    return f"{{ {table} }}, {'true' if whole else 'false'}"


def body(rng: Random) -> dict[str, str]:
    """
    The fields for a body.
    """
    text = rng.choice(TEXTS)
    made = {"method": rng.choice(["'POST'", "'POST'", "'PUT'", "nil"])}
    if rng.random() < 0.5:
        name = rng.choice(["content-length", "Content-Length", "CONTENT-LENGTH"])
        size = rng.choice([f"#({text})", f"tostring(#({text}))"])
        made["headers"] = f"{{ ['{name}'] = {size} }}"
        made["source"] = f"ltn12.source.string({text})"
    else:
        chunks = [rng.choice(TEXTS) for _ in range(rng.randrange(4))]
        made["source"] = f"ltn12.source.table({{ {', '.join(chunks)} }})"
    return made


def headers(rng: Random) -> str:
    """
    A table of headers, each once.
    """
    names = {name.lower(): name for name in rng.choices(NAMES, k=rng.randrange(4))}
    return "{ " + ", ".join(f"['{name}'] = {rng.choice(VALUES)}" for name in names.values()) + " }"


def snippet(rng: Random) -> str:
    """
    One request, in either form.
    """
    setting = f"{rng.choice(SETTINGS)} " if rng.random() < 0.1 else ""
    match rng.randrange(4):
        case 0:
            return f"{setting}return all(http.request({url(rng, answer(rng))}))"
        case 1:
            text = rng.choice([*TEXTS, "5", "1.5", "false", "nil"])
            return f"{setting}return all(http.request({url(rng, answer(rng))}, {text}))"
        case _:
            return f"{setting}return all(tables({request(rng)}))"


def http_at(base: str) -> Generator:
    """
    The generator for a server there.
    """
    return Generator(f"local BASE = {lua_string(base)} {PRELUDE}", snippet)
