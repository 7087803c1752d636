"""
How an expression is used, and what follows it: questions rules ask of a tree.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.meaning.meaning import Meaning
from luahost.check.meaning.paths import function_of
from luahost.check.syntax import Binding, nodes
from luahost.check.syntax.nodes import Expression, Function, MethodCall, Name, Node, Statement, plain

LOOPS = (nodes.GenericFor, nodes.NumericFor, nodes.While, nodes.Repeat)


def is_question(node: Expression, meaning: Meaning) -> bool:
    """
    Whether an expression is asked for only: ``x and …``, ``x or …``, ``if x``, ``not x``, ``x == nil``,
    ``type(x)``.
    """
    inner: Node = node
    parent = node.parent
    while isinstance(parent, nodes.Parentheses):
        inner, parent = parent, parent.parent
    match parent:
        case nodes.Binary(operator="and" | "or"):
            return parent.left is inner or is_question(parent, meaning)
        case nodes.Binary(operator="==" | "~="):
            other = plain(parent.right if parent.left is inner else parent.left)
            return isinstance(other, nodes.Constant) and other.text == "nil"
        case nodes.Unary(operator="not"):
            return True
        case nodes.Clause() | nodes.While() | nodes.Repeat():
            return parent.condition is inner
        case nodes.Call():
            return meaning.path(parent.function) == "type"
    return False


def is_written(node: Expression) -> bool:
    """
    Whether an expression is the target of an assignment or of a function's definition.
    """
    parent = node.parent
    if isinstance(parent, nodes.Assign):
        return any(target is node for target in parent.targets)
    return isinstance(parent, nodes.FunctionStatement)


def is_called(node: Expression) -> bool:
    """
    Whether an expression is what a call calls.
    """
    return isinstance(node.parent, nodes.Call) and node.parent.function is node


def called_at_once(function: Function | None, meaning: Meaning) -> bool:
    """
    Whether a function is handed to ``pcall`` where it stands.
    """
    call = function.parent if function is not None else None
    return (
        isinstance(call, nodes.Call)
        and bool(call.arguments)
        and call.arguments[0] is function
        and meaning.path(call.function) in ("pcall", "xpcall")
    )


def protected(node: Node, meaning: Meaning) -> bool:
    """
    Whether an error in a node is caught: it stands in a function that is handed to ``pcall``.
    """
    function = function_of(node)
    while function is not None:
        if called_at_once(function, meaning):
            return True
        function = function_of(function)
    return False


def loop_around(node: Node) -> Statement | None:
    """
    The innermost loop that repeats a node, in the same function.
    """
    inner = node
    for above in node.above():
        if isinstance(above, Function):
            return None
        if isinstance(above, nodes.GenericFor) and any(inner is value for value in above.values):
            inner = above
            continue
        if isinstance(above, LOOPS):
            return above
        inner = above
    return None


def conditions_above(node: Node) -> Iterator[Expression]:
    """
    The conditions under which a node runs: of the ``if`` around it, and of ``and``.
    """
    inner = node
    for above in node.above():
        if isinstance(above, Function):
            return
        if isinstance(above, nodes.Clause) and above.condition is not None and inner is above.body:
            yield above.condition
        if isinstance(above, nodes.Binary) and above.operator == "and" and inner is above.right:
            yield above.left
        inner = above


def uses_of(binding: Binding) -> Iterator[MethodCall]:
    """
    The method calls on a variable, in the order of the source.
    """
    for read in binding.reads:
        if isinstance(read.parent, MethodCall) and read.parent.object is read:
            yield read.parent


def chain_of(call: MethodCall) -> Iterator[MethodCall]:
    """
    A method call and those on its result: ``a:b():c():d()`` from ``a:b()`` on.
    """
    node: Node = call
    while isinstance(node, MethodCall):
        yield node
        above = node.parent
        if not (isinstance(above, MethodCall) and above.object is node):
            return
        node = above


def root_of(node: Expression) -> Expression:
    """
    What a chain of method calls begins with: ``a`` of ``a:b():c()``.
    """
    node = plain(node)
    while isinstance(node, MethodCall):
        node = plain(node.object)
    return node


def held_by(call: Expression) -> Binding | None:
    """
    The local variable that a call's first result is put into where the variable is declared.
    """
    node: Node = call
    while isinstance(node.parent, nodes.Parentheses):
        node = node.parent
    statement = node.parent
    if isinstance(statement, nodes.Local) and statement.values and statement.values[0] is node:
        return statement.names[0].binding
    return None


def escapes(binding: Binding, meaning: Meaning) -> bool:
    """
    Whether a variable's value gets anywhere where it cannot be followed: it is returned, handed over, put
    into a table, or caught by an inner function, unless that is called at once by ``pcall``.
    """
    for read in binding.reads:
        parent = read.parent
        if isinstance(parent, MethodCall) and parent.object is read:
            function = function_of(read)
            if function is not binding.function and not called_at_once(function, meaning):
                return True
            continue
        if isinstance(parent, nodes.Index) and parent.object is read:
            continue
        if isinstance(parent, nodes.Clause | nodes.Unary):
            continue
        return True
    return False


def after(node: Node) -> Iterator[Statement]:
    """
    The statements that may come right behind a node: those below its statement in the block, and if it stands
    in a condition, those under the condition.
    """
    inner: Node = node
    for above in node.above():
        if isinstance(above, nodes.Clause) and inner is above.condition:
            yield from above.body.statements
        if isinstance(above, nodes.Block):
            seen = False
            for statement in above.statements:
                if seen:
                    yield statement
                seen = seen or statement is inner
            return
        inner = above


def names_in(node: Node) -> Iterator[Name]:
    """
    The variables that a node reads.
    """
    return (one for one in node.walk() if isinstance(one, Name))


def writes_between(binding: Binding, start: int, end: int) -> bool:
    """
    Whether a variable is set anew between two offsets.
    """
    return any(start < write.name.start < end for write in binding.writes)
