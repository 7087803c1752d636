-- traceback: Lua's traceback as a script's author would see it in Dovecot.
--
-- There, `dovecot.*` are C functions, and nothing of luahost lies below the script. So a run of
-- luahost's frames above the script's becomes one `[C]` line with the name the script called, and
-- the entry below the script's first function is cut off.

local find, gmatch, gsub = string.find, string.gmatch, string.gsub
local concat = table.concat
local getinfo, real_traceback, type = debug.getinfo, debug.traceback, type

local HOST = "^\tluahost/lua/"
local C = "^\t%[C%]:"
local TAIL_CALLS = "^\t%(%.*tail call"

local traceback = {}

-- Whether a function is luahost's own.
function traceback.is_host(f)
  return find(getinfo(f, "S").source, "^@luahost/lua/") ~= nil
end

-- `text` as debug.traceback("") gives it.
function traceback.clean(text)
  local lines = {}
  for line in gmatch(text, "[^\n]+") do
    lines[#lines + 1] = line
  end

  local last = #lines
  for i = last - 1, 2, -1 do
    if find(lines[i], "'xpcall'", 1, true) and find(lines[i + 1], HOST) then
      last = i - 1
      break
    end
  end
  while find(lines[last], HOST) do
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
  return message ~= nil and message .. "\n" .. text or text
end

return traceback
