-- ltn12: every function, filters chained, errors.
local ltn12 = require("ltn12")
local canonical = require("canonical")

local cases = {}

-- What a source gives, up to `most` chunks, with its messages.
local function drain(source, most)
  local found = {}
  for index = 1, most or 20 do
    local chunk, message = source()
    found[index] = { tostring(chunk), tostring(message) }
    if chunk == nil then
      break
    end
  end
  return found
end

-- What a filter makes of chunks and of the end, as a pump would ask.
local function filtered(filter, chunks)
  local collected = {}
  local sink = ltn12.sink.table(collected)
  ltn12.pump.all(ltn12.source.chain(ltn12.source.table(chunks), filter), sink)
  return collected
end

-- Filters of several kinds: one for one, one that keeps bytes back, one that gives several pieces
-- for one chunk, one that says something at the end, one that gives nothing.

local function upper()
  return function(chunk)
    return chunk and string.upper(chunk)
  end
end

local function pairwise()
  local kept = ""
  return function(chunk)
    if not chunk then
      local rest = kept
      kept = ""
      return rest ~= "" and rest or nil
    end
    local text = kept .. chunk
    local whole = #text - #text % 2
    kept = string.sub(text, whole + 1)
    return string.sub(text, 1, whole)
  end
end

local function piecemeal()
  local waiting = ""
  return function(chunk)
    waiting = waiting .. (chunk or "")
    local piece = string.sub(waiting, 1, 1)
    waiting = string.sub(waiting, 2)
    if piece == "" and not chunk then
      return nil
    end
    return piece
  end
end

local function with_trailer()
  local over = false
  return function(chunk)
    if chunk then
      return chunk
    end
    if not over then
      over = true
      return "!"
    end
    return nil
  end
end

local function swallow()
  return function(chunk)
    return chunk and ""
  end
end

local MAKERS = { upper, pairwise, piecemeal, with_trailer, swallow }

function cases.block_size()
  local before = ltn12.BLOCKSIZE
  ltn12.BLOCKSIZE = 3
  local found = drain(ltn12.source.string("abcdefgh"))
  ltn12.BLOCKSIZE = before
  return before, found
end

function cases.source_empty()
  return drain(ltn12.source.empty())
end

function cases.source_error()
  return drain(ltn12.source.error("broken")), drain(ltn12.source.error())
end

function cases.source_string()
  local sizes = {}
  for index, entry in ipairs(drain(ltn12.source.string(string.rep("x", 5000)))) do
    sizes[index] = #entry[1]
  end
  return sizes, drain(ltn12.source.string("")), drain(ltn12.source.string(nil)), drain(ltn12.source.string(5))
end

function cases.source_table()
  return drain(ltn12.source.table({ "a", "b", "", "c" })), drain(ltn12.source.table({}))
end

function cases.source_table_of_something_else()
  return (pcall(ltn12.source.table, "x")), (pcall(ltn12.source.table, nil))
end

