"""
Which lines can run is what Lua's compiler says, and what a hook hears when they do.
"""

from __future__ import annotations

from luahost.testing.coverage.executable import code_lines, executable

SCRIPT = b"""\
local queue = {}
local function add(item)
  if item then
    queue[#queue + 1] = item
  else
    return nil
  end
  return function()
    return queue
  end
end

function queue:size(...)
  return #self, ...
end

return add(1)()
"""


def test_lines_of_functions(lua: str) -> None:
    """
    Every function of a file has lines of its own, those that nobody calls and those within others too.
    """
    found = {function.name: function.lines for function in executable(SCRIPT, lua)}

    assert list(found) == ["", "add", "function", "queue:size"]
    assert found["add"] >= {3, 4, 6}
    assert 9 in found["function"]
    assert 9 not in found["add"]
    assert 14 in found["queue:size"]
    assert found[""] >= {1, 17}


def test_lines_of_code(lua: str) -> None:
    """
    For a reader, the lines that can run are without those of a lone ``end``.
    """
    assert code_lines(SCRIPT, lua) - {2, 8, 13} == {1, 3, 4, 6, 9, 14, 17}


def test_no_lua() -> None:
    """
    A file that does not compile has no lines that can run.
    """
    assert executable(b"function f( end", "5.4") == ()
    assert code_lines(b"function f( end", "5.4") == frozenset()


def test_nothing_of_the_file_runs(lua: str) -> None:
    """
    To find out its lines, a file is compiled and not run.
    """
    assert code_lines(b"while true do end\nfunction f() while true do end end", lua)


def test_functions_on_one_line() -> None:
    """
    Functions that begin on one line are one, for Lua calls them by that line.
    """
    outside, both = executable(
        b"f, g = function()\n  a()\nend, 1\nh(function() b() end, function() c() end)", "5.4"
    )[:2]

    assert (outside.line, both.line) == (0, 1)
    assert both.lines == {2, 3}
