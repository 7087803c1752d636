"""
Where a setting of Dovecot 2.4 belongs: its path in the tree, whatever prefixes it is written with.

In a block a setting may do without the block's prefix, and it may have it: in ``push_notification ox { }``
``url``, ``ox_url`` and ``push_notification_ox_url`` are one setting.
"""

from __future__ import annotations

from collections.abc import Sequence

from luahost.config import filters
from luahost.config.origin import Origin
from luahost.config.quoting import unquoted
from luahost.config.statements import Block

LISTS = ("mail_plugins", "lua_settings")
"""Lists of names: ``LIST { key = value }`` adds to one, ``LIST = …`` makes it anew."""

PUSH = "push_notification"
MAIL_LUA = "mail_lua"

PUSH_SETTINGS = frozenset({"driver", "ox_url", "ox_cache_ttl", "ox_user_from_metadata"})
"""What begins with ``push_notification_`` in Dovecot 2.4.1."""

Path = tuple[str, ...]


def canonical_path(blocks: Sequence[Block], key: str | None, origin: Origin) -> Path:
    """
    The path of a setting, or of the last block if ``key`` is None; empty for a filter.

    Raises:
        ConfigError: Dovecot 2.4 knows no such setting or block, and it looks like one for push.
    """
    inner = [block for block in blocks if not filters.is_filter(block)]
    path: list[str] = []
    for block in inner:
        check_block(block, path)
        path += [part for part in (block.kind, block.name) if part]
    if key is None:
        return () if blocks and filters.is_filter(blocks[-1]) else tuple(path)
    if path and path[-1] in LISTS:
        quoted = unquoted(key)
        return (*path, key if quoted is None else quoted)
    names = [name for name in key.split("/") if name] or [key]
    if path[:1] == [PUSH] and len(path) == 2 and len(names) == 1:
        return (*path, push_setting(path[1], names[0], origin))
    if not path:
        check_global(names, origin)
        if names[0].startswith(f"{MAIL_LUA}_"):
            return (MAIL_LUA, names[0].removeprefix(f"{MAIL_LUA}_"), *names[1:])
    if path == [MAIL_LUA]:
        return (*path, names[0].removeprefix(f"{MAIL_LUA}_"), *names[1:])
    return (*path, *names)


def push_setting(block: str, key: str, origin: Origin) -> str:
    """
    A setting's name in a block ``push_notification BLOCK { }``.

    Raises:
        ConfigError: It has the prefix, and there is none of this name.
    """
    bare = key.removeprefix(f"{PUSH}_")
    for name in (f"{block}_{bare}", bare):
        if name in PUSH_SETTINGS:
            return name
    if bare == key:
        return key
    known = "write " + bare if bare.startswith("lua_") else f"there are {', '.join(sorted(PUSH_SETTINGS))}"
    raise origin.error(f"Unknown setting: {key}; {known}")


def check_block(block: Block, around: Sequence[str]) -> None:
    """
    Refuse blocks that a configuration for push cannot have meant so.
    """
    if around:
        return
    if block.kind == "plugin":
        raise block.origin.error(
            "Dovecot 2.4 has no plugin { }: a driver is a block push_notification NAME { driver = … }, "
            "and what a script reads stands in its lua_settings { }"
        )
    if block.kind == PUSH and not block.name:
        raise block.origin.error(f"{PUSH} needs a name: {PUSH} NAME {{")
    if block.kind in (MAIL_LUA, *LISTS) and block.name:
        raise block.origin.error(f"{block.kind} {{ }} has no name, found {block.name}")


def check_global(names: Sequence[str], origin: Origin) -> None:
    """
    Refuse settings of Dovecot 2.3 that push would miss.
    """
    if names[0].startswith(f"{PUSH}_") and names[0].removeprefix(f"{PUSH}_") not in PUSH_SETTINGS:
        raise origin.error(f"Unknown setting: {names[0]}; a driver is a block {PUSH} NAME {{ driver = … }}")
    if names[0] == "dovecot_config_version":
        raise origin.error("dovecot_config_version must be the first setting, and stand there once")
