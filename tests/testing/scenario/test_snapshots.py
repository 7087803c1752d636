"""
Snapshots: written, compared, redacted.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from luahost.effects import Call, Http, Log
from luahost.testing import RunOptions
from luahost.testing.scenario.redaction import redacted
from luahost.testing.scenario.snapshots import Snapshots
from tests.testing.scenario.conftest import RunScenarios, report

UPDATE = RunOptions(update=True)
TWO = """\
# A comment of the user's.
scenarios:
  - name: a
    when: [deliver: "Subject: %s"]
    then: snapshot
  - name: b
    when:
      - deliver: "Subject: Hi"
      - then: snapshot
      - read: 1
    then: {snapshot: true, handlers: 2}
"""


def kept(folder: Path) -> dict[str, Any]:
    """
    What the snapshot file has.
    """
    found: dict[str, Any] = json.loads((folder / "__snapshots__/push.luatest.yaml.json").read_text("utf-8"))
    return found


def test_update_and_compare(folder: Path, run: RunScenarios) -> None:
    """
    Without a snapshot a scenario fails; updated it passes, until something differs. The test is not written.
    """
    before = run(TWO % "Hi")
    updated = run(TWO % "Hi", UPDATE)
    written = kept(folder)
    same = run(TWO % "Hi")
    again = run(TWO % "Hi", UPDATE)
    other, _ = run(TWO % "Ho")

    assert [outcome.result for outcome in before] == ["failed", "failed"]
    assert report(before[0]).startswith(
        "push.luatest.yaml:5: there is no snapshot yet; luahost test --update "
    )
    assert [outcome.result for outcome in (*updated, *same, *again)] == ["passed"] * 6
    assert {name: list(parts) for name, parts in written.items()} == {
        "a": ["documented-lua5.4"],
        "b": ["documented-lua5.4", "documented-lua5.4 2"],
    }
    assert kept(folder) == written
    assert other.result == "failed"
    assert '-   "subject": "Hi",' in other.report
    assert '+   "subject": "Ho",' in other.report
    assert (folder / "push.luatest.yaml").read_text("utf-8") == TWO % "Ho"


def test_snapshots_of_scenarios_that_are_gone_go_too(folder: Path, run: RunScenarios) -> None:
    """
    An update drops the snapshots of scenarios that the file no longer has.
    """
    run(TWO % "Hi", UPDATE)
    run('name: c\nwhen: [deliver: "Subject: Hi"]\nthen: snapshot\n', UPDATE)

    assert list(kept(folder)) == ["c"]


def test_several_write_at_a_time(folder: Path) -> None:
    """
    Whoever updates in parallel loses nothing of what others write, and the file's order is the test's.
    """
    names = [f"scenario {number}" for number in range(20)]
    test_file = str(folder / "push.luatest.yaml")

    def update(name: str) -> None:
        Snapshots(test_file, names).update(name, "2.3-lua5.4", [{"effect": "print", "text": name}])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(update, reversed(names)))

    assert list(kept(folder)) == names


def test_each_dialect_has_its_own(folder: Path, run: RunScenarios) -> None:
    """
    What differs between dialects is kept for each.
    """
    text = 'dialects: all\nwhen: [deliver: "Subject: Hi"]\nthen: snapshot\n'
    run(text, UPDATE)

    assert {outcome.result for outcome in run(text)} == {"passed", "failed"}
    assert list(kept(folder)["push"]) == ["2.3-lua5.4", "2.4-lua5.4", "documented-lua5.4"]


def test_a_broken_snapshot_is_an_error(folder: Path, run: RunScenarios) -> None:
    """
    A snapshot that nobody can read is told of, and not overwritten by a comparison.
    """
    run(TWO % "Hi", UPDATE)
    (folder / "__snapshots__/push.luatest.yaml.json").write_text("[]", "utf-8")

    (outcome, _) = run(TWO % "Hi")
    assert outcome.result == "error"
    assert "this is no snapshot of luahost; take it from version control" in outcome.report


def test_redaction() -> None:
    """
    What differs from run to run is not in a snapshot, and neither are secrets and the tests' folder.
    """
    effects = [
        Call(function="f", event={"subject": "tests/push/x", "api_key": "k", "user": {"mail_user": "bob"}}),
        Http(
            method="POST",
            url="http://127.0.0.1:40123/x?token=abc&b=c",
            headers=(("Authorization", "Bearer abc"), ("X-Api-Key", "abc"), ("Host", "127.0.0.1:40123")),
            body=b'{"password": "p\\"q", "text": "hidden-value", "n": 1}',
            response_headers=(("Set-Cookie", "a=b"),),
            status=200,
            seconds=1.5,
        ),
        Log(
            level="info",
            text="table: 0x55d1c0ffee at 127.0.0.1:8080",
            process="lmtp(bob)<4711><luahost>",
        ),
    ]

    settings = {"push_token": "hidden-value", "url": "x", "secret": "x"}
    found = redacted(effects, script="tests/push/push.lua", settings=settings)

    assert found == [
        {
            "effect": "call",
            "function": "f",
            "event": {"subject": "x", "api_key": "<hidden>", "user": {"mail_user": "bob"}},
        },
        {
            "effect": "http",
            "method": "POST",
            "url": "http://127.0.0.1:PORT/x?token=<hidden>&b=c",
            "headers": [
                ["Authorization", "<hidden>"],
                ["X-Api-Key", "<hidden>"],
                ["Host", "127.0.0.1:PORT"],
            ],
            "body": '{"password": "<hidden>", "text": "<hidden>", "n": 1}',
            "response_headers": [["Set-Cookie", "<hidden>"]],
            "status": 200,
            "denied": False,
        },
        {
            "effect": "log",
            "level": "info",
            "text": "table: 0x… at 127.0.0.1:8080",
            "process": "lmtp(bob)<PID><luahost>",
            "source": "script",
        },
    ]
