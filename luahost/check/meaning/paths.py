"""
What a name in a script refers to in Lua's libraries, and where a node stands.
"""

from __future__ import annotations

from luahost.check.syntax import Scopes
from luahost.check.syntax.nodes import Expression, Function, Index, Name, Node, plain


def path(expression: Expression, scopes: Scopes) -> str | None:
    """
    ``table.insert`` for what Lua's libraries have under that name, or a local variable that holds it;
    None for everything else.
    """
    node = plain(expression)
    if isinstance(node, Name):
        if node.binding is None:
            variable = scopes.globals.get(node.text)
            return node.text if variable is None or not variable.writes else None
        writes = node.binding.writes
        if node.binding.kind != "local" or len(writes) != 1 or writes[0].value is None:
            return None
        value = plain(writes[0].value)
        # `local insert = table.insert`; a longer chain is not followed.
        if writes[0].position or not isinstance(value, Index | Name) or value is node:
            return None
        if isinstance(value, Name):
            return value.text if value.binding is None and value.text != "dovecot" else None
        return path(value, scopes)
    if isinstance(node, Index) and node.name is not None:
        owner = plain(node.object)
        if isinstance(owner, Name) and owner.text != "dovecot":
            base = path(owner, scopes)
            return f"{base}.{node.name}" if base is not None else None
    return None


def function_of(node: Node) -> Function | None:
    """
    The function that a node stands in, None for the script's own chunk.
    """
    return next((above for above in node.above() if isinstance(above, Function)), None)
