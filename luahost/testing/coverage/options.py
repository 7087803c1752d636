"""
What every command that measures Lua coverage takes, ``luahost test`` and pytest, and what it does in the end.

Both have option parsers with the same way to add an option, so the options stand here once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from luahost.dataclass import dataclass, field
from luahost.errors import UsageError
from luahost.testing.coverage.collector import Coverage
from luahost.testing.coverage.report import CoverageReport, report
from luahost.testing.coverage.table import table


# What writes a form is imported when one is written.
def _html(found: CoverageReport) -> str:
    from luahost.testing.coverage.html import html

    return html(found)


def _lcov(found: CoverageReport) -> str:
    from luahost.testing.coverage.lcov import lcov

    return lcov(found)


def _cobertura(found: CoverageReport) -> str:
    from luahost.testing.coverage.cobertura import cobertura

    return cobertura(found)


FORMS: dict[str, tuple[Callable[[CoverageReport], str], str]] = {
    "html": (_html, "lua-coverage.html"),
    "lcov": (_lcov, "lua-coverage.lcov"),
    "cobertura": (_cobertura, "lua-coverage.xml"),
}
"""The forms that go to files, and the files' names unless told otherwise."""


def add_options(add: Callable[..., Any]) -> None:
    """
    Add the options: with ``add_argument`` of an argparse parser, or ``addoption`` of pytest's.
    """
    add(
        "--cov-lua",
        action="store_true",
        help="measure which lines and functions of the Lua scripts run, and show it in the end",
    )
    add(
        "--cov-lua-report",
        metavar="FORM[:FILE]",
        action="append",
        default=[],
        help="write Lua coverage to a file too, as html, lcov or cobertura; may be given again "
        f"(default FILE: {', '.join(file for _, file in FORMS.values())})",
    )
    add(
        "--cov-lua-fail-under",
        metavar="PERCENT",
        type=float,
        help="fail if less than so much of the lines ran",
    )


@dataclass(frozen=True, slots=True)
class CoverageRun:
    """
    A run that measures coverage, and what is to become of it.

    Attributes:
        coverage: What to give to every ``Host``.

        reports: Forms and files to write.

        fail_under: How much must run, in per cent; None if it does not matter.
    """

    coverage: Coverage = field(default_factory=Coverage)
    reports: tuple[tuple[str, str], ...] = ()
    fail_under: float | None = None

    def finish(self) -> tuple[str, str | None]:
        """
        Write the files.

        Returns:
            What to show, with a line end, and what is wrong with it: None, or that too little has run.

        Raises:
            UsageError: No script was loaded, or a file cannot be written.
        """
        found = report(self.coverage)
        shown = table(found)
        for form, file in self.reports:
            try:
                with open(file, "w", encoding="utf-8", errors="backslashreplace") as stream:
                    stream.write(FORMS[form][0](found))
            except OSError as error:
                raise UsageError(f"cannot write {file}: {error.strerror}") from None
            shown += f"{form}: {file}\n"
        if self.fail_under is not None and found.percent < self.fail_under:
            return shown, f"{found.percent:.1f}% of the Lua lines ran, and {self.fail_under:g}% are asked for"
        return shown, None


def coverage_run(cov_lua: bool, reports: Sequence[str], fail_under: float | None) -> CoverageRun | None:
    """
    What the options ask for; None if they ask for no coverage. Each of the three does.

    Raises:
        UsageError: There is no such form, or no such percentage.
    """
    if not (cov_lua or reports or fail_under is not None):
        return None
    if fail_under is not None and not 0 <= fail_under <= 100:
        raise UsageError(f"--cov-lua-fail-under is from 0 to 100, not {fail_under:g}")
    return CoverageRun(reports=tuple(_form_and_file(wanted) for wanted in reports), fail_under=fail_under)


def _form_and_file(wanted: str) -> tuple[str, str]:
    form, _, file = wanted.partition(":")
    if form not in FORMS:
        raise UsageError(f"--cov-lua-report has no form {form!r}; there are {', '.join(FORMS)}")
    return form, file or FORMS[form][1]
