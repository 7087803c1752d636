-- dovecot.more: the functions that Dovecot 2.4 added; see luahost/api/more.py.
local host, check = ...

local gmatch, gsub, select = string.gmatch, string.gsub, select

-- Byte 1 marks an escape: what follows it stands for a control character, or for itself.
local ESCAPES = { ["\1"] = "\0011", ["\t"] = "\1t", ["\r"] = "\1r", ["\n"] = "\1n" }
local CHARACTERS = { ["0"] = "\0", ["1"] = "\1", t = "\t", r = "\r", n = "\n" }

-- A C string: an escaped NUL ends it.
local function unescaped(text)
  local plain = gsub(text, "\1(.?)", function(character)
    return CHARACTERS[character] or character
  end)
  return (gsub(plain, "%z.*", ""))
end

-- Adds the functions to `functions`.
return function(functions)
  -- These three do not count their arguments.
  function functions.gettimeofday()
    local seconds, microseconds = host.gettimeofday()
    return { tv_sec = seconds, tv_usec = microseconds }
  end

  function functions.nanoseconds()
    return (host.nanoseconds())
  end

  function functions.microseconds()
    return (host.microseconds())
  end

  function functions.net_ip_family(...)
    check.count(1, 1, select("#", ...))
    local address = check.c_string(1, (...))
    return (host.net_ip_family(address))
  end

  function functions.tabescape(...)
    check.count(1, 1, select("#", ...))
    local text = check.c_string(1, (...))
    return (gsub(text, "[\1\t\r\n]", ESCAPES))
  end

  function functions.tabunescape(...)
    check.count(1, 1, select("#", ...))
    local text = check.c_string(1, (...))
    return unescaped(text)
  end

  function functions.split_tabescaped(...)
    check.count(1, 1, select("#", ...))
    local text = check.c_string(1, (...))
    local fields = {}
    if text ~= "" then
      for field in gmatch(text .. "\t", "([^\t]*)\t") do
        fields[#fields + 1] = unescaped(field)
      end
    end
    return fields
  end
end
