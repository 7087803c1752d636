"""
YAML files that people write: trees in which every value knows its line, and reading them by tables.

Fixtures and ``luahost.yaml`` are such files. What their keys mean is not known here.
"""
