"""
``ltn12``: chains of sources, filters and sinks that say what they are called with, and answer what they
please.
"""

from __future__ import annotations

from random import Random

from tests.snippets.generator import ALL, Generator, lua_string

PRELUDE = (
    ALL
    + """
local ltn12 = require('ltn12')
local heard = {}
local function hear(...)
  heard[#heard + 1] = { n = select('#', ...), ... }
end
-- Answers one thing after the other, the last for ever.
local function answers(name, list)
  local calls = 0
  return function(...)
    hear(name, ...)
    calls = calls + 1
    local answer = list[calls] or list[#list] or {}
    if type(answer) == 'function' then
      return answer(...)
    end
    return (unpack or table.unpack)(answer, 1, answer.n)
  end
end
local function same(...)
  return ...
end
local function half(chunk)
  return chunk and string.sub(chunk, 1, #chunk / 2)
end
local function twice(chunk)
  return chunk and chunk .. chunk
end
-- Keeps pairs of letters, and the rest to the end.
local function pairs_of(kept, chunk)
  if not chunk then
    return kept ~= '' and kept or nil, nil
  end
  local text = (kept or '') .. chunk
  local whole = #text - #text % 2
  return string.sub(text, 1, whole), string.sub(text, whole + 1)
end
local function file(chunks)
  local handle, at = {}, 0
  function handle:read(size)
    hear('read', size)
    at = at + 1
    return chunks[at]
  end
  function handle:write(...)
    hear('write', ...)
    return #chunks > 0 and self or nil, 'full'
  end
  function handle:close()
    hear('close')
    return 1
  end
  return handle
end
local function asked(f, times, ...)
  local got = {}
  for n = 1, times do
    got[n] = { pcall(f, ...) }
    got[n][2] = type(got[n][2]) == 'function' and '<function>' or got[n][2]
    if not got[n][1] then
      -- Without the place and the names of variables in a library that is written in Lua.
      got[n][2] = string.gsub(string.gsub(tostring(got[n][2]), '^[^ ]*:%d+: ', ''), " %(%a+ '[^']*'%)", '')
    end
  end
  return got
end
"""
)

CHUNKS = ["", "a", "bc", "def", "0123456789", "\r\n", "x" * 2047, "x" * 2048, "x" * 2049, "x" * 5000]
ODD = ["nil", "true", "false", "{}", "5", "''", "math.huge"]


def chunk(rng: Random) -> str:
    """
    One, often short.
    """
    return lua_string(rng.choice(CHUNKS[:5] if rng.random() < 0.9 else CHUNKS))


def answer(rng: Random) -> str:
    """
    What a function of a script's answers to one call.
    """
    return rng.choice(
        [
            *(f"{{{chunk(rng)}}}" for _ in range(6)),
            *(
                "{1}",
                "{1}",
                "{}",
                "{nil, 'refused'}",
                "{nil}",
                "{''}",
                "{false}",
                "{false, 'no'}",
                "{nil, false}",
            ),
            *("same", "half", "twice"),
        ]
    )


def answering(rng: Random, name: str) -> str:
    """
    A function that hears what it is called with.
    """
    answers = ", ".join(answer(rng) for _ in range(rng.randrange(5)))
    return f"answers('{name}', {{{answers}}})"


def source(rng: Random, depth: int = 2) -> str:
    """
    An expression for a source.
    """
    if rng.random() < 0.02:
        return rng.choice(ODD)
    match rng.randrange(11 if depth else 7):
        case 0:
            return answering(rng, "source")
        case 1 | 2:
            text = "".join(rng.choice(CHUNKS) for _ in range(rng.randrange(3)))
            return f"ltn12.source.string({lua_string(text)})"
        case 3:
            return f"ltn12.source.table({{{', '.join(chunk(rng) for _ in range(rng.randrange(5)))}}})"
        case 4:
            return f"ltn12.source.error({rng.choice([lua_string('broken'), 'nil', '5', '{}'])})"
        case 5:
            return f"ltn12.source.empty({rng.choice(['', '', lua_string('x')])})"
        case 6:
            chunks = ", ".join(chunk(rng) for _ in range(rng.randrange(4)))
            return rng.choice(
                [f"ltn12.source.file(file {{{chunks}}})"] * 3
                + ["ltn12.source.file(nil)", "ltn12.source.file(nil, 'x')"]
            )
        case 7:
            return f"ltn12.source.cat({', '.join(source(rng, depth - 1) for _ in range(rng.randrange(4)))})"
        case 8:
            chain = [source(rng, depth - 1), *(a_filter(rng, depth - 1) for _ in range(rng.randrange(3)))]
            return f"ltn12.source.chain({', '.join(chain)})"
        case 9:
            return f"ltn12.source.rewind({source(rng, depth - 1)})"
        case _:
            return f"ltn12.source.simplify({rng.choice([source(rng, depth - 1), fancy(rng, 'source')])})"


