"""
Source → tree: every form that a Lua has, with its place.
"""

from __future__ import annotations

import pytest

from luahost.check.syntax import Source, nodes, parse, resolve

EVERYTHING = b"""\
#!/usr/bin/lua
local x <const>, y <close> = 1, nil
goto done
local a = 7 // 2 | 3 ~ 4 << 1
function m.b.c:d(a, ...) return ... end
local s = [==[
 long]==] .. "a\\n" .. 'q' -- comment
for i = 1, 2, 3 do break end
for k, v in pairs(t) do end
repeat local z = 1 until z
f{1, a=2, ["b"]=3; 4}
f"str" f[[str]]
("x"):rep(3)
a.b["c"].d, e = 1, 2
if a then elseif b then else end
while true do end
::done::
local t = {f = function() end}
x = not -#a ^ 2
return 1, 2;
"""


def tree(text: str) -> Source:
    """
    A script's tree.
    """
    source = parse("push.lua", text.encode())
    assert source.problem is None
    return source


def test_every_form() -> None:
    """
    Statements and expressions of 5.1 to 5.4 are read, and nothing is left out.
    """
    source = parse("push.lua", EVERYTHING)
    found = {type(node).__name__ for node in source.block.walk()}

    assert source.problem is None
    assert len(source.block.statements) == 18
    assert found >= {
        "Local",
        "Assign",
        "FunctionStatement",
        "GenericFor",
        "NumericFor",
        "Repeat",
        "While",
        "If",
    }
    assert found >= {
        "Call",
        "MethodCall",
        "Index",
        "Table",
        "Function",
        "Binary",
        "Unary",
        "Vararg",
        "Return",
    }


def test_places() -> None:
    """
    A node is where it stands, and columns count characters.
    """
    source = tree('local ä = 1\nlocal s = "ä" .. ä\n')
    name = [node for node in source.block.walk() if isinstance(node, nodes.Name)][-1]

    assert source.of(name) == "ä"
    assert source.place(name.start) == (2, 18)
    assert source.line(2) == 'local s = "ä" .. ä'


@pytest.mark.parametrize(
    ("text", "place"),
    [("x = = 1\n", (1, 5)), ("function f(\n", (1, 12)), ("if x then\n", (1, 10))],
)
def test_no_lua(text: str, place: tuple[int, int]) -> None:
    """
    What is no Lua has a problem near where it stops being Lua, and an empty tree.
    """
    source = parse("push.lua", text.encode())

    assert source.problem is not None
    assert source.place(source.problem.start)[0] == place[0]
    assert source.block.statements == []


def test_byte_order_mark() -> None:
    """
    A byte order mark is skipped, as Lua does, and places stay right.
    """
    source = parse("push.lua", b"\xef\xbb\xbflocal x = y\n")

    assert source.problem is None
    assert source.of(list(source.block.walk())[-1]) == "y"


def test_global_is_a_name() -> None:
    """
    ``global`` is a word of Lua 5.5 and a name in the others.
    """
    scopes = resolve(tree("global.x = global\nglobal a, b = 1\nprint(t[global])\n").block)

    assert len(scopes.globals["global"].reads) == 3
    assert len(scopes.globals["a"].writes) == 1


def test_comments() -> None:
    """
    Comments are kept, with their line and whether they stand alone.
    """
    source = tree("x = 1 -- one\n-- two\n")

    assert [(comment.text, comment.line, comment.alone) for comment in source.comments] == [
        (" one", 1, False),
        (" two", 2, True),
    ]


def test_scopes() -> None:
    """
    A name means the innermost variable that is declared before it; a local function knows itself.
    """
    scopes = resolve(
        tree(
            "local x = x\nlocal function f(x) return f(x) end\nrepeat local y until y\nlocal g = function() "
            "g() end\n"
        ).block
    )
    named = {(binding.text, binding.kind): binding for binding in scopes.locals}

    assert len(scopes.globals["x"].reads) == 1
    assert len(named["x", "parameter"].reads) == 1
    assert len(named["f", "function"].reads) == 1
    assert len(named["y", "local"].reads) == 1
    assert len(scopes.globals["g"].reads) == 1
