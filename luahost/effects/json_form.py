"""
Effects in the stable form that ``luahost run --json`` prints, one object an effect.

Its keys are the effect's attributes, and ``effect`` names the kind. Text that is no UTF-8 becomes
``{"bytes": "<hex>"}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from luahost.dataclass import fields
from luahost.effects.kinds import Effect, Failure


def to_json(effect: Effect) -> dict[str, Any]:
    """
    The stable JSON form of an effect. Attributes that are None are left out.
    """
    found: dict[str, Any] = {"effect": effect.kind}
    for attribute in fields(effect):
        value = getattr(effect, attribute.name)
        if value is not None:
            found[attribute.name] = json_value(value)
    return found


def json_value(value: Any) -> Any:
    """
    A value as JSON can say it: bytes and undecodable text as text if they are UTF-8, else as hex; what
    is no finite number by its name.
    """
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape")
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return {"bytes": value.hex()}
    if isinstance(value, Failure):
        found = {f.name: getattr(value, f.name) for f in fields(value)}
        return {name: json_value(item) for name, item in found.items() if item is not None}
    if isinstance(value, float) and not isfinite(value):
        return {"float": str(value)}
    if isinstance(value, Mapping):
        return {json_key(key): json_value(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [json_value(item) for item in value]
    return value


def json_key(key: str) -> str:
    """
    A key as JSON can say it, with bytes that are no UTF-8 in hex behind a backslash.
    """
    return key.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
