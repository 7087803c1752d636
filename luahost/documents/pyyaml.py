"""
PyYAML, imported. It compiles patterns for its reader in Python, one of which takes as long as all else that
``luahost test`` imports of it and of its own scenarios; libyaml's reader, which is used where it is there,
needs none of them.
"""

from __future__ import annotations

from luahost import patterns

with patterns.late():
    import yaml

__all__ = ["yaml"]
