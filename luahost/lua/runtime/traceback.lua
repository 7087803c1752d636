-- traceback: Lua's traceback as a script's author would see it in Dovecot.
--
-- There, `dovecot.*` are C functions, and nothing of luahost lies below the script. So a run of
-- luahost's frames above the script's becomes one `[C]` line with the name the script called, and
-- the entry below the script's first function is cut off.

local find, format, gmatch, gsub = string.find, string.format, string.gmatch, string.gsub
local match, sub = string.match, string.sub
local concat, tostring = table.concat, tostring
local getinfo, real_traceback, setfenv, type = debug.getinfo, debug.traceback, setfenv, type

local HOST = "^\tluahost/lua/"
local C = "^\t%[C%]:"
local TAIL_CALLS = "^\t%(%.*tail call"

-- Stands between a script's message handler and Lua, where nothing is to be seen.
local UNSEEN = "^\tluahost/lua/runtime/handler%.lua:"

local traceback = {}

-- Whether a function is luahost's own.
function traceback.is_host(f)
  return find(getinfo(f, "S").source, "^@luahost/lua/") ~= nil
end

-- Text as C takes it, which is up to a NUL.
function traceback.c_string(text)
  local nul = find(text, "\0", 1, true)
  return nul and sub(text, 1, nul - 1) or text
end

-- `text` as debug.traceback("") gives it.
function traceback.clean(text)
  local lines = {}
  for line in gmatch(text, "[^\n]+") do
    if not find(line, UNSEEN) then
      lines[#lines + 1] = line
    end
  end

  local last = #lines
  for i = last - 1, 2, -1 do
    if find(lines[i], C) and find(lines[i], "'xpcall'", 1, true) and find(lines[i + 1], HOST) then
      last = i - 1
      break
    end
  end
  while find(lines[last], HOST) do
    last = last - 1
  end
  -- How guard.lua calls it; where nothing of a script is below, that was called by luahost.
  if find(lines[last], "'real_xpcall'", 1, true) then
    last = last - 1
  end

  local kept, i = { lines[1] }, 2
  while i <= last do
    local outermost, j = nil, i
    while j <= last and (find(lines[j], HOST) or find(lines[j], C) or (j > i and find(lines[j], TAIL_CALLS))) do
      if find(lines[j], HOST) then
        outermost = j
      end
      j = j + 1
    end
    local line = lines[i]
    if outermost then
      line = gsub(lines[outermost], "^\t.-: in ", "\t[C]: in ")
      line = gsub(line, "function <.*>$", "?")
      i = outermost
    end
    kept[#kept + 1] = line
    i = i + 1
  end
  return concat(kept, "\n")
end

-- The number of the last level, counted from the caller as getinfo counts.
local function last_level()
  local low, high = 1, 2
  while getinfo(high + 1, "l") do
    low, high = high, high * 2
  end
  while low + 1 < high do
    local middle = low + (high - low - (high - low) % 2) / 2
    if getinfo(middle + 1, "l") then
      low = middle
    else
      high = middle
    end
  end
  return low
end

-- The stack from a level of the caller's to its end, as a script's author would see it in Dovecot. Of a long one
-- Lua shows the first levels and the last; the last are luahost's, so that as many are asked for above them. (5.1
-- and LuaJIT cannot be asked: they would leave out the middle of the rest again.)
function traceback.from(level)
  level = level + 1
  local text = real_traceback("", level)
  local first, skipped, rest = match(text, "^(.-\n)\t%.%.%.(\t%(skipping [^\n]*)\n(.*)$")
  if not first then
    -- As Lua up to 5.3 says it. Nothing else follows the dots, as it does in a long path that Lua has shortened.
    skipped = ""
    first, rest = match(text, "^(.-\n)\t%.%.%.\n(.*)$")
  end
  if not first or setfenv then
    return traceback.clean(text)
  end
  local last = last_level()
  while last > level and (getinfo(last, "S").what == "C" or traceback.is_host(getinfo(last, "f").func)) do
    last = last - 1
  end
  local _, shown_first = gsub(first, "\n\t", "")
  local _, shown_last = gsub("\n" .. rest, "\n\t", "")
  local from = last - shown_last + 1
  rest = traceback.clean(real_traceback("", from))
  if find(skipped, "%d") then
    skipped = gsub(skipped, "%d+", format("%d", from - level - shown_first))
  end
  return traceback.clean(first) .. "\n\t..." .. skipped .. gsub(rest, "^[^\n]*", "", 1)
end

-- The stack from the script's innermost function on, and only up to there if luahost was called by it.
function traceback.of_script()
  local level = 1
  local info = getinfo(level, "Sf")
  -- In 5.1 a tail call has a level of its own, without a function.
  while info and (info.what == "C" or not info.func or traceback.is_host(info.func)) do
    level = level + 1
    info = getinfo(level, "Sf")
  end
  return info and traceback.from(level) or nil
end

-- The script's debug.traceback: same arguments and results.
function traceback.traceback(...)
  local first, message, level = ...
  local thread
  if type(first) == "thread" then
    thread = first
  else
    message, level = first, message
  end
  if message ~= nil and type(message) ~= "string" and type(message) ~= "number" then
    return message
  end
  local text
  if thread then
    text = real_traceback(thread, "", level or 0)
  else
    -- One more for this function.
    text = real_traceback("", (level or 1) + 1)
  end
  text = traceback.clean(text)
  return message ~= nil and traceback.c_string(tostring(message)) .. "\n" .. text or text
end

return traceback
