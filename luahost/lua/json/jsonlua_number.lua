-- json.jsonlua_number: numbers that keep the digits they were written with, after JSON.lua.
--
-- A table with the text in S and Lua's number in N, which calculates as the number and prints as the
-- text.

local getmetatable, setmetatable, tonumber, tostring, type = getmetatable, setmetatable, tonumber, tostring, type

local M = {}

local function plain(value)
  return type(value) == "table" and value.N or value
end

local META = {
  __tostring = function(number) return number.S end,
  __concat = function(left, right) return tostring(left) .. tostring(right) end,
  __unm = function(number) return -plain(number) end,
  __add = function(left, right) return plain(left) + plain(right) end,
  __sub = function(left, right) return plain(left) - plain(right) end,
  __mul = function(left, right) return plain(left) * plain(right) end,
  __div = function(left, right) return plain(left) / plain(right) end,
  __mod = function(left, right) return plain(left) % plain(right) end,
  __pow = function(left, right) return plain(left) ^ plain(right) end,
  __eq = function(left, right) return plain(left) == plain(right) end,
  __lt = function(left, right) return plain(left) < plain(right) end,
  __le = function(left, right) return plain(left) <= plain(right) end,
}
META.__index = META

function M.is(value)
  return type(value) == "table" and getmetatable(value) == META
end

function M.new(item)
  if M.is(item) then
    return item
  elseif type(item) == "table" and type(item.S) == "string" and type(item.N) == "number" then
    return setmetatable(item, META)
  end
  return setmetatable({ S = tostring(item), N = tonumber(item) }, META)
end

function M.text(item)
  return type(item) == "table" and type(item.S) == "string" and item.S or tostring(item)
end

function M.number(item)
  return type(item) == "table" and type(item.N) == "number" and item.N or tonumber(item)
end

return M
