"""
What ``script_init`` returns.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Edit, Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax import nodes
from luahost.check.syntax.nodes import Block, Constant, Expression, Function, Node, Number, String, plain

HELP = "end it with `return 0`, which is fine in every version"


class ScriptInitResult(Rule):
    """
    script_init that does not return the integer 0.
    """

    name = "script-init-result"
    severity = "error"
    title = "`script_init` does not return 0"
    reason = (
        "2.3 takes the integer 0 for success and nothing else: without a result the log says `script_init() "
        "returned non-number`, and the script, and every push driver after it, is off for the session. 2.4 "
        "does "
        "not look at the result. The examples in the documents of 2.4 return nothing."
    )
    source = 'Seen in Dovecot 2.3.19.1: nothing, nil, true, 0.0, "0", 1 and -1 all fail.'

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        rule = view.facts.switches["script_init_result"]
        if rule == "any":
            return
        for function in script.meaning.functions.entries.get("script_init", []):
            returns = [node for node in script.meaning.functions.returns_of(function) if view.runs(node)]
            # A script may mean to fail, where a setting is missing; but not always.
            fails = all(self._fails(node) for node in returns)
            for node in returns:
                if (fails or not self._fails(node)) and (complaint := self._complaint(node, rule)):
                    yield Problem(node, f"in {view.facts.title} {complaint}", HELP)
            if rule == "zero" and not ends(function.body):
                where = declared(function)
                words = f"script_init returns nothing, which is a failure in {view.facts.title}: no push"
                yield Problem(where, words, HELP, edits=(self._return(script, function),))

    def _fails(self, node: nodes.Return) -> bool:
        """
        Whether a ``return`` says in so many words that the script failed: with a number that is not 0.
        """
        value = plain(node.values[0]) if node.values else None
        if isinstance(value, nodes.Unary):
            return isinstance(value.operand, Number)
        return isinstance(value, Number) and value.value != 0

    def _complaint(self, node: nodes.Return, rule: str) -> str:
        value = plain(node.values[0]) if node.values else None
        off = "the script is off then"
        if isinstance(value, Number) or (
            isinstance(value, nodes.Unary) and isinstance(value.operand, Number)
        ):
            number = value.value if isinstance(value, Number) else -1
            if number != 0:
                return f"script_init fails with a number that is not 0; {off}"
            return f"0.0 is not the integer 0; {off}" if isinstance(number, float) and rule == "zero" else ""
        if rule == "zero" and (
            value is None or isinstance(value, Constant | String | nodes.Table | Function)
        ):
            return f"script_init has to return the integer 0; {off}"
        return ""

    def _return(self, script: Script, function: Function) -> Edit:
        """
        ``return 0`` as the last line of the function.
        """
        at = function.end - len("end")
        line, column = script.source.place(at)
        before = script.source.line(line)[: column - 1]
        if before.strip():
            return Edit(at, at, "return 0 ")
        return Edit(at, at, f"  return 0\n{before}")


def ends(block: Block) -> bool:
    """
    Whether every way through a block ends in ``return`` or ``error``.
    """
    last = block.statements[-1] if block.statements else None
    if isinstance(last, nodes.Return):
        return True
    if isinstance(last, nodes.If):
        return last.clauses[-1].condition is None and all(ends(clause.body) for clause in last.clauses)
    if isinstance(last, nodes.Do):
        return ends(last.body)
    if isinstance(last, nodes.While):
        return isinstance(last.condition, Constant) and last.condition.text == "true"
    call = plain(last.call) if isinstance(last, nodes.CallStatement) else None
    return (
        isinstance(call, nodes.Call)
        and isinstance(call.function, nodes.Name)
        and call.function.text == "error"
    )


def declared(function: Function) -> Node:
    """
    The name of a function where it is defined, or the function.
    """
    statement = function.parent
    target: Expression | None = None
    if isinstance(statement, nodes.FunctionStatement):
        target = statement.target
    elif isinstance(statement, nodes.Assign | nodes.Local):
        names = statement.targets if isinstance(statement, nodes.Assign) else statement.names
        target = names[0]
    return target or function
