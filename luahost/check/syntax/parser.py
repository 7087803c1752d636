"""
Source → tree, with tree-sitter's grammar for Lua. The only import of tree-sitter.

The grammar takes what any Lua from 5.1 to 5.4 and LuaJIT takes, and a little more. What a certain Lua has
against a script is not asked here: only that Lua can say it, and does when the script is loaded.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import tree_sitter
import tree_sitter_lua

from luahost.check.syntax import nodes
from luahost.check.syntax.nodes import Block, Expression, Node, Statement
from luahost.check.syntax.source import Comment, Source, SyntaxProblem

Raw = tree_sitter.Node


@functools.cache
def _grammar() -> tuple[tree_sitter.Parser, tree_sitter.Query]:
    language = tree_sitter.Language(tree_sitter_lua.language())
    return tree_sitter.Parser(language), tree_sitter.Query(language, "(comment) @c")


def parse(file: str, text: bytes) -> Source:
    """
    Read a script. One that is no Lua has a ``problem``.
    """
    source = Source(file, text)
    parser, comments = _grammar()
    # The grammar does not know the byte order mark, which Lua skips; blanks keep the offsets.
    root = parser.parse(b"   " + text[3:] if text.startswith(b"\xef\xbb\xbf") else text).root_node
    for node in tree_sitter.QueryCursor(comments).captures(root).get("c", []):
        source.comments.append(_comment(source, node))
    source.comments.sort(key=lambda comment: comment.start)
    if root.has_error:
        source.problem = _problem(root)
    else:
        try:
            source.block = _Reader(text).block(root, root.start_byte, root.end_byte)
        except _NotLuaError as error:
            source.problem = SyntaxProblem(error.node.start_byte, error.node.end_byte)
        _adopt(source.block)
    return source


def _comment(source: Source, node: Raw) -> Comment:
    written = source.text[node.start_byte : node.end_byte].decode("utf-8", "replace")
    line, _ = source.place(node.start_byte)
    before = source.text[source.line_start(line) : node.start_byte]
    return Comment(written.removeprefix("--"), line, not before.strip(), node.start_byte, node.end_byte)


def _problem(root: Raw) -> SyntaxProblem:
    """
    The innermost first node that is an error or is missing.
    """
    node = root
    while True:
        inner = next((child for child in node.children if child.has_error or child.is_missing), None)
        if inner is None:
            return SyntaxProblem(node.start_byte, max(node.end_byte, node.start_byte + 1))
        node = inner


def _adopt(block: Block) -> None:
    block.parent = None
    waiting: list[Node] = [block]
    while waiting:
        node = waiting.pop()
        for child in node.children():
            child.parent = node
            waiting.append(child)


def _at(node: Node, start: int, end: int) -> None:
    node.start, node.end = start, end


class _NotLuaError(Exception):
    """
    The grammar takes what no Lua takes.
    """

    def __init__(self, node: Raw) -> None:
        super().__init__(node.type)
        self.node = node


class _Reader:
    """
    Makes nodes of tree-sitter's, kind by kind.
    """

    def __init__(self, text: bytes) -> None:
        self._text = text

    def text(self, raw: Raw) -> str:
        return self._text[raw.start_byte : raw.end_byte].decode("utf-8", "surrogateescape")

    def named(self, raw: Raw) -> list[Raw]:
        # To the grammar `global` is a word of Lua 5.5 wherever it stands, and so has no name.
        found = [child for child in raw.named_children if child.type != "comment"]
        if len(found) < raw.child_count and any(child.type == "global" for child in raw.children):
            words = [child for child in raw.children if child.is_named or child.type == "global"]
            found = [child for child in words if child.type != "comment"]
        return found

    def block(self, raw: Raw | None, start: int, end: int) -> Block:
        """
        The statements in a node. Where there are none tree-sitter has no node.
        """
        statements = []
        for child in self.named(raw) if raw is not None else ():
            if child.type not in _NO_STATEMENTS:
                statements.append(self.statement(child))
        block = Block(statements)
        _at(block, start, end)
        return block

    def body(self, raw: Raw, field: str = "body") -> Block:
        inner = raw.child_by_field_name(field)
        if inner is None:
            return self.block(None, raw.end_byte, raw.end_byte)
        return self.block(inner, inner.start_byte, inner.end_byte)

    def statement(self, raw: Raw) -> Statement:
        if raw.type not in _STATEMENTS:
            raise _NotLuaError(raw)
        node = _STATEMENTS[raw.type](self, raw)
        _at(node, raw.start_byte, raw.end_byte)
        return node

    def expression(self, raw: Raw) -> Expression:
        if raw.type not in _EXPRESSIONS:
            raise _NotLuaError(raw)
        node = _EXPRESSIONS[raw.type](self, raw)
        _at(node, raw.start_byte, raw.end_byte)
        return node

    def expressions(self, raw: Raw | None) -> list[Expression]:
        return [] if raw is None else [self.expression(child) for child in self.named(raw)]

    def field(self, raw: Raw, name: str) -> Raw:
        inner = raw.child_by_field_name(name)
        if inner is None:
            raise _NotLuaError(raw)
        return inner

    def name(self, raw: Raw) -> nodes.Name:
        node = nodes.Name(self.text(raw))
        _at(node, raw.start_byte, raw.end_byte)
        return node

    def word(self, raw: Raw) -> nodes.String:
        """
        A name that is a key: a string to Lua.
        """
        node = nodes.String(self.text(raw), raw.start_byte)
        _at(node, raw.start_byte, raw.end_byte)
        return node

    def exactly(self, raw: Raw, number: int) -> list[Raw]:
        """
        The parts of a node, of which there is this number.
        """
        found = self.named(raw)
        if len(found) != number:
            raise _NotLuaError(raw)
        return found

    # Statements

    def local(self, raw: Raw) -> Statement:
        word = raw.children[0].type
        inner = self.named(raw)[-1]
        names, values = (inner, None) if inner.type == "variable_list" else self._sides(inner)
        if word == "global":
            # 5.5's declaration; what it sets, it sets.
            return nodes.Assign(list(self._declared(names)), self.expressions(values))
        return nodes.Local(self._declared(names), self.expressions(values))

    def _declared(self, raw: Raw) -> list[nodes.Name]:
        return [self.name(child) for child in self.named(raw) if child.type in ("identifier", "global")]

    def _sides(self, raw: Raw) -> tuple[Raw, Raw]:
        left, right = self.exactly(raw, 2)
        return left, right

    def assign(self, raw: Raw) -> Statement:
        targets, values = self._sides(raw)
        return nodes.Assign(self.expressions(targets), self.expressions(values))

    def call_statement(self, raw: Raw) -> Statement:
        return nodes.CallStatement(self.expression(raw))

    def do(self, raw: Raw) -> Statement:
        return nodes.Do(self.body(raw))

    def while_(self, raw: Raw) -> Statement:
        return nodes.While(self.expression(self.field(raw, "condition")), self.body(raw))

    def repeat(self, raw: Raw) -> Statement:
        return nodes.Repeat(self.body(raw), self.expression(self.field(raw, "condition")))

    def if_(self, raw: Raw) -> Statement:
        clauses = [self._clause(raw, raw, "consequence")]
        for child in raw.children_by_field_name("alternative"):
            if child.type == "elseif_statement":
                clauses.append(self._clause(child, child, "consequence"))
            else:
                clause = nodes.Clause(None, self.body(child))
                _at(clause, child.start_byte, child.end_byte)
                clauses.append(clause)
        return nodes.If(clauses)

    def _clause(self, raw: Raw, at: Raw, field: str) -> nodes.Clause:
        clause = nodes.Clause(self.expression(self.field(raw, "condition")), self.body(raw, field))
        _at(clause, at.start_byte, max(clause.body.end, self.field(raw, "condition").end_byte))
        return clause

    def for_(self, raw: Raw) -> Statement:
        clause = self.field(raw, "clause")
        body = self.body(raw)
        if clause.type == "for_numeric_clause":
            name, *bounds = self.named(clause)
            return nodes.NumericFor(self.name(name), [self.expression(bound) for bound in bounds], body)
        names, values = self.exactly(clause, 2)
        return nodes.GenericFor(self._declared(names), self.expressions(values), body)

    def function_statement(self, raw: Raw) -> Statement:
        target = self.field(raw, "name")
        method = target.type == "method_index_expression"
        function = self._function(raw, method=method)
        is_local = raw.children[0].type == "local"
        if not method:
            return nodes.FunctionStatement(self.expression(target), function, is_local)
        index = nodes.Index(
            self.expression(self.field(target, "table")), self.word(self.field(target, "method"))
        )
        _at(index, target.start_byte, target.end_byte)
        return nodes.FunctionStatement(index, function, is_local)

    def return_(self, raw: Raw) -> Statement:
        return nodes.Return([value for child in self.named(raw) for value in self.expressions(child)])

    def jump(self, raw: Raw) -> Statement:
        return nodes.Jump("break" if raw.type == "break_statement" else "goto")

    # Expressions

    def string(self, raw: Raw) -> Expression:
        content = raw.child_by_field_name("content")
        if content is None:
            return nodes.String("", raw.start_byte)
        return nodes.String(self.text(content), content.start_byte)

    def number(self, raw: Raw) -> Expression:
        return nodes.Number(self.text(raw))

    def constant(self, raw: Raw) -> Expression:
        return nodes.Constant(raw.type)

    def vararg(self, raw: Raw) -> Expression:
        return nodes.Vararg()

    def function(self, raw: Raw) -> Expression:
        return self._function(raw, method=False)

    def _function(self, raw: Raw, *, method: bool) -> nodes.Function:
        written = self.field(raw, "parameters")
        parameters = self._declared(written)
        if method:
            own = nodes.Name("self")
            _at(own, written.start_byte, written.start_byte)
            parameters.insert(0, own)
        vararg = any(child.type == "vararg_expression" for child in self.named(written))
        node = nodes.Function(parameters, vararg, self.body(raw))
        _at(node, raw.start_byte, raw.end_byte)
        return node

    def dotted(self, raw: Raw) -> Expression:
        return nodes.Index(self.expression(self.field(raw, "table")), self.word(self.field(raw, "field")))

    def bracketed(self, raw: Raw) -> Expression:
        return nodes.Index(
            self.expression(self.field(raw, "table")), self.expression(self.field(raw, "field"))
        )

    def call(self, raw: Raw) -> Expression:
        target = self.field(raw, "name")
        arguments = self.expressions(self.field(raw, "arguments"))
        if target.type != "method_index_expression":
            return nodes.Call(self.expression(target), arguments)
        owner = self.expression(self.field(target, "table"))
        return nodes.MethodCall(owner, self.word(self.field(target, "method")), arguments)

    def binary(self, raw: Raw) -> Expression:
        left, right = self.field(raw, "left"), self.field(raw, "right")
        operator = next(
            child.type for child in raw.children if not child.is_named and child.start_byte >= left.end_byte
        )
        return nodes.Binary(operator, self.expression(left), self.expression(right))

    def unary(self, raw: Raw) -> Expression:
        return nodes.Unary(raw.children[0].type, self.expression(self.field(raw, "operand")))

    def table(self, raw: Raw) -> Expression:
        return nodes.Table([self._table_field(child) for child in self.named(raw)])

    def _table_field(self, raw: Raw) -> nodes.Field:
        key = raw.child_by_field_name("name")
        value = self.expression(self.field(raw, "value"))
        if key is None:
            field = nodes.Field(None, value)
        else:
            bracketed = raw.children[0].type == "["
            field = nodes.Field(self.expression(key) if bracketed else self.word(key), value)
        _at(field, raw.start_byte, raw.end_byte)
        return field

    def parentheses(self, raw: Raw) -> Expression:
        (inner,) = self.exactly(raw, 1)
        return nodes.Parentheses(self.expression(inner))


_STATEMENTS: dict[str, Callable[[_Reader, Raw], Statement]] = {
    "variable_declaration": _Reader.local,
    "assignment_statement": _Reader.assign,
    "function_call": _Reader.call_statement,
    "do_statement": _Reader.do,
    "while_statement": _Reader.while_,
    "repeat_statement": _Reader.repeat,
    "if_statement": _Reader.if_,
    "for_statement": _Reader.for_,
    "function_declaration": _Reader.function_statement,
    "return_statement": _Reader.return_,
    "break_statement": _Reader.jump,
    "goto_statement": _Reader.jump,
    "label_statement": _Reader.jump,
}

_NO_STATEMENTS = frozenset({"hash_bang_line", "empty_statement", "implicit_variable_declaration"})

_EXPRESSIONS: dict[str, Callable[[_Reader, Raw], Expression]] = {
    "identifier": _Reader.name,
    "global": _Reader.name,
    "string": _Reader.string,
    "number": _Reader.number,
    "nil": _Reader.constant,
    "true": _Reader.constant,
    "false": _Reader.constant,
    "vararg_expression": _Reader.vararg,
    "function_definition": _Reader.function,
    "dot_index_expression": _Reader.dotted,
    "bracket_index_expression": _Reader.bracketed,
    "function_call": _Reader.call,
    "binary_expression": _Reader.binary,
    "unary_expression": _Reader.unary,
    "table_constructor": _Reader.table,
    "parenthesized_expression": _Reader.parentheses,
}
