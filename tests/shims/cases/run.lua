-- Runs the cases of one file, under luahost or under any Lua with the real LuaSocket.
--
-- A file of cases returns a table of functions. run() calls each with the world (where the endpoints
-- are) and answers `name<tab>what it gives` line by line. A request for /mark/<name> stands before
-- each case, so that the endpoint's log falls into cases too.

-- luacheck: globals run

local canonical = require("canonical")

local function world()
  local found = {}
  for _, name in ipairs({ "base", "secure", "silent_port", "ca", "wrong_ca", "misnamed", "misnamed_ca" }) do
    found[name] = os.getenv("LUAHOST_TEST_" .. string.upper(name))
  end
  return found
end

function run()
  local cases = require(os.getenv("LUAHOST_TEST_CASES"))
  local here = world()
  local names, lines = {}, {}
  for name in pairs(cases) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    if here.base then
      require("socket.http").request(here.base .. "/mark/" .. name)
    end
    lines[#lines + 1] = name .. "\t" .. canonical.call(cases[name], here)
  end
  return table.concat(lines, "\n")
end