-- An open file, as far as ltn12 looks.
local function file(text)
  local log = {}
  return {
    read = function(_, size)
      log[#log + 1] = "read " .. size
      local chunk = text ~= "" and string.sub(text, 1, size) or nil
      text = string.sub(text, size + 1)
      return chunk
    end,
    write = function(_, chunk)
      log[#log + 1] = "write " .. chunk
      return #log < 4 or nil, "disk full"
    end,
    close = function()
      log[#log + 1] = "close"
      return true
    end,
  }, log
end

function cases.source_file()
  local handle, log = file(string.rep("y", 3000))
  return drain(ltn12.source.file(handle)), log
end

function cases.source_file_missing()
  return drain(ltn12.source.file(nil, "no such file")), drain(ltn12.source.file(nil))
end

function cases.source_simplify()
  local function last()
    return nil, "end of it"
  end
  local function first()
    return "one", last
  end
  return drain(ltn12.source.simplify(first))
end

function cases.source_rewind()
  local source = ltn12.source.rewind(ltn12.source.table({ "a", "b" }))
  local first = source()
  local pushed = source(first)
  source("z")
  return first, pushed, drain(source)
end

function cases.source_cat()
  local cat = ltn12.source.cat
  local string_source = ltn12.source.string
  return drain(cat(string_source("a"), ltn12.source.empty(), string_source("b"))), drain(cat()),
    drain(cat(string_source("a"), ltn12.source.error("no"), string_source("b")))
end

function cases.source_chain()
  local chained = ltn12.source.chain(ltn12.source.table({ "abc", "d" }), upper(), piecemeal())
  return drain(chained), (pcall(chained))
end

function cases.source_chain_error()
  return drain(ltn12.source.chain(ltn12.source.error("broken"), upper()))
end

function cases.source_chain_nothing()
  return (pcall(ltn12.source.chain, ltn12.source.empty())), (pcall(ltn12.source.chain, nil, upper()))
end

function cases.source_chain_inappropriate()
  local source = ltn12.source.chain(ltn12.source.string("a"), function()
    return nil
  end)
  return canonical.call(drain, source)
end

function cases.source_chain_stalled()
  local source = ltn12.source.chain(ltn12.source.string("a"), function(chunk)
    return chunk and "more" or ""
  end)
  return (pcall(drain, source, 5))
end

function cases.sink_table()
  local sink, collected = ltn12.sink.table()
  local given = {}
  local into = ltn12.sink.table(given)
  return sink("a"), sink(nil, "broken"), sink("b"), collected, into("x"), given
end

function cases.sink_null_and_error()
  local null, broken = ltn12.sink.null(), ltn12.sink.error("full")
  local first = canonical.call(null, "a")
  return first, canonical.call(null, nil), canonical.call(broken, "a"), canonical.call(broken)
end

function cases.sink_file()
  local handle, log = file("")
  local sink = ltn12.sink.file(handle)
  local given = {}
  for index, chunk in ipairs({ "a", "b", "c", "d" }) do
    given[index] = canonical.call(sink, chunk)
  end
  return given, canonical.call(sink, nil), log
end

function cases.sink_file_missing()
  return canonical.call(ltn12.sink.file(nil, "read-only"), "a"), canonical.call(ltn12.sink.file(nil), "a")
end

function cases.sink_simplify()
  local heard = {}
  local function second(chunk)
    heard[#heard + 1] = "second " .. tostring(chunk)
    if chunk == "stop" then
      return nil, "stopped"
    end
    return 1
  end
  local function first(chunk)
    heard[#heard + 1] = "first " .. tostring(chunk)
    return 1, second
  end
  local sink = ltn12.sink.simplify(first)
  return sink("a"), sink("b"), canonical.call(sink, "stop"), heard
end

function cases.sink_chain()
  local collected = {}
  local sink = ltn12.sink.chain(upper(), piecemeal(), (ltn12.sink.table(collected)))
  return sink("abc"), sink(""), sink("d"), sink(nil), collected
end

function cases.sink_chain_error()
  local sink = ltn12.sink.chain(upper(), ltn12.sink.error("full"))
  return canonical.call(sink, "a"), canonical.call(sink, ""), (pcall(ltn12.sink.chain, upper()))
end

function cases.sink_chain_passes_messages_on()
  local heard = {}
  local sink = ltn12.sink.chain(upper(), function(chunk, message)
    heard[#heard + 1] = { tostring(chunk), tostring(message) }
    return 1
  end)
  sink("a")
  sink(nil, "broken")
  return heard
end

function cases.pump_step()
  local sink, collected = ltn12.sink.table()
  local source = ltn12.source.table({ "a" })
  return canonical.call(ltn12.pump.step, source, sink), canonical.call(ltn12.pump.step, source, sink), collected
end

function cases.pump_step_errors()
  local broken, full = ltn12.source.error("broken"), ltn12.sink.error("full")
  return canonical.call(ltn12.pump.step, broken, ltn12.sink.null()),
    canonical.call(ltn12.pump.step, ltn12.source.string("a"), full), canonical.call(ltn12.pump.step, broken, full)
end

function cases.pump_all()
  local sink, collected = ltn12.sink.table()
  return ltn12.pump.all(ltn12.source.table({ "a", "b" }), sink), collected
end

function cases.pump_all_errors()
  local null = ltn12.sink.null()
  return canonical.call(ltn12.pump.all, ltn12.source.error("broken"), null),
    canonical.call(ltn12.pump.all, ltn12.source.string("a"), ltn12.sink.error("full")),
    (pcall(ltn12.pump.all, nil, null)), (pcall(ltn12.pump.all, ltn12.source.empty(), nil))
end

function cases.pump_all_with_step()
  local steps = 0
  local answer = ltn12.pump.all(ltn12.source.table({ "a", "b" }), ltn12.sink.null(), function(source, sink)
    steps = steps + 1
    return ltn12.pump.step(source, sink)
  end)
  return answer, steps, canonical.call(ltn12.pump.all, ltn12.source.empty(), ltn12.sink.null(), function()
    return nil, "stop"
  end)
end

function cases.filter_cycle()
  local cycle = ltn12.filter.cycle(function(state, chunk, extra)
    return chunk and (state .. chunk .. extra), (state + 1)
  end, 1, "-")
  return cycle("a"), cycle("b"), canonical.call(cycle, nil), (pcall(ltn12.filter.cycle, nil))
end

function cases.filter_chains()
  local found = {}
  local chunks = { "abc", "d", "", "efg" }
  for first, make_first in ipairs(MAKERS) do
    found[#found + 1] = filtered(ltn12.filter.chain(make_first()), chunks)
    for second, make_second in ipairs(MAKERS) do
      found[first .. second] = filtered(ltn12.filter.chain(make_first(), make_second()), chunks)
      for third, make_third in ipairs(MAKERS) do
        found[first .. second .. third] =
          filtered(ltn12.filter.chain(make_first(), make_second(), make_third()), chunks)
      end
    end
  end
  return found
end

function cases.filter_chains_into_sinks()
  local found = {}
  for first, make_first in ipairs(MAKERS) do
    for second, make_second in ipairs(MAKERS) do
      local sink, collected = ltn12.sink.table()
      ltn12.pump.all(ltn12.source.table({ "abc", "d", "efg" }), ltn12.sink.chain(make_first(), make_second(), sink))
      found[first .. second] = collected
    end
  end
  return found
end

function cases.filter_chain_inappropriate()
  local chain = ltn12.filter.chain(upper(), function()
    return nil
  end)
  return (pcall(chain, "a"))
end

return cases
