"""
The Lua script that has a real Dovecot write a recording: ``luahost/lua/record/probe.lua``, with what belongs
into ``dovecot.conf`` at its head.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from luahost import patterns
from luahost.errors import UsageError
from luahost.events import EVENTS
from luahost.runtime.chunks import chunk_source

_HEADS = {
    "2.3": ("record.head_2_3",),
    "2.4": ("record.head_2_4",),
    None: ("record.head_2_3", "record.head_2_4"),
}

PROBE_DIALECTS = tuple(dialect for dialect in _HEADS if dialect is not None)
"""The Dovecots that it runs in. The script is the same for all; the configuration is not."""

_EVENTS = patterns.compile(r"(?<= EVENTS = )\{.*?^\}", re.MULTILINE | re.DOTALL)


def probe(dialect: str | None = None, events: Sequence[str] = ()) -> str:
    """
    The script.

    Args:
        dialect: Whose configuration to show; None for each.

        events: The events to record; empty for all twelve.

    Raises:
        UsageError: There is no such event.
    """
    known = [event.name for event in EVENTS]
    for name in events:
        if name not in known:
            raise UsageError(f"no event {name}; there are {', '.join(known)}")
    heads = "--\n".join(_text(head) for head in _HEADS[dialect])
    script = _text("record.probe")
    if events:
        chosen = ", ".join(f'"{name}"' for name in known if name in events)
        script = _EVENTS.sub(f"{{ {chosen} }}", script, count=1)
    return f"{heads}--\n{script}"


def _text(chunk: str) -> str:
    source = chunk_source(chunk)
    if source is None:
        raise RuntimeError(f"this installation of luahost lacks {chunk}")
    return source.decode("utf-8")