def fancy(rng: Random, kind: str) -> str:
    """
    A source or a sink that names its successor.
    """
    return f"answers('fancy', {{{{{chunk(rng)}, {answering(rng, kind)}}}, {answer(rng)}}})"


def a_filter(rng: Random, depth: int = 1) -> str:
    """
    An expression for a filter.
    """
    if rng.random() < 0.02:
        return rng.choice(ODD)
    match rng.randrange(7 if depth else 6):
        case 0:
            return answering(rng, "filter")
        case 1 | 2:
            return rng.choice(
                ["same", "half", "twice", "answers('same', {same})", "answers('twice', {twice})"]
            )
        case 3 | 4 | 5:
            return f"ltn12.filter.cycle({rng.choice(['pairs_of', 'pairs_of', answering(rng, 'low')])}, '', 7)"
        case _:
            return (
                f"ltn12.filter.chain({', '.join(a_filter(rng, depth - 1) for _ in range(rng.randrange(4)))})"
            )


def sink(rng: Random, depth: int = 2) -> str:
    """
    An expression for a sink.
    """
    if rng.random() < 0.02:
        return rng.choice(ODD)
    match rng.randrange(9 if depth else 6):
        case 0 | 1:
            return answering(rng, "sink")
        case 2 | 3:
            return rng.choice(["(ltn12.sink.table())", "(ltn12.sink.table(heard))"])
        case 4:
            return rng.choice(["ltn12.sink.null()", "ltn12.sink.error('full')", "ltn12.sink.error()"])
        case 5:
            return rng.choice(
                ["ltn12.sink.file(file {})", "ltn12.sink.file(file {1})", "ltn12.sink.file(nil, 'x')"]
            )
        case 6 | 7:
            chain = [*(a_filter(rng, depth - 1) for _ in range(rng.randrange(3))), sink(rng, depth - 1)]
            return f"ltn12.sink.chain({', '.join(chain)})"
        case _:
            return f"ltn12.sink.simplify({rng.choice([sink(rng, depth - 1), fancy(rng, 'sink')])})"


def step(rng: Random) -> str:
    """
    The third argument of `pump.all`.
    """
    return rng.choice(
        [
            *("", "", "", ", ltn12.pump.step", ", nil", f", {answering(rng, 'step')}"),
            ", function(from, to) hear('step') return ltn12.pump.step(from, to) end",
        ]
    )


def snippet(rng: Random) -> str:
    """
    A pump at work, or a source, filter or sink that is asked a few times.
    """
    match rng.randrange(8):
        case 0 | 1 | 2 | 3:
            made = f"asked(ltn12.pump.all, 1, {source(rng)}, {sink(rng)}{step(rng)})"
        case 4:
            made = f"asked(ltn12.pump.step, 3, {source(rng)}, {sink(rng)})"
        case 5:
            made = f"asked({source(rng)}, 6{rng.choice(['', '', ', nil', ', ' + chunk(rng)])})"
        case 6:
            given = rng.choice([chunk(rng), "nil", "''", "nil, 'broken'"])
            made = f"asked({rng.choice([a_filter(rng), sink(rng)])}, 4, {given})"
        case _:
            chunks = ", ".join([*(chunk(rng) for _ in range(rng.randrange(4))), "false"])
            made = (
                f"(function() local f, got = {rng.choice([a_filter(rng), sink(rng)])}, {{}} "
                f"for n, c in ipairs({{{chunks}}}) do got[n] = asked(f, 1, c or nil) end return got end)()"
            )
    return f"local got = {made} return got, heard"


LTN12 = Generator(PRELUDE, snippet)
