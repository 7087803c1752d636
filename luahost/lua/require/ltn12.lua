-- ltn12: sources, sinks, filters and pumps, after Diego Nehab's LTN12 and LuaSocket's manual.
--
-- A source gives chunks and then nil (nil, message on failure). A sink takes chunks, then nil at the
-- end (nil, message on failure) and answers non-nil while it wants more. A filter turns a chunk into
-- a chunk; "" asks it for the rest of what it has, its own "" says that it has no more for now, and
-- nil in and out is the end of everything.

local _, _, import = ...

local assert, type = assert, type
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

-- Any number of filters as one.
function filter.chain(...)
  local chained = import("luasocket.chains").filter(...)  -- no tail call, for the traceback's sake
  return chained
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
function source.chain(...)
  local chained = import("luasocket.chains").source(...)
  return chained
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
  local chained = import("luasocket.chains").sink(...)
  return chained
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
