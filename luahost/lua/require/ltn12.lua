-- ltn12: sources, sinks, filters and pumps, after Diego Nehab's LTN12 and LuaSocket's manual.
--
-- A source gives chunks and then nil (nil, message on failure). A sink takes chunks, then nil at the
-- end (nil, message on failure) and answers non-nil while it wants more. A filter turns a chunk into
-- a chunk; "" asks it for the rest of what it has, its own "" says that it has no more for now, and
-- nil in and out is the end of everything.

local assert, error, select, type = assert, error, select, type
local remove, sub = table.remove, string.sub

local ltn12 = {
  _VERSION = "LTN12 1.0.3",
  BLOCKSIZE = 2048,
  filter = {},
  pump = {},
  sink = {},
  source = {},
}
local filter, pump, sink, source = ltn12.filter, ltn12.pump, ltn12.sink, ltn12.source

local INAPPROPRIATE = "filter returned inappropriate nil"

-- Filters ----------------------------------------------------------------------------------------

-- A filter from a function that takes its state along: `chunk, state = low(state, chunk, extra)`.
function filter.cycle(low, state, extra)
  assert(low)
  return function(chunk)
    local given
    given, state = low(state, chunk, extra)
    return given
  end
end

-- Two filters as one. The second is drained before the first is asked again.
local function joined(first, second)
  local second_has_more, first_is_over = false, false
  return function(chunk)
    if first_is_over then
      return second(chunk)
    end
    local ask = chunk and ""
    if second_has_more then
      local given = second("")
      if given == nil then
        error(INAPPROPRIATE)
      elseif given ~= "" then
        return given
      end
      second_has_more = false
      chunk = ask
    end
    while true do
      local between = first(chunk)
      if between == "" then
        return ""
      elseif not between then
        first_is_over = true
        return second(nil)
      end
      local given = second(between)
      if given == nil then
        error(INAPPROPRIATE)
      elseif given ~= "" then
        second_has_more = true
        return given
      end
      chunk = ask
    end
  end
end

-- Any number of filters as one.
function filter.chain(...)
  local all = (...)
  for index = 2, select("#", ...) do
    all = joined(all, (select(index, ...)))
  end
  return all
end

-- Sources ----------------------------------------------------------------------------------------

local function nothing()
  return nil
end

function source.empty()
  return nothing
end

function source.error(message)
  return function()
    return nil, message
  end
end

-- From an open file, which is closed at its end.
function source.file(handle, message)
  if not handle then
    return source.error(message or "unable to open file")
  end
  return function()
    local chunk = handle:read(ltn12.BLOCKSIZE)
    if not chunk then
      handle:close()
    end
    return chunk
  end
end

-- A simple source from one that may name its successor with each chunk.
function source.simplify(fancy)
  assert(fancy)
  return function()
    local chunk, successor = fancy()
    fancy = successor or fancy
    if chunk then
      return chunk
    end
    return nil, successor
  end
end

function source.string(text)
  if not text then
    return source.empty()
  end
  local position = 1
  return function()
    local chunk = sub(text, position, position + ltn12.BLOCKSIZE - 1)
    position = position + ltn12.BLOCKSIZE
    if chunk ~= "" then
      return chunk
    end
    return nil
  end
end

function source.table(chunks)
  assert(type(chunks) == "table")
  local index = 0
  return function()
    index = index + 1
    return chunks[index]
  end
end

-- A source that takes chunks back when it is called with one.
function source.rewind(plain)
  assert(plain)
  local returned = {}
  return function(chunk)
    if chunk then
      returned[#returned + 1] = chunk
      return
    end
    chunk = remove(returned)
    if chunk then
      return chunk
    end
    return plain()
  end
end

-- One source after the other.
function source.cat(...)
  local waiting = { ... }
  local current = remove(waiting, 1)
  return function()
    while current do
      local chunk, message = current()
      if chunk then
        return chunk
      elseif message then
        return nil, message
      end
      current = remove(waiting, 1)
    end
  end
end

-- A source through filters.
function source.chain(plain, ...)
  assert(plain and ...)
  local through = filter.chain(...)
  local feeding, over = true, false
  local ask = ""                                   -- what asks the filter for more; nil at the end
  return function()
    if over then
      error("source is empty!", 2)
    end
    while true do
      local chunk = ask
      if feeding then
        local message
        chunk, message = plain()
        if message then
          return nil, message
        end
      end
      local given = through(chunk)
      if not given then
        if chunk then
          error(INAPPROPRIATE)
        end
        over = true
        return nil
      elseif given ~= "" then
        feeding = false
        ask = chunk and ""
        return given
      elseif not feeding then
        if not chunk then
          error('filter returned ""')
        end
        feeding = true
      end
    end
  end
end

-- Sinks ------------------------------------------------------------------------------------------

function sink.null()
  return function()
    return 1
  end
end

function sink.error(message)
  return function()
    return nil, message
  end
end

-- Into an open file, which is closed at the end.
function sink.file(handle, message)
  if not handle then
    return sink.error(message or "unable to open file")
  end
  return function(chunk)
    if chunk then
      return handle:write(chunk)
    end
    handle:close()
    return 1
  end
end

-- A simple sink from one that may name its successor with each answer.
function sink.simplify(fancy)
  assert(fancy)
  return function(chunk, message)
    local wanted, successor = fancy(chunk, message)
    if not wanted then
      return nil, successor
    end
    fancy = successor or fancy
    return 1
  end
end

-- Into a table, which is also the second result.
function sink.table(chunks)
  chunks = chunks or {}
  return function(chunk)
    if chunk then
      chunks[#chunks + 1] = chunk
    end
    return 1
  end, chunks
end

-- Filters and then a sink, which is the last argument.
function sink.chain(...)
  local stages = { ... }
  local last = select("#", ...)
  assert(stages[1] and stages[2])
  local plain = stages[last]
  local through = stages[1]
  for index = 2, last - 1 do
    through = joined(through, stages[index])
  end
  return function(chunk, message)
    if chunk == "" then
      return 1
    end
    local drained = chunk and ""
    local given = through(chunk)
    while true do
      local wanted, refusal = plain(given, message)
      if not wanted then
        return nil, refusal
      elseif given == drained then
        return 1
      end
      given = through(drained)
    end
  end
end

-- Pumps ------------------------------------------------------------------------------------------

-- One chunk from a source to a sink: 1 while there may be more, or nil and what went wrong.
function pump.step(from, to)
  local chunk, source_message = from()
  local wanted, sink_message = to(chunk, source_message)
  if chunk and wanted then
    return 1
  end
  return nil, source_message or sink_message
end

-- Everything from a source to a sink.
function pump.all(from, to, step)
  assert(from and to)
  step = step or pump.step
  while true do
    local more, message = step(from, to)
    if not more then
      if message then
        return nil, message
      end
      return 1
    end
  end
end

return ltn12
