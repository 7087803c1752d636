"""
Scenarios under faults: what is lost, what breaks, how long it takes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.errors import InputError, UsageError
from luahost.testing import RunOptions
from luahost.testing.collect import BrokenFile
from luahost.testing.coverage import Coverage, report
from luahost.testing.fault_matrix import Matrix, Message, Row, fault_matrix
from luahost.testing.fault_matrix.json_form import objects
from luahost.testing.fault_matrix.table import table
from luahost.testing.scenario import load

SCRIPT = """\
local http = require("socket.http")
local NEW = "http://push.example/new"

function dovecot_lua_notify_begin_txn(user)
  return { user = user, read = {} }
end

-- Asks twice, and does not mind.
function dovecot_lua_notify_event_message_new(ctx, event)
  http.TIMEOUT = 10
  if not http.request(NEW, event.subject) then
    require("socket").sleep(1)
    http.request(NEW, event.subject)
  end
end

-- Leaves it to the end, and minds.
function dovecot_lua_notify_event_message_read(ctx, event)
  table.insert(ctx.read, event.uid)
end

function dovecot_lua_notify_end_txn(ctx)
  if #ctx.read > 0 then
    local body, code = http.request("http://push.example/read")
    if not body then error("no answer: " .. code) end
  end
end
"""

SCENARIOS = """\
script: push.lua
endpoint:
  POST /new: {status: 204, optional: true}
  GET /read: {body: fine, optional: true}
mailboxes: {INBOX: {messages: [{uid: 1}, {uid: 2}]}}
scenarios:
  - name: one arrives
    when: [deliver: "Subject: Hello"]
    then: {requests: 1}
  - name: two are read
    when: [read: "1:2"]
  - name: later
    pending: not thought through
    when: [deliver: "Subject: Hello"]
