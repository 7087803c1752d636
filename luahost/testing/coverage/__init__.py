"""
Coverage of Lua scripts: which lines and functions ran, in which dialect, and reports of it.

``Host(script, coverage=Coverage())`` collects; :func:`report` says what came of it; the forms are in
``table.py``, ``html.py``, ``lcov.py`` and ``cobertura.py``, and ``options.py`` has what every command that
measures coverage takes.
"""

from luahost.testing.coverage.collector import Coverage
from luahost.testing.coverage.report import CoverageReport, FileReport, FunctionReport, report

__all__ = ["Coverage", "CoverageReport", "FileReport", "FunctionReport", "report"]
