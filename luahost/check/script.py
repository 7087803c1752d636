"""
A script as rules see it: its tree, its variables, and what its expressions are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from luahost.check.facts import Facts
from luahost.check.meaning import Meaning, View
from luahost.check.options import Options
from luahost.check.syntax import Source, resolve
from luahost.check.syntax.nodes import Node

N = TypeVar("N", bound=Node)


class Script:
    """
    A parsed script.

    Attributes:
        source: Its text and tree.

        scopes: Its variables.

        meaning: What its expressions are.

        options: What is asked of the check.
    """

    def __init__(self, source: Source, facts: Mapping[str, Facts], options: Options) -> None:
        self.source = source
        self.options = options
        self.scopes = resolve(source.block)
        self._index: dict[type[Node], list[Node]] = {}
        for node in source.block.walk():
            self._index.setdefault(type(node), []).append(node)
        self.meaning = Meaning(self._index, self.scopes, facts.values())
        self.views = {
            name: View(source.block, self.meaning, self.scopes, facts[name]) for name in options.dialects
        }

    def nodes(self, one: type[N]) -> list[N]:
        """
        All nodes of a class, whether they can run or not.
        """
        return self._index.get(one, [])  # type: ignore[return-value]  # the key is the class
