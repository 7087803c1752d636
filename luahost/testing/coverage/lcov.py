"""
A coverage report as an lcov tracefile, which editors and ``genhtml`` read.

The format is that of geninfo(1), "FILES". It has counts; here 1 means that a line ran, however often.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.testing.coverage.report import CoverageReport, FileReport, function_names


def lcov(report: CoverageReport) -> str:
    """
    The tracefile.
    """
    return "".join(f"{line}\n" for file in report.files for line in _record(file))


def _record(file: FileReport) -> Iterator[str]:
    yield "TN:"
    yield f"SF:{file.path}"
    names = function_names(file)
    for function, name in zip(file.functions, names, strict=True):
        yield f"FN:{function.line},{name}"
    for function, name in zip(file.functions, names, strict=True):
        yield f"FNDA:{int(bool(function.ran))},{name}"
    yield f"FNF:{len(file.functions)}"
    yield f"FNH:{file.functions_run}"
    for line, ran in file.lines.items():
        yield f"DA:{line},{int(bool(ran))}"
    yield f"LF:{len(file.lines)}"
    yield f"LH:{file.lines_run}"
    yield "end_of_record"
