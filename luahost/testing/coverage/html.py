"""
A coverage report as one page of HTML, with the text of every file; it needs no other file and no network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from luahost.testing.coverage.report import CoverageReport, FileReport, percent, shown_percent

_STYLE = """
:root { color-scheme: light dark; --run: #e3f3e3; --missed: #fbdcdc; --part: #fdf3cf; --dim: #767676 }
@media (prefers-color-scheme: dark) {
  :root { --run: #17301a; --missed: #4a1d1d; --part: #44390f; --dim: #9a9a9a }
}
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 }
th, td { text-align: left; padding: .2rem 1rem .2rem 0 }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
meter { width: 8rem }
.source { font: 13px/1.45 ui-monospace, monospace; width: 100%; tab-size: 4 }
.source td { padding: 0 .6rem; white-space: pre }
.source td:first-child, .source td:last-child { color: var(--dim); text-align: right; width: 1% }
.source td:nth-child(2) { overflow-wrap: anywhere; white-space: pre-wrap }
.run { background: var(--run) } .missed { background: var(--missed) } .part { background: var(--part) }
.key span { padding: 0 .5rem; margin-right: .5rem }
"""


def html(report: CoverageReport) -> str:
    """
    The page.
    """
    return "\n".join(_page(report)) + "\n"


def _page(report: CoverageReport) -> Iterator[str]:
    title = f"Lua coverage: {shown_percent(report.lines_run, report.line_count)}"
    yield "<!doctype html>"
    yield f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<style>{_STYLE}</style></head><body>"
    yield f"<h1>{title}</h1>"
    yield f"<p>Dialects: {escape(', '.join(report.dialects))}.</p>"
    yield from _files(report)
    yield from _tried(report)
    yield (
        '<p class="key"><span class="run">ran</span><span class="part">ran in some dialects only, named at '
        'the right</span><span class="missed">did not run</span></p>'
    )
    for number, file in enumerate(report.files):
        yield from _file(number, file, report.dialects)
    yield "</body></html>"


def _files(report: CoverageReport) -> Iterator[str]:
    yield '<table><tr><th>file</th><th></th><th class="number">lines</th>'
    yield '<th class="number">functions</th></tr>'
    for number, file in enumerate(report.files):
        whole = percent(file.lines_run, len(file.lines))
        yield (
            f'<tr><td><a href="#file{number}">{escape(file.path)}</a></td>'
            f'<td><meter max="100" value="{whole:.1f}"></meter></td>'
            f"{_share(file.lines_run, len(file.lines))}{_share(file.functions_run, len(file.functions))}</tr>"
        )
    yield "</table>"


def _share(part: int, whole: int) -> str:
    return f'<td class="number">{part}/{whole} ({shown_percent(part, whole)})</td>'


def _tried(report: CoverageReport) -> Iterator[str]:
    for title, counts in (("event handled", report.events), ("fault of the endpoint", report.faults)):
        if counts:
            yield f'<table><tr><th>{title}</th><th class="number">times</th></tr>'
            for name, count in counts.items():
                kind = "run" if count else "missed"
                yield f'<tr class="{kind}"><td>{name}</td><td class="number">{count}</td></tr>'
            yield "</table>"
    if report.endings:
        yield '<table><tr><th>requests without success</th><th class="number">times</th></tr>'
        for ending, count in report.endings.items():
            yield f'<tr><td>{escape(ending)}</td><td class="number">{count}</td></tr>'
        yield "</table>"


def _file(number: int, file: FileReport, dialects: Sequence[str]) -> Iterator[str]:
    yield f'<h2 id="file{number}">{escape(file.path)}</h2>'
    idle = [function for function in file.functions if not function.ran]
    if idle:
        links = ", ".join(
            f'<a href="#file{number}-{function.line}">{escape(function.name)}</a>' for function in idle
        )
        yield f"<p>Functions that did not run: {links}.</p>"
    yield '<table class="source">'
    lines = file.source[:-1] if file.source[-1] == "" else file.source
    for line, text in enumerate(lines, start=1):
        yield _line(f"file{number}-{line}", line, text, file.lines.get(line), dialects)
    yield "</table>"


def _line(name: str, number: int, text: str, ran: Sequence[str] | None, dialects: Sequence[str]) -> str:
    kind, note = "", ""
    if ran is not None:
        kind = "run" if len(ran) == len(dialects) else "part" if ran else "missed"
        note = ", ".join(ran) if kind == "part" else ""
    opening = f'<tr id="{name}" class="{kind}">' if kind else f'<tr id="{name}">'
    return f"{opening}<td>{number}</td><td>{escape(text)}</td><td>{escape(note)}</td></tr>"
