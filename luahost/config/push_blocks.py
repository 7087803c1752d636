"""
What Dovecot 2.4 calls a setting: its whole name and the filter that it is for, whatever prefixes are written.

In a block a setting may do without the block's prefix, and it may have it: in ``push_notification ox { }``
``url``, ``ox_url`` and ``push_notification_ox_url`` are one setting.
"""

from __future__ import annotations

from collections.abc import Sequence

from luahost.config import filters
from luahost.config.origin import Origin
from luahost.config.statements import Block

LISTS = ("mail_plugins", "lua_settings")
"""Lists of names: ``LIST { key = value }`` adds to one, ``LIST = …`` makes it anew."""

PUSH = "push_notification"
MAIL_LUA = "mail_lua"
GROUP = "group"

PUSH_SETTINGS = frozenset({"driver", "ox_url", "ox_cache_ttl", "ox_user_from_metadata"})
"""What begins with ``push_notification_`` in Dovecot 2.4.1."""

Part = tuple[str, str]
"""A filter: its kind and its name. A list's block is none."""

Path = tuple[Part, ...]


def filters_of(blocks: Sequence[Block]) -> Path:
    """
    The filters that blocks in each other are.

    Raises:
        ConfigError: Dovecot refuses one of them, or refuses them in this order.
    """
    path: Path = ()
    for block in blocks:
        if block.kind in LISTS:
            continue
        check_block(block, path)
        path = (*path, (block.kind, block.name))
    return path


def list_of(blocks: Sequence[Block]) -> str | None:
    """
    The list that the last of these blocks is, None if it is none.
    """
    return blocks[-1].kind if blocks and blocks[-1].kind in LISTS else None


def full_name(path: Path, key: str, origin: Origin) -> str:
    """
    A setting's whole name, as it is written in that filter.

    Raises:
        ConfigError: It looks like a setting for push, and Dovecot knows none of this name.
    """
    kind, name = path[-1] if path else ("", "")
    if kind == GROUP:
        # In a group @label name { } Dovecot tries label and name as it does a block's.
        kind, _, name = name.removeprefix("@").partition(" ")
    if kind == PUSH:
        if f"ox_{key}" in PUSH_SETTINGS and name != "ox":
            raise origin.error(f"Unknown setting: {key}; in a block that is not called ox it is ox_{key}")
        for prefix in (f"{PUSH}_{name}_", f"{PUSH}_"):
            if f"{prefix}{key}".removeprefix(f"{PUSH}_") in PUSH_SETTINGS:
                return f"{prefix}{key}"
    elif kind == MAIL_LUA and key.startswith(f"{MAIL_LUA}_"):
        raise origin.error(f"Unknown setting: {key}; in {MAIL_LUA} {{ }} it is {key[len(MAIL_LUA) + 1 :]}")
    bare = key.removeprefix(f"{PUSH}_")
    if bare == key or bare in PUSH_SETTINGS:
        return key
    words = f"a driver is a block {PUSH} NAME {{ driver = … }}"
    if kind == PUSH:
        known = f"there are {', '.join(sorted(PUSH_SETTINGS))}"
        words = f"write {bare}" if bare.startswith("lua_") else known
    raise origin.error(f"Unknown setting: {key}; {words}")


def check_block(block: Block, around: Path) -> None:
    """
    Refuse a block that Dovecot refuses where it stands.
    """
    if filters.is_filter(block):
        check_filter(block, around)
    elif block.kind == GROUP and around:
        raise block.origin.error("groups must defined at top-level, not under filters; is a } missing above?")
    elif block.kind == "plugin" and not around:
        raise block.origin.error(
            "Dovecot 2.4 has no plugin { }: a driver is a block push_notification NAME { driver = … }, "
            "and what a script reads stands in its lua_settings { }"
        )
    elif block.kind == PUSH and not block.name:
        raise block.origin.error(f"{PUSH} {{ }} is missing section name: {PUSH} needs a name, {PUSH} NAME {{")
    elif block.kind == PUSH and block.name.startswith("__"):
        raise block.origin.error(f"Named list filter name must not begin with '__': {block.name}")
    elif block.kind == MAIL_LUA and block.name:
        raise block.origin.error(f"{MAIL_LUA} {{ }} must not have a section name, found {block.name}")


def check_filter(block: Block, around: Path) -> None:
    """
    Refuse ``protocol``, ``local`` and their like in what they cannot stand in.
    """
    if not around:
        return
    kind, name = around[-1]
    if kind in filters.ORDER:
        filters.check_order(Block(kind, name, block.origin), block)
        return
    if (kind, block.kind) != ("service", "protocol"):
        raise block.origin.error(
            f"{kind} {{ {block.kind} {{ .. }} }} not allowed (use {block.kind} {{ {kind} {{ .. }} }} instead)"
        )
