-- check: argument checks for Lua halves, in Lua's own words.
--
-- Every function is called directly from the function that a script called, so that the message
-- names that function as the script wrote it, and the script's own line stands in front:
--   push.lua:3: bad argument #1 to 'set_name' (string expected, got table)
-- Real Lua says the same through luaL_argerror; like it, these do not count self in a method call,
-- and say `?` without a place when called straight through pcall.
--
-- A tail call (`return event:set_name(nil)`) takes the script's line off the stack, where a C function
-- would have left it: such a message names the function, but has no place. On Lua 5.4 there are no such
-- tail calls, see luahost/runtime/tail_calls.py.
local _, _, _, each_session = ...

local error, getinfo, pairs, rawget, tonumber, type = error, debug.getinfo, pairs, rawget, tonumber, type
local find, format, floor, sub = string.find, string.format, math.floor, string.sub
local concat, getmetatable, setmetatable, sort = table.concat, debug.getmetatable, setmetatable, table.sort
local math_type, to_integer = math.type, math.tointeger
local next, registry = next, debug.getregistry()

-- Beyond this, numbers before Lua 5.3 have gaps.
local LARGEST = 2 ^ 53

local check = {}

-- By function: its name, and whether its first argument is self. Those of a session's own chunks go with them.
local names, methods = setmetatable({}, { __mode = "k" }), setmetatable({}, { __mode = "k" })

-- The names of all functions that scripts may find, with a space before and after each; the session's own at the end.
local lasting, known = " ", nil

each_session(function()
  known = lasting
end)

-- The names of the functions of a table that are new, each with a space behind it. In order, as that of `pairs` is another
-- one in each engine, and what was compiled under the same names is not compiled again.
local function named(functions, method)
  local found = {}
  for name, f in pairs(functions) do
    if type(f) == "function" then
      names[f], methods[f] = name, method
      if not find(known, " " .. name .. " ", 1, true) then
        found[#found + 1] = name .. " "
      end
    end
  end
  sort(found)
  return concat(found)
end

-- Names of functions that scripts may find, though the chunk that has them is not loaded before they look. Each with a
-- space behind it.
function check.know(more)
  lasting = lasting .. more
  known = lasting
end

-- Makes the functions of a table known by name, for when they are called by a tail call. `method`: they
-- are methods. LuaJIT does not tell a tail call from a call by pcall.
function check.name(functions, method)
  lasting = lasting .. named(functions, method)
  known = lasting
end

local function name_in_session(functions, method)
  known = known .. named(functions, method)
end

-- The names that are known in this session.
function check.known_names()
  return known
end

-- The same checks for a chunk that runs once in each session.
function check.of_session()
  local checks = {}
  for name, f in pairs(check) do
    checks[name] = f
  end
  checks.name = name_in_session
  return checks
end

-- Since Lua 5.2 getinfo says so; 5.1 has a level of its own for a tail call.
local what = setfenv and "nf" or "nft"
local function called_by_tail_call(info, level)
  if info.istailcall ~= nil then
    return info.istailcall
  end
  local caller = getinfo(level + 1, "S")
  return caller and caller.what == "tail"
end

-- The name under which a module that is loaded has a function, as Lua finds it for one that C has called since 5.2:
-- pcall(string.rep).
local function loaded_name(f)
  for module, functions in next, registry._LOADED do
    if type(module) == "string" and type(functions) == "table" then
      for name, value in next, functions do
        if value == f and type(name) == "string" then
          return module == "_G" and name or module .. "." .. name
        end
      end
    end
  end
end

-- Level 1 is fail, 2 the check, 3 the checked function, 4 the script.
local function fail(index, message)
  local info = getinfo(3, what)
  local name, method = info.name or "?", info.namewhat == "method"
  if not info.name and called_by_tail_call(info, 4) then
    name, method = names[info.func] or "?", methods[info.func]
  elseif not info.name and not setfenv then
    name = loaded_name(info.func) or "?"
  end
  if method then
    index = index - 1
    if index == 0 then
      error(format("calling '%s' on bad self (%s)", name, message), 4)
    end
  end
  error(format("bad argument #%d to '%s' (%s)", index, name, message), 4)
end

-- Lua 5.1 and LuaJIT say "got no value" for a missing argument; a Lua function cannot tell it from
-- nil, and says nil. Since 5.3 an object with a name is called by it.
local function wrong_type(expected, value)
  local metatable = math_type and getmetatable(value)
  local name = metatable and rawget(metatable, "__name")
  return format("%s expected, got %s", expected, type(name) == "string" and name or type(value))
end

-- A string; numbers are converted, as luaL_checkstring does.
function check.string(index, value)
  if type(value) == "string" then
    return value
  end
  if type(value) == "number" then
    return value .. ""
  end
  fail(index, wrong_type("string", value))
end

-- A string up to its first NUL, which is all that C sees of it.
function check.c_string(index, value)
  if type(value) == "number" then
    return value .. ""
  end
  if type(value) ~= "string" then
    fail(index, wrong_type("string", value))
  end
  local nul = find(value, "\0", 1, true)
  return nul and sub(value, 1, nul - 1) or value
end

-- A string, or `default` for nil.
function check.opt_string(index, value, default)
  if value == nil then
    return default
  end
  if type(value) == "string" then
    return value
  end
  if type(value) == "number" then
    return value .. ""
  end
  fail(index, wrong_type("string", value))
end

-- A number; numeric strings are converted.
function check.number(index, value)
  local number = type(value) ~= "boolean" and tonumber(value) or nil
  if not number then
    fail(index, wrong_type("number", value))
  end
  return number
end

-- A number, or `default` for nil.
function check.opt_number(index, value, default)
  if value == nil then
    return default
  end
  local number = type(value) ~= "boolean" and tonumber(value) or nil
  if not number then
    fail(index, wrong_type("number", value))
  end
  return number
end

-- An integer; integral floats and numeric strings are converted. Before Lua 5.3 any number will do
-- and loses its fraction, as luaL_checkinteger has it there.
function check.integer(index, value)
  local number = type(value) ~= "boolean" and tonumber(value) or nil
  if not number then
    fail(index, wrong_type("number", value))
  end
  if math_type then
    local integer = to_integer(number)
    if not integer then
      fail(index, "number has no integer representation")
    end
    return integer
  end
  if number ~= number or number >= LARGEST or number <= -LARGEST then
    fail(index, "number has no integer representation")
  end
  return number < 0 and -floor(-number) or floor(number)
end

-- A value of one type, as luaL_checktype has it.
function check.type(index, value, expected)
  if type(value) ~= expected then
    fail(index, wrong_type(expected, value))
  end
  return value
end

function check.table(index, value)
  if type(value) ~= "table" then
    fail(index, wrong_type("table", value))
  end
  return value
end

-- The number of arguments, self included. Dovecot gives no place for this one.
function check.count(least, most, got)
  if got < least or got > most then
    if least == most then
      error(format("expected %d arguments, got %d", least, got), 0)
    end
    error(format("expected %d to %d arguments, got %d", least, most, got), 0)
  end
end

-- Fails with a message of the caller's own, in the form of a bad argument.
function check.fail(index, message)
  fail(index, message)
end

return check
