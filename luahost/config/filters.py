"""
Filters: the blocks that say for whom their settings are. luahost knows the service and no connection.

So ``protocol`` blocks apply or not, and what stands in ``local``, ``remote`` or ``local_name`` never does.
"""

from __future__ import annotations

from collections.abc import Sequence

from luahost.config.origin import Note, Origin
from luahost.config.statements import Block

ORDER = ("local", "local_name", "remote", "protocol")
"""The filters, in the order in which they may stand in each other."""

CONNECTION_FILTERS = frozenset(ORDER) - {"protocol"}


def is_filter(block: Block) -> bool:
    """
    Whether the block says for whom, and not what.
    """
    return block.kind in ORDER


def filters_of(blocks: Sequence[Block]) -> int:
    """
    How many blocks at the beginning are filters.

    Raises:
        ConfigError: They stand in each other in an order that Dovecot refuses.
    """
    count = 0
    while count < len(blocks) and is_filter(blocks[count]):
        if count:
            check_order(blocks[count - 1], blocks[count])
        count += 1
    return count


def check_order(outer: Block, inner: Block) -> None:
    """
    Refuse what Dovecot refuses, in its words.
    """
    if outer.kind == inner.kind == "protocol":
        raise inner.origin.error(
            "Nested protocol { protocol { .. } } block not allowed; is a } missing above?"
        )
    if ORDER.index(inner.kind) < ORDER.index(outer.kind):
        raise inner.origin.error(
            f"{outer.kind} {{ {inner.kind} {{ .. }} }} not allowed "
            f"(use {inner.kind} {{ {outer.kind} {{ .. }} }} instead)"
        )


def applies(filters: Sequence[tuple[str, str]], service: str) -> bool:
    """
    Whether what stands in these filters, each a kind and a name, is for a service.
    """
    for kind, name in filters:
        if kind in CONNECTION_FILTERS:
            return False
        if name.startswith("!"):
            if name[1:] == service:
                return False
        elif name != service:
            return False
    return True


def connection_note(kind: str, origin: Origin) -> Note:
    """
    What to say of settings that luahost leaves out.
    """
    return Note(origin, f"luahost has no connection, so what is for push in {kind} {{ }} is left out")
