"""
The forms of a coverage report, each taken apart as its readers do.
"""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from luahost.errors import UsageError
from luahost.events import MessageNew
from luahost.host import Host
from luahost.testing.coverage import Coverage, CoverageReport, report
from luahost.testing.coverage.cobertura import cobertura
from luahost.testing.coverage.html import html
from luahost.testing.coverage.lcov import lcov
from luahost.testing.coverage.options import CoverageRun, coverage_run
from luahost.testing.coverage.table import table
from tests.conftest import WriteScript

SCRIPT = """\
function dovecot_lua_notify_begin_txn() end
function dovecot_lua_notify_end_txn() end
function dovecot_lua_notify_event_message_new(ctx, event)
  if event.uid < 0 then
    print("a < b & c")

    -- not a line of code
    print("never")
  end
end
local never = function()
  return 1
end
"""


@pytest.fixture
def coverage(script: WriteScript) -> Coverage:
    """
    What ran of SCRIPT, and what did not.
    """
    collected = Coverage()
    with Host(script(SCRIPT), coverage=collected).session("bob") as session:
        session.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=7))
    return collected


@pytest.fixture
def found(coverage: Coverage) -> CoverageReport:
    """
    The report of it.
    """
    return report(coverage)


def test_table(found: CoverageReport) -> None:
    """
    The table names each file with its shares and the blocks that did not run.
    """
    head, row, dialects, events = table(found).splitlines()

    assert head.split() == ["Lua", "coverage", "lines", "functions", "not", "run"]
    assert row.split() == [found.files[0].path, "4/7", "57%", "3/4", "75%", "5-12"]
    assert dialects == "dialects: documented"
    assert events == "events handled: 1 of 12: MessageNew"


def test_lcov(found: CoverageReport) -> None:
    """
    An lcov tracefile has a record of each file, with its functions, its lines and their counts.
    """
    lines = lcov(found).splitlines()

    assert lines[:2] == ["TN:", f"SF:{found.files[0].path}"]
    assert "FN:11,never" in lines
    assert "FNDA:0,never" in lines
    assert [line for line in lines if line.startswith("DA:")] == [
        "DA:1,1",
        "DA:2,1",
        "DA:3,1",
        "DA:4,1",
        "DA:5,0",
        "DA:8,0",
        "DA:12,0",
    ]
    assert lines[-3:] == ["LF:7", "LH:4", "end_of_record"]


def test_cobertura(found: CoverageReport) -> None:
    """
    Cobertura's XML counts the same lines, in classes named after files.
    """
    top = ElementTree.fromstring(cobertura(found).split("\n", 2)[2])

    assert (top.get("lines-covered"), top.get("lines-valid"), top.get("line-rate")) == ("4", "7", "0.5714")
    (of_file,) = top.iterfind("packages/package/classes/class")
    assert of_file.get("filename") == found.files[0].path
    hits = {line.get("number"): line.get("hits") for line in of_file.iterfind("lines/line")}
    assert hits == {"1": "1", "2": "1", "3": "1", "4": "1", "5": "0", "8": "0", "12": "0"}
    assert [method.get("name") for method in of_file.iterfind("methods/method")][-1] == "never"


class Page(HTMLParser):
    """
    The rows of a page's tables that have a class, and whether every element is closed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, str] = {}
        self.texts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        given = dict(attributes)
        if tag == "tr" and given.get("id") and given.get("class"):
            self.rows[str(given["id"])] = str(given["class"])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_html(found: CoverageReport) -> None:
    """
    The page shows every line as it stands, and colours those that can run.
    """
    page = Page()
    page.feed(html(found))
    page.close()

    assert page.open == []
    assert '    print("a < b & c")' in page.texts
    assert page.rows == {
        "file0-1": "run",
        "file0-2": "run",
        "file0-3": "run",
        "file0-4": "run",
        "file0-5": "missed",
        "file0-8": "missed",
        "file0-12": "missed",
    }


def test_files_and_threshold(coverage: Coverage, tmp_path: Path) -> None:
    """
    A run writes the files it is asked for and says when too little ran.
    """
    wanted = coverage_run(False, [f"lcov:{tmp_path / 'a.lcov'}", f"html:{tmp_path / 'a.html'}"], 60)
    assert wanted is not None
    wanted.coverage.merge(coverage)

    shown, wrong = wanted.finish()

    assert (tmp_path / "a.lcov").read_text().startswith("TN:")
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")
    assert f"lcov: {tmp_path / 'a.lcov'}" in shown
    assert wrong == "57.1% of the Lua lines ran, and 60% are asked for"
    assert CoverageRun(coverage, fail_under=50).finish()[1] is None


def test_no_coverage_is_asked_for() -> None:
    """
    Without any of the options nothing is measured, and with any of them it is.
    """
    assert coverage_run(False, [], None) is None
    assert coverage_run(True, [], None) is not None
    assert coverage_run(False, [], 0) is not None


@pytest.mark.parametrize(
    ("reports", "fail_under", "words"),
    [
        (["pdf"], None, "--cov-lua-report has no form 'pdf'; there are html, lcov, cobertura"),
        ([], 101.0, "--cov-lua-fail-under is from 0 to 100, not 101"),
    ],
)
def test_wrong_options(reports: list[str], fail_under: float | None, words: str) -> None:
    """
    What is asked for and cannot be is told before anything runs.
    """
    with pytest.raises(UsageError) as raised:
        coverage_run(True, reports, fail_under)

    assert str(raised.value) == words


def test_nothing_to_report(coverage: Coverage) -> None:
    """
    A run in which no script was loaded has no coverage, and a file that cannot be written is named.
    """
    with pytest.raises(UsageError, match="no script was loaded"):
        CoverageRun().finish()
    with pytest.raises(UsageError, match=r"cannot write /nowhere/a\.html: No such file or directory"):
        CoverageRun(coverage, reports=(("html", "/nowhere/a.html"),)).finish()
