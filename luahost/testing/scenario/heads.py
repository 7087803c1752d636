"""
Items of lists under ``then``: a head alone, or with what stands behind it.
"""

from __future__ import annotations

from luahost.documents.values import Value, as_written
from luahost.documents.yaml_tree import MappingNode, ScalarNode
from luahost.sources.when import only_member


def head_and_details(value: Value, example: str) -> tuple[str, Value | None]:
    """
    An item's head and what stands behind it: ``info``, or ``info: text``.
    """
    if isinstance(value.node, ScalarNode) and not value.is_nothing:
        return as_written(value), None
    if not isinstance(value.node, MappingNode):
        raise value.expected(example)
    head, details = only_member(value)
    return head, None if details.is_nothing else details
