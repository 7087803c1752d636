-- spec: loads a spec file into the state of the script that it tests, and runs one test of it; the Lua half of
-- luahost/testing/spec/running.py.
--
-- The file has an environment of its own: busted's words, and behind them the script's globals. A test runs in a
-- coroutine and comes out of it with each act and in the end; see world.lua.
local _, _, import = ...

local error, ipairs, rawset, setmetatable, tostring, type, xpcall = error, ipairs, rawset, setmetatable, tostring, type, xpcall
local create, resume, status = coroutine.create, coroutine.resume, coroutine.status
local string_match, sub = string.match, string.sub
local insert = table.insert
local blocks = import("testing.blocks")
local assert = import("testing.assert")
local doubles = import("testing.spy")
local format = import("testing.format")
local match = import("testing.match")
local say = import("testing.say")
local values = import("testing.values")
local words = import("testing.words")
local world = import("testing.world")
import("testing.array")
local stack = import("runtime.stack")
local runtime = import("runtime")
local guard = runtime.guard

local function nothing() end
local begin_call, end_call = guard and guard.begin_call or nothing, guard and guard.end_call or nothing
local check_stopped, is_stopped = guard and guard.check or nothing, guard and guard.is_stopped or nothing

-- What a spec can require besides the files beside it, for those that were written for busted.
local MODULES = {
  luassert = assert, ["luassert.assert"] = assert, ["luassert.match"] = match, ["luassert.spy"] = doubles.spy,
  ["luassert.stub"] = doubles.stub, ["luassert.mock"] = doubles.mock, say = say,
}

local env = {
  assert = assert, spy = doubles.spy, stub = doubles.stub, mock = doubles.mock, match = match,
  push = world.push, endpoint = world.endpoint, clock = world.clock,
}
blocks.install(env)
MODULES.busted = env

local script_require = runtime.env.require
function env.require(name)
  if name == "busted.runner" then
    return function() end  -- makes a file run itself under busted
  end
  local module = MODULES[name]
  if module then
    return module
  end
  return script_require(name)
end

-- Everything else is the script's, and what the spec adds.
setmetatable(env, { __index = runtime.env, __newindex = runtime.env })

-- What an error value is: the words, where, and the stack, while that still stands. `kind`: a failure is an assertion
-- that does not hold, pending a test that is not to be judged, and everything else an error.
local function take_apart(value)
  if is_stopped() then
    return value
  end
  local file, line, short_file = stack.place()
  local problem = { kind = "error", file = file, line = line }
  if words.is_failure(value) then
    problem.kind = value.pending and "pending" or "failure"
    problem.message = value.words or format.value(value.value)
  elseif value == nil then
    problem.message = "Nil error"
  elseif type(value) == "string" then
    problem.message = stack.at_scripts_line(value, short_file, line)
  else
    problem.message = format.value(value)
  end
  if problem.kind == "error" then
    problem.traceback = stack.from(2)
  end
  return problem
end

-- Calls a function of the spec: nil if all went well, or what went wrong. `where` is its word, if it is not a test's own.
local function attempt(where, f)
  local ok, problem = xpcall(f, take_apart)
  if ok then
    return nil
  end
  check_stopped()
  if type(problem) ~= "table" then
    problem = { kind = "error", message = tostring(problem) }  -- the handler itself has failed, as after a stack overflow
  end
  problem.where = where
  return problem
end

local function add(problems, problem)
  problems[#problems + 1] = problem
end

-- Calls the functions of a block's list; false after the first that fails.
local function each(problems, block, hook)
  for _, f in ipairs(block[hook]) do
    local problem = attempt(hook, f)
    if problem then
      add(problems, problem)
      return false
    end
  end
  return true
end

-- Runs a test with all that belongs around it, and answers what went wrong.
local function run(test)
  local problems, around, last = {}, blocks.around(test), nil
  local in_the_end = {}
  rawset(env, "finally", function(f)
    insert(in_the_end, f)
  end)
  rawset(env, "pending", function(message)
    words.fail(message or "pending", true)
  end)

  local ready = true
  for _, hook in ipairs({ "strict_setup", "lazy_setup" }) do
    for _, block in ipairs(around) do
      ready = ready and each(problems, block, hook)
    end
  end
  for i, block in ipairs(around) do
    if not ready then
      break
    end
    ready, last = each(problems, block, "before_each"), i
  end
  if ready then
    add(problems, attempt(nil, test.f))
    for _, f in ipairs(in_the_end) do
      add(problems, attempt("finally", f))
    end
  end
  for i = last or 0, 1, -1 do
    each(problems, around[i], "after_each")
  end
  for _, hook in ipairs({ "lazy_teardown", "strict_teardown" }) do
    for i = #around, 1, -1 do
      each(problems, around[i], hook)
    end
  end
  return problems
end

-- Entries --------------------------------------------------------------------------------------------

local entries = {}

-- Loads a file: nil if all went well, or message, file, line and traceback. `text`: the number of its text; `number`: which of
-- its tests is to be run.
function entries.load(source, chunkname, text, number)
  blocks.want(number)
  local chunk, message = runtime.compile_script(source, chunkname, env, text)
  if not chunk then
    return message, sub(chunkname, 2), string_match(message, ":(%d+): ")
  end
  begin_call()
  local problem = attempt(nil, chunk)
  end_call()
  if problem then
    return problem.message, problem.file, problem.line, problem.traceback
  end
end

-- The tests: for each its name, its line, and whether it can be run.
function entries.tests()
  local flat = {}
  for _, test in ipairs(blocks.tests) do
    insert(flat, test.name)
    insert(flat, test.line)
    insert(flat, test.f ~= nil)
  end
  return values.flat(flat)
end

local thread

-- What the test has come to: `"act", its name and values…`, or `"done", its problems`.
local function answered(ok, kind, ...)
  end_call()
  if not ok then
    error(kind, 0)
  elseif kind == world.ACT then
    return "act", ...
  end
  local left = status(thread) ~= "dead"
  thread = nil
  if left then
    return "done", values.flat({ { kind = "error", message = "attempt to yield from outside a coroutine" } })
  end
  return "done", kind, ...
end

local function go_on(...)
  begin_call()
  return answered(resume(thread, ...))
end

-- Begins the test that was asked for.
function entries.start()
  local test = blocks.tests[1]
  if not test then
    return "done", values.flat({ { kind = "error", message = "the file has other tests in this run than before" } })
  end
  local snapshot = assert:snapshot()
  blocks.begin()
  thread = create(function()
    local problems = run(test)
    snapshot:revert()
    rawset(env, "finally", nil)
    blocks.forget()
    world.forget()
    return values.flat(problems)
  end)
  world.begin(thread)
  return go_on()
end

-- Goes on after an act: nil if it went well, or what is wrong with it.
function entries.go_on(wrong)
  return go_on(wrong)
end

return entries
