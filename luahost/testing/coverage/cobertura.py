"""
A coverage report as Cobertura XML, which CI servers read.

By the DTD ``coverage-04.dtd`` of Cobertura; the scripts of a folder are a package, and each script a class.
"""

from __future__ import annotations

import os
import time
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from luahost.testing.coverage.report import CoverageReport, FileReport, function_names, percent

_NO_BRANCHES = {"branch-rate": "0", "complexity": "0"}
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">\n'
)


def cobertura(report: CoverageReport) -> str:
    """
    The document. Its paths count from the working directory.
    """
    top = Element(
        "coverage",
        {
            "line-rate": _rate(report.lines_run, report.line_count),
            "lines-covered": str(report.lines_run),
            "lines-valid": str(report.line_count),
            "branches-covered": "0",
            "branches-valid": "0",
            **_NO_BRANCHES,
            "version": "luahost",
            "timestamp": str(int(time.time())),
        },
    )
    SubElement(SubElement(top, "sources"), "source").text = os.getcwd()
    packages = SubElement(top, "packages")
    by_folder = sorted(report.files, key=_folder)
    for folder, files in groupby(by_folder, key=_folder):
        _package(packages, folder, list(files))
    indent(top)
    return _HEAD + tostring(top, encoding="unicode") + "\n"


def _folder(file: FileReport) -> str:
    return os.path.dirname(file.path)


def _package(packages: Element, folder: str, files: list[FileReport]) -> None:
    run, lines = sum(file.lines_run for file in files), sum(len(file.lines) for file in files)
    package = SubElement(
        packages, "package", {"name": folder or ".", "line-rate": _rate(run, lines), **_NO_BRANCHES}
    )
    classes = SubElement(package, "classes")
    for file in files:
        _class(classes, file)


def _class(classes: Element, file: FileReport) -> None:
    made = SubElement(
        classes,
        "class",
        {
            "name": os.path.basename(file.path),
            "filename": file.path,
            "line-rate": _rate(file.lines_run, len(file.lines)),
            **_NO_BRANCHES,
        },
    )
    methods = SubElement(made, "methods")
    for function, name in zip(file.functions, function_names(file), strict=True):
        hits = int(bool(function.ran))
        method = SubElement(
            methods, "method", {"name": name, "signature": "", "line-rate": str(hits), **_NO_BRANCHES}
        )
        _line(SubElement(method, "lines"), function.line, hits)
    lines = SubElement(made, "lines")
    for line, ran in file.lines.items():
        _line(lines, line, int(bool(ran)))


def _line(lines: Element, number: int, hits: int) -> None:
    SubElement(lines, "line", {"number": str(number), "hits": str(hits), "branch": "false"})


def _rate(part: int, whole: int) -> str:
    return f"{percent(part, whole) / 100:.4f}"
