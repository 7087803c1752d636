-- luasocket.chains: filters before filters, sources and sinks, for ltn12; loaded for the first that is made.
local _, _, import = ...

local ltn12 = import("require.ltn12")

local assert, error, remove, select = assert, error, table.remove, select
local unpack = table.unpack or unpack

local INAPPROPRIATE = "filter returned inappropriate nil"

local chains = {}

-- Any number of filters as one. Each is drained before the one in front of it is asked again.
function chains.filter(...)
  local filters, count = { ... }, select("#", ...)
  local first, at = 1, 1                           -- the first that is not over; the one whose turn it is
  local ask = ""                                   -- what asks a filter for more; nil once the end has come
  return function(chunk)
    ask = chunk and ask
    while true do
      if at == first then
        chunk = filters[at](chunk)
        if chunk == "" or at == count then
          return chunk
        end
        if not chunk then
          first = first + 1
        end
        at = at + 1
      else
        chunk = filters[at](chunk or "")
        if chunk == "" then
          at, chunk = at - 1, ask
        elseif not chunk then
          error(INAPPROPRIATE)
        elseif at == count then
          return chunk
        else
          at = at + 1
        end
      end
    end
  end
end

-- A source through filters.
function chains.source(plain, through, ...)
  if ... then
    through = ltn12.filter.chain(through, ...)
  end
  assert(plain and through)
  local feeding, given = true, ""
  local ask                                        -- what asks the filter for more; nil at the end
  return function()
    if not given then
      error("source is empty!", 2)
    end
    while true do
      if feeding then
        local message
        ask, message = plain()
        if message then
          return nil, message
        end
      end
      given = through(ask)
      if not given then
        if ask then
          error(INAPPROPRIATE)
        end
        return nil
      elseif given ~= "" then
        feeding = false
        ask = ask and ""
        return given
      elseif not feeding and not ask then
        error('filter returned ""')
      end
      feeding = true
    end
  end
end

-- Filters and then a sink, which is the last argument.
function chains.sink(through, plain, ...)
  if ... then
    local stages = { through, plain, ... }
    plain = remove(stages)
    through = ltn12.filter.chain(unpack(stages))
  end
  assert(through and plain)
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

return chains
