"""
Scenarios, run and judged.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.testing import RunOptions
from luahost.testing.scenario import load
from tests.testing.scenario.conftest import RunScenarios, report

HI = 'when: [deliver: "Subject: Hi"]\n'
SENDS = "settings: {url: http://push.example/new}\nendpoint: {POST http://push.example/new: 204}\n"


def test_the_smallest_scenario(run: RunScenarios) -> None:
    """
    Two lines are a test: the script beside the file takes a message without an error.
    """
    (outcome,) = run("script: push.lua\n" + HI)

    assert (outcome.result, outcome.name, outcome.variant, outcome.line) == ("passed", "push", "", 1)
    assert outcome.effects


def test_a_script_beside_the_file_need_not_be_named(run: RunScenarios) -> None:
    """
    ``push.luatest.yaml`` tests ``push.lua``.
    """
    (outcome,) = run(HI + "then: {handlers: [MessageNew]}\n")

    assert outcome.result == "passed"


@pytest.mark.parametrize(
    "then",
    [
        "handlers: [MessageNew: {subject: Hi, uid: 1}]",
        "calls: [begin_txn: {user: bob}, MessageNew, end_txn: {success: true}]",
        "logs: [info: 'new: Hi']",
        "logs: [any: /^new/]",
        "logs: {count: 1, contains: [info], absent: [error]}",
        "requests: 1",
        "requests: [POST http://push.example/new: {form: {subject: Hi}, status: 204, body: subject=Hi}]",
        "requests: [POST http://push.example/new: {headers: {Content-Length: '10'}}]",
        "requests: [/new]",
        "errors: []",
        "events: 0",
        "metadata: []",
        "mailboxes_open: []",
        "seconds: 0",
    ],
)
def test_what_is_so(run: RunScenarios, then: str) -> None:
    """
    Every aspect can be judged, and passes if it is as expected.
    """
    (outcome,) = run(f"{SENDS}{HI}then:\n  {then}\n")

    assert outcome.report == ""
    assert outcome.result == "passed"


@pytest.mark.parametrize(
    ("then", "lines"),
    [
        (
            "handlers: [MessageNew: {subject: Ho}]",
            [
                "push.luatest.yaml:5: in the end: handlers differ (- expected, + got)",
                "    MessageNew",
                '      - subject: "Ho"',
                '      + subject: "Hi"',
            ],
        ),
        (
            "calls: [begin_txn, end_txn]",
            [
                "push.luatest.yaml:5: in the end: calls differ (- expected, + got)",
                '    begin_txn {user: "bob"}',
            ],
        ),
        (
            "logs: []",
            [
                "push.luatest.yaml:5: in the end: logs differ (- expected, + got)",
                '  + info: "new: Hi"',
            ],
        ),
        (
            "logs: {contains: [warning: what]}",
            [
                "push.luatest.yaml:5: in the end: logs lack something (- expected, + got)",
                '  - warning: "what"',
                "  this happened:",
                '    info: "new: Hi"',
            ],
        ),
        (
            "logs: {absent: [info]}",
            [
                "push.luatest.yaml:5: in the end: logs have what should not be there (- expected, + got)",
                '  + info: "new: Hi"',
            ],
        ),
        (
            "requests: 2",
            [
                "push.luatest.yaml:5: in the end: the number of requests is 1, expected 2",
                "    POST http://push.example/new → 204",
            ],
        ),
        (
            "requests: [POST http://push.example/new: {json: {subject: Hi}}]",
            [
                "push.luatest.yaml:5: in the end: requests differ (- expected, + got)",
                "    POST http://push.example/new",
                '      - json: {subject: "Hi"}',
                '      + json: no JSON (Expecting value: line 1 column 1 (char 0)): "subject=Hi"',
            ],
        ),
        ("seconds: 3", ["push.luatest.yaml:5: in the end: seconds spent: expected 3, got 0.0"]),
        (
            "mailboxes_open: [INBOX]",
            ['push.luatest.yaml:5: in the end: mailboxes left open: expected ["INBOX"], got []'],
        ),
    ],
)
def test_what_is_not_so(run: RunScenarios, then: str, lines: list[str]) -> None:
    """
    A failure names file, line and step, and shows what was expected and what came.
    """
    (outcome,) = run(f"{SENDS}{HI}then:\n  {then}\n")

    assert outcome.result == "failed"
    assert report(outcome).split("\n")[: len(lines)] == lines


def test_then_between_steps_judges_what_happened_since(run: RunScenarios) -> None:
    """
    ``then`` under ``when`` judges the steps since the last one, and names the step.
    """
    (outcome,) = run(
        """\