"""

NEW, READ, END = (
    "dovecot_lua_notify_event_message_new",
    "dovecot_lua_notify_event_message_read",
    "dovecot_lua_notify_end_txn",
)


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    """
    The file above, beside its script.
    """
    (tmp_path / "push.lua").write_text(SCRIPT)
    file = tmp_path / "push.luatest.yaml"
    file.write_text(SCENARIOS)
    return file


def by_function(matrix: Matrix) -> dict[str, Row]:
    """
    The rows by function.
    """
    return {row.function: row for row in matrix.rows}


def test_what_is_lost(scenarios: Path) -> None:
    """
    A message is lost that nobody took in, though somebody did without the fault; where handlers leave the
    sending to the end, what is sent there counts.
    """
    matrix = fault_matrix(load(str(scenarios)), ["refused", "truncated", "slow", "redirect", "garbage"])
    rows = by_function(matrix)

    test = f"{scenarios}::one arrives"
    assert rows[NEW].told == [Message(test=test, mailbox="INBOX", uid=3, subject="Hello")]
    assert [message.uid for message in rows[READ].told] == [1, 2]
    assert rows[NEW].cells["refused"].lost == rows[NEW].told
    assert {name: len(cell.lost) for name, cell in rows[NEW].cells.items()} == {
        "refused": 1,
        "truncated": 1,
        "slow": 1,
        "redirect": 1,
        "garbage": 1,
    }
    assert {name: len(cell.lost) for name, cell in rows[READ].cells.items()} == {
        "refused": 2,
        "truncated": 0,
        "slow": 0,
        "redirect": 0,
        "garbage": 2,
    }


def test_how_long_it_takes(scenarios: Path) -> None:
    """
    Waiting for answers and sleeping count, by the scenario's clock.
    """
    matrix = fault_matrix(load(str(scenarios)), ["read_timeout", "refused"])

    cells = by_function(matrix)[NEW].cells
    assert (cells["read_timeout"].longest_seconds, cells["refused"].longest_seconds) == (21, 1)
    assert by_function(matrix)[END].cells["read_timeout"].total_seconds == 60
    longest = matrix.longest_transactions[str(scenarios.with_name("push.lua"))]
    assert longest == {"read_timeout": 60, "refused": 1}


def test_which_errors_come_out(scenarios: Path) -> None:
    """
    Errors that there are without the fault do not count.
    """
    matrix = fault_matrix(load(str(scenarios)), ["dns", "unavailable"])

    (error,) = matrix.errors
    script = scenarios.with_name("push.lua")
    words = "no answer: host or service not provided, or not known"
    assert error.text == f"{script}:25: {words}"
    assert by_function(matrix)[END].cells["dns"].errors == [error]
    assert by_function(matrix)[END].cells["unavailable"].errors == []

    (scenarios.with_name("push.lua")).write_text(SCRIPT.replace("if not body then", "if true then code = 1"))
    assert fault_matrix(load(str(scenarios)), ["dns"]).errors == []


def test_what_is_left_out(scenarios: Path) -> None:
    """
    What cannot be run is told with the reason, and a fault that there is not is refused.
    """
    broken = BrokenFile.of("x.luatest.yaml", InputError("no", file="x.luatest.yaml"))

    matrix = fault_matrix([*load(str(scenarios)), broken], ["dns"])

    assert (matrix.runs, matrix.others) == (2, 1)
    assert "left out: 1 test that is no scenario" in table(matrix)
    assert matrix.left_out == [(f"{scenarios}::later", "it is pending: not thought through")]
    with pytest.raises(UsageError, match="no fault fire; there are refused, dns, "):
        fault_matrix([], ["fire"])


def test_an_interrupted_run(scenarios: Path) -> None:
    """
    What was run until then is shown, and how much was not.
    """
    cases = load(str(scenarios))
    answers = iter([False, True])

    matrix = fault_matrix(cases, ["dns"], stopped=lambda: next(answers))

    assert (matrix.runs, matrix.not_run) == (1, 2)
    assert "interrupted: 2 tests not run" in table(matrix)


def test_coverage_counts_runs_under_faults(scenarios: Path) -> None:
    """
    Lines that only an outage leads to are covered, and so is the fault.
    """
    coverage = Coverage()

    fault_matrix(load(str(scenarios), RunOptions(coverage=coverage)), ["reset"])

    found = report(coverage)
    assert found.faults["reset"] == 3
    assert found.percent == 100


def test_no_snapshot_is_written_or_compared(scenarios: Path) -> None:
    """
    Expectations are those of the run without faults.
    """
    scenarios.write_text(SCENARIOS.replace("{requests: 1}", "snapshot"))

    fault_matrix(load(str(scenarios), RunOptions(update=True)), ["dns"])

    assert sorted(file.name for file in scenarios.parent.iterdir()) == ["push.lua", "push.luatest.yaml"]


def test_the_table(scenarios: Path) -> None:
    """
    Functions that faults matter to, with the faults that do them harm.
    """
    shown = table(fault_matrix(load(str(scenarios)), ["refused", "redirect", "slow"]), verbose=True)

    script, test = scenarios.with_name("push.lua"), f"{scenarios}::one arrives"
    assert shown.split("\n") == [
        "2 scenarios under 3 faults: refused, redirect, slow",
        "",
        f"{script}",
        "  a transaction waits up to 30.0 s (slow)",
        "",
        f"{NEW}: 1 message",
        "  fault       lost  longest call  all calls",
        "  refused   1 of 1         1.0 s      1.0 s",
        f"    lost: INBOX 3 'Hello' of {test}",
        "  redirect  1 of 1             -          -",
        f"    lost: INBOX 3 'Hello' of {test}",
        "  slow      1 of 1        21.0 s     21.0 s",
        f"    lost: INBOX 3 'Hello' of {test}",
        "",
        END,
        "  fault  lost  longest call  all calls",
        "  slow      -        30.0 s     30.0 s",
        "  error under refused:",
        f"    {script}:25: no answer: connection refused",
        "",
        f"{READ}: 2 messages",
        "  fault      lost  longest call  all calls",
        "  refused  2 of 2             -          -",
        f"    lost: INBOX 1 of {scenarios}::two are read",
        f"    lost: INBOX 2 of {scenarios}::two are read",
        f"left out: {scenarios}::later: it is pending: not thought through",
    ]


def test_the_form_for_programs(scenarios: Path) -> None:
    """
    One object for each function and fault, and one for the whole.
    """
    *cells, last = objects(fault_matrix(load(str(scenarios)), ["refused"]))

    assert cells[0] == {
        "fault": "refused",
        "script": str(scenarios.with_name("push.lua")),
        "function": NEW,
        "told": 1,
        "lost": [
            {"test": f"{scenarios}::one arrives", "mailbox": "INBOX", "uid": 3, "subject": "Hello"},
        ],
        "longest_seconds": 1.0,
        "total_seconds": 1.0,
        "errors": [],
    }
    assert cells[1]["errors"][0]["line"] == 25
    assert cells[-1] == {
        "fault": "refused",
        "script": str(scenarios.with_name("push.lua")),
        "longest_transaction_seconds": 1.0,
    }
    assert last["faults"]["names"] == ["refused"]
    assert last["faults"]["scenarios"] == 2
