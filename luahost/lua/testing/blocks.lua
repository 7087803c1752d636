-- blocks: the words in which a spec file says what its tests are: describe, it, before_each and the like, as in busted.
--
-- The file runs from top to bottom and leaves a tree of blocks; nothing in it is tested meanwhile.
local error, ipairs, pairs, type = error, ipairs, pairs, type
local getinfo = debug.getinfo
local concat, insert = table.concat, table.insert

-- Lists of functions that a block has, besides its tests.
local HOOKS = {
  "strict_setup", "lazy_setup", "before_each", "after_each", "lazy_teardown", "strict_teardown",
}
local SAME_HOOK = { setup = "strict_setup", teardown = "strict_teardown" }

local function block(name, parent)
  local made = { name = name, parent = parent }
  for _, hook in ipairs(HOOKS) do
    made[hook] = {}
  end
  return made
end

local blocks = {}

-- The tests, in order: name, line, block, f (nil for one that is pending). Where one is to be run, only that.
blocks.tests = {}

local current = block()
local count, wanted = 0, nil
local running = false  -- whether a test runs; then nothing can be added

-- What a test is called: the names of its blocks and its own.
local function full_name(name, parent)
  local names = { name }
  while parent do
    if parent.name then
      insert(names, 1, parent.name)
    end
    parent = parent.parent
  end
  return concat(names, " ")
end

local function check_place(word)
  if running then
    error("'" .. word .. "' not supported inside current context block", 3)
  end
end

local function check_argument(word, number, value, expected)
  if type(value) ~= expected then
    error("bad argument #" .. number .. " to '" .. word .. "' (" .. expected .. " expected, got " .. type(value) .. ")", 3)
  end
end

-- The words, for the environment of the spec.
function blocks.install(env)
  local function describe(word)
    env[word] = function(name, f)
      check_place(word)
      if f == nil and type(name) == "function" and (word == "insulate" or word == "expose") then
        name, f = nil, name
      else
        check_argument(word, 1, name, "string")
      end
      check_argument(word, 2, f, "function")
      local outer = current
      current = block(name, outer)
      f()
      current = outer
    end
  end
  for _, word in ipairs({ "describe", "context", "insulate", "expose" }) do
    describe(word)
  end

  local function it(word, pending)
    env[word] = function(name, f)
      check_place(word)
      count = count + 1
      if wanted then
        if count == wanted then
          blocks.tests[1] = { block = current, f = f }
        end
        return
      end
      check_argument(word, 1, name, "string")
      if f ~= nil then
        check_argument(word, 2, f, "function")
      end
      insert(blocks.tests, {
        name = full_name(name, current), line = getinfo(2, "l").currentline, f = not pending and f or nil,
      })
    end
  end
  for _, word in ipairs({ "it", "specify", "spec", "test" }) do
    it(word)
  end
  it("pending", true)

  local function hook(word, list)
    env[word] = function(f)
      check_place(word)
      check_argument(word, 1, f, "function")
      insert(current[list], f)
    end
  end
  for _, word in ipairs(HOOKS) do
    hook(word, word)
  end
  for word, same in pairs(SAME_HOOK) do
    hook(word, same)
  end

  -- Tests run in their order, each in a state of its own: there is nothing that another order could show.
  function env.randomize() end
end

-- The blocks around a test, the outermost first.
function blocks.around(test)
  local found, one = {}, test.block
  while one do
    insert(found, 1, one)
    one = one.parent
  end
  return found
end

-- Only the test of this number is asked for, and the file has been listed before.
function blocks.want(number)
  wanted = number
end

-- Nothing can be added from now on.
function blocks.begin()
  running = true
end

-- Forgets everything.
function blocks.forget()
  blocks.tests, current = {}, nil
end

return blocks