settings: {url: http://push.example/new}
endpoint: {POST http://push.example/new: {delay_seconds: 2}}
when:
  - deliver: "Subject: Hi"
  - then: {requests: 1, seconds: 2, metadata: 0}
  - wait: 3
  - read: 1
  - then:
      handlers: [MessageRead, MessageRead]
      requests: 0
      seconds: 3
      metadata: [set: {key: /private/vendor/read, value: 1}]
then: {requests: 1, seconds: 5, handlers: [MessageNew, MessageRead]}
"""
    )

    assert report(outcome).split("\n")[0] == (
        "push.luatest.yaml:9: after step 2 (read, line 7): handlers differ (- expected, + got)"
    )
    assert len(outcome.problems) == 1


def test_the_endpoint_can_be_out_of_order_for_a_while(run: RunScenarios) -> None:
    """
    ``fault`` holds for every request that has a route, until it is taken away.
    """
    (outcome,) = run(
        SENDS
        + """\
when:
  - fault: refused
  - deliver: "Subject: 1"
  - deliver: "Subject: 2"
  - fault:
  - deliver: "Subject: 3"
then:
  requests: [/new: {error: connection refused}, /new: {error: $any}, /new: {status: 204, error: $absent}]
"""
    )

    assert outcome.report == ""


def test_how_the_script_is_run(folder: Path, run: RunScenarios) -> None:
    """
    Modules in other folders, Lua's whole libraries and a policy for requests can be asked for.
    """
    (folder / "lib").mkdir()
    (folder / "lib/said.lua").write_text('return "said"', "utf-8")
    (folder / "push.lua").write_text(
        """\
local said, io, http = require "said", io, require "socket.http"
function dovecot_lua_notify_begin_txn(user) return {} end
function dovecot_lua_notify_end_txn(ctx, success) end
function dovecot_lua_notify_event_message_new(ctx, event)
  dovecot.i_info(said .. " " .. type(io))
  http.request("http://push.example/")
end
""",
        "utf-8",
    )
    outcomes = run(
        """\
folders: [lib]
when: [deliver: "Subject: Hi"]
endpoint: {/: 200}
scenarios:
  - {name: a, then: {logs: [info: said nil]}}
  - {name: b, policy: dovecot, then: {logs: [info: said table]}}
  - {name: c, http: deny, endpoint: {}, then: {requests: [/: {error: connection refused}]}}
"""
    )

    assert [outcome.report for outcome in outcomes] == ["", "", ""]


def test_an_error_that_nobody_expects_fails(run: RunScenarios) -> None:
    """
    A script that fails fails the scenario, at the script's line.
    """
    (outcome,) = run('when: [deliver: "Subject: break"]\n')

    assert outcome.result == "failed"
    assert report(outcome).startswith("push.lua:9: dovecot_lua_notify_event_message_new failed: ")


def test_an_error_can_be_expected(run: RunScenarios) -> None:
    """
    ``errors`` says what fails, and then judges alone.
    """
    text = 'when: [deliver: "Subject: break"]\nthen: {errors: [%s]}\n'
    (expected,) = run(text % "{message: /broken/, line: 9}")
    (another,) = run(text % "/no such/")

    assert expected.report == ""
    assert another.result == "failed"
    assert [problem.line for problem in another.problems] == [2]


def test_an_error_is_expected_where_it_is_judged(run: RunScenarios) -> None:
    """
    ``errors`` between steps judges those of its steps; one of a later step is as unexpected as ever.
    """
    (outcome,) = run(
        """\
when:
  - deliver: "Subject: break"
  - then: {errors: [/broken/]}
  - deliver: "Subject: break"
"""
    )

    assert [problem.line for problem in outcome.problems] == [9]
    assert outcome.result == "failed"


def test_unexpected_requests_and_unused_routes_fail(run: RunScenarios) -> None:
    """
    The endpoint is strict: whatever nobody expected fails, though the script does not mind.
    """
    unexpected, unused = run(
        """\
scenarios:
  - name: unexpected
    settings: {url: http://push.example/new}
    when: [deliver: "Subject: Hi"]
  - name: unused
    endpoint: {POST http://push.example/new: 200}
    when: [deliver: "Subject: Hi"]
"""
    )

    assert "unexpected request: POST http://push.example/new" in unexpected.report
    assert "route not used: POST http://push.example/new" in unused.report


def test_scenarios_share_the_top(run: RunScenarios) -> None:
    """
    What stands at the top holds for each scenario that does not say it itself.
    """
    outcomes = run(
        SENDS
        + HI
        + """\
then: {requests: 1}
scenarios:
  - name: as it is
  - name: another answer
    endpoint: {POST http://push.example/new: [503]}
    then: {requests: [/new: {status: 503}]}
  - name: other settings
    settings: {other: x}
    endpoint: {}
    then: {requests: 0}
  - name: no request
    then: {requests: 0}
"""
    )

    assert [outcome.result for outcome in outcomes] == ["passed", "passed", "passed", "failed"]
    assert [outcome.line for outcome in outcomes] == [6, 7, 10, 14]


def test_dialects_and_lua_versions(run: RunScenarios) -> None:
    """
    A scenario runs in each dialect with each Lua; the command line's choice goes before the file's.
    """
    text = HI + 'dialects: [documented, "2.3"]\nlua: ["5.3", "5.4"]\n'

    assert [outcome.variant for outcome in run(text)] == [
        "documented-lua5.3",
        "documented-lua5.4",
        "2.3-lua5.3",
        "2.3-lua5.4",
    ]
    (one,) = run(text, RunOptions(dialects=("2.3",), lua=("5.4",)))
    assert (one.variant, one.result) == ("", "passed")


def test_pending(run: RunScenarios) -> None:
    """
    A scenario can wait for better days.
    """
    (outcome,) = run("pending: not written yet\n" + HI)

    assert (outcome.result, outcome.reason) == ("pending", "not written yet")


def test_what_a_mail_server_refuses_is_an_error(run: RunScenarios) -> None:
    """
    A step that no mail server would take is the scenario's fault, not the script's.
    """
    (outcome,) = run("when:\n  - expunge: {mailbox: Nowhere}\n")

    assert outcome.result == "error"
    assert report(outcome).startswith("push.luatest.yaml:2: Mailbox doesn't exist: Nowhere")


def test_a_missing_script(folder: Path) -> None:
    """
    A script that is not there is told of at the line that names it.
    """
    named, called = folder / "a.luatest.yaml", folder / "b.luatest.yaml"
    named.write_text("\nscript: no.lua\n" + HI, "utf-8")
    called.write_text(HI, "utf-8")
    outcomes = [case.run() for file in (named, called) for case in load(str(file))]

    assert [outcome.result for outcome in outcomes] == ["error", "error"]
    assert [report(outcome) for outcome in outcomes] == [
        "a.luatest.yaml:2: there is no script no.lua",
        "b.luatest.yaml:1: there is no script b.lua, which the file is called for; add script: FILE.lua",
    ]
