"""
Effects as snapshots keep them: without what differs from run to run or from machine to machine, and without
secrets.

Left out is how long something took, and process IDs, addresses of Lua's objects, ports that a system chose
and the folder of the tests are replaced. Hidden are headers, fields, parameters and settings that are called
like a secret.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from luahost import patterns
from luahost.config.secrets import HIDDEN, is_secret, masked
from luahost.effects import Effect, to_json

SHORTEST_SECRET = 4
"""Characters; the value of a secret setting that is shorter would be found in too many other texts."""

_VOLATILE = frozenset(("seconds",))
_PROCESS = patterns.compile(r"<[0-9]+>|\([0-9]+\)")
_OBJECT = patterns.compile(r"\b((?:table|function|thread|userdata): )0x[0-9a-f]+")
_PORT = patterns.compile(
    r"(\b127\.0\.0\.1:|\blocalhost:|\[::1\]:)(?:3[2-9][0-9]{3}|[45][0-9]{4}|6[0-5][0-9]{3})\b"
)
_JSON_FIELD = patterns.compile(r'("([\w.-]+)"\s*:\s*)"(?:[^"\\]|\\.)*"')
_SECRET_HEADERS = patterns.compile("cookie|^authorization$|^proxy-authorization$", re.IGNORECASE)


def redacted(effects: Iterable[Effect], *, script: str, settings: Mapping[str, str]) -> list[dict[str, Any]]:
    """
    What a snapshot keeps of effects, in the form of :func:`luahost.effects.to_json`.

    Args:
        effects: What happened.

        script: The script's path; its folder is not in the snapshot.

        settings: The script's settings; values of secret ones are not in the snapshot.
    """
    replacements: list[tuple[str, str]] = []
    folder = os.path.dirname(script)
    if folder:
        replacements.append((folder + os.sep, ""))
    replacements += [
        (value, HIDDEN)
        for name, value in settings.items()
        if is_secret(name) and len(value) >= SHORTEST_SECRET
    ]

    def clean(text: str) -> str:
        for found, instead in replacements:
            text = text.replace(found, instead)
        text = _JSON_FIELD.sub(_hide_json_field, masked("", text))
        text = _OBJECT.sub(r"\g<1>0x…", text)
        return _PORT.sub(r"\g<1>PORT", text)

    return [_effect(to_json(effect), clean) for effect in effects]


def _effect(found: dict[str, Any], clean: Callable[[str], str]) -> dict[str, Any]:
    kept = {key: value for key, value in found.items() if key not in _VOLATILE and value not in ([], {}, "")}
    if "process" in kept:
        kept["process"] = _PROCESS.sub("<PID>", kept["process"], count=1)
    for key in ("headers", "response_headers"):
        if key in kept:
            kept[key] = [[name, _header(name, value)] for name, value in kept[key]]
    return {key: _cleaned(value, clean) for key, value in kept.items()}


def _header(name: str, value: Any) -> Any:
    return HIDDEN if is_secret(name) or _SECRET_HEADERS.search(name) else value


def _cleaned(value: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {
            key: HIDDEN if is_secret(key) and isinstance(item, str) and item else _cleaned(item, clean)
            for key, item in value.items()
        }
    if isinstance(value, Sequence):
        return [_cleaned(item, clean) for item in value]
    return value


def _hide_json_field(found: re.Match[str]) -> str:
    return f'{found[1]}"{HIDDEN}"' if is_secret(found[2]) else found[0]
