-- luasocket.chains: filters before filters, sources and sinks, for ltn12; loaded for the first that is made.
local _, _, import = ...

local ltn12 = import("require.ltn12")

local assert, error, select = assert, error, select

local INAPPROPRIATE = "filter returned inappropriate nil"

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

local chains = {}

-- Any number of filters as one.
function chains.filter(...)
  local all = (...)
  for index = 2, select("#", ...) do
    all = joined(all, (select(index, ...)))
  end
  return all
end

-- A source through filters.
function chains.source(plain, ...)
  assert(plain and ...)
  local through = ltn12.filter.chain(...)
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

-- Filters and then a sink, which is the last argument.
function chains.sink(...)
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

return chains
