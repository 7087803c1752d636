-- stack: what stands on the stack, for errors and tracebacks; loaded when there is something to say of it.
--
-- A script's author is to see what he would see in Dovecot. There, `dovecot.*` are C functions, and nothing of luahost lies
-- below the script. So a run of luahost's frames above the script's becomes one `[C]` line with the name the script called,
-- and the entry below the script's first function is cut off.

local find, format, gmatch, gsub = string.find, string.format, string.gmatch, string.gsub
local match, sub = string.match, string.sub
local concat = table.concat
local getinfo, real_traceback, setfenv = debug.getinfo, debug.traceback, setfenv

local HOST = "^\tluahost/lua/"
local C = "^\t%[C%]:"
local TAIL_CALLS = "^\t%(%.*tail call"

-- Stands between a script's message handler and Lua, where nothing is to be seen.
local UNSEEN = "^\tluahost/lua/runtime/handler%.lua:"

local stack = {}

-- Whether a function is luahost's own.
function stack.is_host(f)
  return find(getinfo(f, "S").source, "^@luahost/lua/") ~= nil
end

-- Text as C takes it, which is up to a NUL.
function stack.c_string(text)
  local nul = find(text, "\0", 1, true)
  return nul and sub(text, 1, nul - 1) or text
end

-- `text` as debug.traceback("") gives it.
function stack.clean(text)
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
function stack.from(level)
  level = level + 1
  local text = real_traceback("", level)
  local first, skipped, rest = match(text, "^(.-\n)\t%.%.%.(\t%(skipping [^\n]*)\n(.*)$")
  if not first then
    -- As Lua up to 5.3 says it. Nothing else follows the dots, as it does in a long path that Lua has shortened.
    skipped = ""
    first, rest = match(text, "^(.-\n)\t%.%.%.\n(.*)$")
  end
  if not first or setfenv then
    return stack.clean(text)
  end
  local last = last_level()
  while last > level and (getinfo(last, "S").what == "C" or stack.is_host(getinfo(last, "f").func)) do
    last = last - 1
  end
  local _, shown_first = gsub(first, "\n\t", "")
  local _, shown_last = gsub("\n" .. rest, "\n\t", "")
  local from = last - shown_last + 1
  rest = stack.clean(real_traceback("", from))
  if find(skipped, "%d") then
    skipped = gsub(skipped, "%d+", format("%d", from - level - shown_first))
  end
  return stack.clean(first) .. "\n\t..." .. skipped .. gsub(rest, "^[^\n]*", "", 1)
end

-- The stack from the script's innermost function on, and only up to there if luahost was called by it.
function stack.of_script()
  local level = 1
  local info = getinfo(level, "Sf")
  -- In 5.1 a tail call has a level of its own, without a function.
  while info and (info.what == "C" or not info.func or stack.is_host(info.func)) do
    level = level + 1
    info = getinfo(level, "Sf")
  end
  return info and stack.from(level) or nil
end

-- The file of a function of a script's, nil for other functions.
function stack.script_file(info)
  return not find(info.source, "^@luahost/lua/") and info.what ~= "C" and gsub(info.source, "^[@=]", "") or nil
end

-- The innermost line of a script on the stack: file, line, and the file as Lua shortens it.
function stack.place()
  local level = 2
  while true do
    local info = getinfo(level, "Sl")
    if not info then
      return nil
    end
    if info.currentline > 0 and stack.script_file(info) then
      return stack.script_file(info), info.currentline, info.short_src
    end
    level = level + 1
  end
end

-- A message about a line of luahost's own Lua, which stands for C, is about the script's line that
-- led there. The line is -1 in chunks that have none; see luahost/runtime/bytecode.py.
function stack.at_scripts_line(message, short_file, line)
  if not find(message, "^luahost/lua/[%w_/]+%.lua:%-?%d+: ") then
    return message
  end
  -- A tail call may have taken the script's line off the stack.
  local script_place = short_file and short_file .. ":" .. line .. ": " or ""
  return script_place .. gsub(message, "^.-:%-?%d+: ", "", 1)
end

return stack
