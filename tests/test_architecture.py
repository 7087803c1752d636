"""
The cut of the house: which room may know which, and what belongs to one room alone.
"""

from __future__ import annotations

import ast
import functools
import re
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "luahost"
MODULES = sorted(PACKAGE.rglob("*.py"))
LUA = sorted((PACKAGE / "lua").rglob("*.lua"))

# Lower rooms know nothing of higher ones. Rooms of one floor do not know each other.
FLOORS = [
    {"dataclass", "patterns"},
    {"errors", "clock"},
    {"folders", "whole_file"},
    {"events", "dialects", "effects", "documents", "database_file"},
    {"check_section"},
    {"message", "store", "runtime"},
    {"tls", "mail_log", "timeline"},
    {"coverage_seam", "origin"},
    {"exchange"},
    {"metered"},
    {"egress_policy"},
    {"lookup"},
    {"network"},
    {"egress"},
    {"api", "shims"},
    {"drivers"},
    {"transaction"},
    {"host"},
    {"sources", "config"},
    {"testing", "server"},
    {"check"},
    {"doctor"},
    {"cli"},
]

# Floors apart, what a room must not know.
STRANGERS = {
    "message": {"runtime"},
    "store": {"runtime"},
    "runtime": {"events", "dialects", "effects", "message", "store"},
    "mail_log": {"runtime", "message", "store"},
    "origin": {"runtime", "message"},
    "timeline": {"runtime", "message", "store"},
    "metered": {"events", "dialects", "message", "store", "mail_log", "origin"},
    "network": {"runtime", "message", "store", "effects", "egress_policy"},
    "egress": {"runtime", "message", "store"},
    "egress_policy": {"runtime", "message", "store"},
    "api": {"egress"},
    "shims": {"events", "message", "store", "dialects"},
    "transaction": {"runtime", "egress", "api", "shims"},
    "server": {"cli"},
}

# Packages, and the rooms that alone import them.
OWNED = {
    "dataclasses": {"dataclass"},
    "lupa": {"runtime"},
    "h11": {"network"},
    "yaml": {"documents"},
    "gevent": {"server"},
    "greenlet": {"server"},
    "httptools": {"server"},
    "uvloop": {"server"},
    "msgspec": {"server", "sources"},
    "prometheus_client": {"server"},
    "nats": {"server"},
    "nkeys": {"server"},
    "sqlite3": {"database_file", "store", "server"},
    "pytest": {"testing"},
    "tree_sitter": {"check"},
    "tree_sitter_lua": {"check"},
}


@dataclass(frozen=True)
class Contents:
    """
    What of a module is asked for here.

    Attributes:
        imports: Every module that it imports, wherever that stands; relative imports in full.

        texts: Every string that is no docstring.

        prints: Whether it names ``print``, ``stdout`` or ``stderr``.

        docstring: Its own, None if it has none.
    """

    imports: tuple[str, ...]
    texts: tuple[str, ...]
    prints: bool
    docstring: str | None


@functools.cache
def contents(module: Path) -> Contents:
    """
    A module's, looked for once.
    """
    imported: list[str] = []
    texts: list[str] = []
    prints = False
    docstrings: set[int] = set()
    tree = ast.parse(module.read_text("utf-8"))
    for node in ast.walk(tree):
        # Parents come first.
        match node:
            case ast.Constant(value=str() | bytes() as text) if id(node) not in docstrings:
                texts.append(text if isinstance(text, str) else text.decode("latin-1"))
            case ast.Name():
                prints |= node.id == "print"
            case ast.Attribute():
                prints |= node.attr in ("stdout", "stderr")
            case ast.Expr(value=ast.Constant()):
                docstrings.add(id(node.value))
            case ast.Import():
                imported += [alias.name for alias in node.names]
            case ast.ImportFrom():
                base = [*module.relative_to(PACKAGE.parent).parts[: -node.level]] if node.level else []
                name = ".".join([*base, *([node.module] if node.module else [])])
                imported += [name, *(f"{name}.{alias.name}" for alias in node.names)]
    return Contents(tuple(imported), tuple(texts), prints, ast.get_docstring(tree))


def room(module: Path) -> str:
    """
    The room that a module belongs to; "" for the package itself.
    """
    name = module.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if name in ("__init__", "__main__") else name


def rooms_known_to(module: Path) -> set[str]:
    """
    The rooms that a module imports from, its own left out.
    """
    parts = [name.split(".") for name in contents(module).imports]
    known = {names[1] for names in parts if names[0] == "luahost" and len(names) > 1}
    return (known & {name for floor in FLOORS for name in floor}) - {room(module)}


def test_arrows_point_one_way() -> None:
    """
    A module imports from lower floors only, and nothing that its room must not know.
    """
    for module in MODULES:
        own = room(module)
        if not own:
            continue
        floor = next(number for number, names in enumerate(FLOORS) if own in names)
        allowed = set().union(*FLOORS[:floor]) - STRANGERS.get(own, set())

        assert rooms_known_to(module) <= allowed, module


def test_owned_packages() -> None:
    """
    lupa, h11 and YAML are each imported in one room.
    """
    for module in MODULES:
        for package, owners in OWNED.items():
            if any(name.split(".")[0] == package for name in contents(module).imports):
                assert room(module) in owners, module


def test_patterns_are_compiled_late() -> None:
    """
    No import compiles a regular expression; see luahost/patterns.py.
    """
    at_the_top = re.compile(r"^\S.*\bre\.compile\(", re.MULTILINE)

    assert [file for file in MODULES if at_the_top.search(file.read_text("utf-8"))] == []


def test_owned_packages_are_imported() -> None:
    """
    The rule above watches something.
    """
    imported = {name.split(".")[0] for module in MODULES for name in contents(module).imports}
    named = {name for module in MODULES for name in re.findall(r'"(lupa)\.', module.read_text("utf-8"))}

    assert imported | named >= {"lupa", "h11"}


def test_drivers_do_not_know_each_other() -> None:
    """
    A driver imports none of the others.
    """
    for module in MODULES:
        drivers = {"dlog", "ox", "lua"}
        own = module.stem
        if room(module) == "drivers" and own in drivers:
            known = {
                name.split(".")[2] for name in contents(module).imports if name.startswith("luahost.drivers.")
            }
            assert not known & (drivers - {own}), module


def test_only_the_command_line_prints() -> None:
    """
    ``print``, ``sys.stdout`` and ``sys.stderr`` are the command line's.
    """
    for module in MODULES:
        if room(module) == "cli":
            continue
        assert not contents(module).prints, module


LUA_WORDS = re.compile(
    r"\b(local \w+ =|function\s*\w*\(.*\)|end\b.*\bend\b|then\n|return function)", re.MULTILINE
)


def test_no_lua_in_python() -> None:
    """
    Lua lives in files of its own.
    """
    for module in MODULES:
        assert [text for text in contents(module).texts if LUA_WORDS.search(text)] == [], module


def test_size() -> None:
    """
    A file that grows beyond 400 lines has a second subject.
    """
    for file in (*MODULES, *LUA):
        assert len(file.read_text("utf-8").splitlines()) <= 400, file


def test_orientation() -> None:
    """
    A file opens by saying what it is for.
    """
    for file in (*MODULES, *LUA):
        text = file.read_text("utf-8")
        if file.suffix == ".lua":
            assert text.startswith("-- "), file
        else:
            assert contents(file).docstring, file


def test_names() -> None:
    """
    No file is a drawer for everything.
    """
    for file in (*MODULES, *LUA):
        assert not set(file.relative_to(PACKAGE).with_suffix("").parts) & {
            "common",
            "helper",
            "helpers",
            "manager",
            "misc",
            "util",
            "utils",
        }


def test_floors_have_every_room() -> None:
    """
    A new room is put on a floor.
    """
    rooms = {room(module) for module in MODULES} - {""}

    assert rooms <= {name for floor in FLOORS for name in floor}
