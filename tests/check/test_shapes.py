"""
Scripts in the shapes of public ones, with the defects that those have, and honest scripts, which have none.

The shapes are of our own writing, with the defects that public scripts have.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.check import Options, check_file
from tests.check.injected import ONE_SERVER, injected

HERE = Path(__file__).parent
SCRIPTS = HERE.parent.parent / "scripts"

SHAPES = {
    "shapes/metadata_flag.lua": "mailbox-not-freed",
    "shapes/groupware.lua": (
        "missing-module plugin-getenv float-number keywords-name implicit-global secret-in-log no-timeout "
        "field-after-log integer-field"
    ),
    "shapes/batch.lua": "http-option no-timeout",
    "shapes/travel.lua": (
        "unused-require plugin-getenv float-number implicit-global no-timeout python-name http-option"
    ),
    "shapes/form_client.lua": (
        "plugin-getenv no-timeout python-name http-option implicit-global content-type"
    ),
    "shapes/secure.lua": (
        "missing-module plugin-getenv unused-status float-number implicit-global no-timeout integer-field"
    ),
    "shapes/documents_24_simple.lua": (
        "script-init-result implicit-global no-timeout python-name http-option plugin-getenv status-division"
    ),
    "shapes/documents_24_events.lua": (
        "script-init-result implicit-global no-timeout python-name http-option plugin-getenv float-number "
        "secret-in-log content-type field-after-log"
    ),
    "shapes/own_loop.lua": "missing-module",
    "shapes/poc.lua": "",
    "shapes/kept_user.lua": (
        "kept-object flags-bitmask output-nowhere use-after-free files-and-commands uncalled-handler "
        "process-exit"
    ),
    "shapes/busy_endpoint.lua": (
        "http-option-value event-user float-number request-reuse blocking-time passthrough-event"
    ),
    "notify_simple.lua": "plugin-getenv no-timeout status-division",
    "notify_events.lua": (
        "plugin-getenv implicit-global secret-in-log no-timeout content-type field-after-log integer-field "
        "float-number"
    ),
    "notify_http.lua": "",
    "notify_http_events.lua": "",
}
"""All rules that a script breaks; no more and no fewer."""

HONEST = sorted(path.name for path in (HERE / "honest").glob("*.lua"))


@pytest.mark.parametrize("name", SHAPES)
def test_shape(name: str) -> None:
    """
    Every defect is found, and nothing else is said.
    """
    folder = HERE if name.startswith("shapes/") else SCRIPTS
    report = check_file(folder / name)

    assert {finding.rule for finding in report.findings} == set(SHAPES[name].split())


@pytest.mark.parametrize("name", HONEST)
def test_honest(name: str) -> None:
    """
    Nothing is found in a script in which nothing is wrong.
    """
    report = check_file(HERE / "honest" / name, Options(dialects=ONE_SERVER.get(name, ("2.3", "2.4"))))

    assert report.findings == ()


BREAKS_ON_24 = ("plugin-getenv", "http-option")
"""What ends every push on 2.4."""


@pytest.mark.parametrize(
    ("name", "breaks"),
    [
        ("shapes/metadata_flag.lua", False),
        ("shapes/groupware.lua", True),
        ("shapes/batch.lua", True),
        ("shapes/travel.lua", True),
        ("shapes/form_client.lua", True),
        ("shapes/secure.lua", True),
        ("shapes/poc.lua", False),
        ("shapes/documents_24_simple.lua", True),
        ("shapes/documents_24_events.lua", True),
    ],
)
def test_who_survives(name: str, breaks: bool) -> None:
    """
    Which of the public scripts stop pushing on 2.4 can be told from what is found for 2.4.
    """
    report = check_file(HERE / name, Options(dialects=("2.4",)))

    assert breaks is any(one.rule in BREAKS_ON_24 and one.severity == "error" for one in report.findings)


@pytest.mark.parametrize("name", ["luasocket.lua", "retry_once.lua"])
def test_injected(name: str) -> None:
    """
    A defect that is put into an honest script is found; ``python -m tests.check.injected`` does all scripts.
    """
    every = list(injected(name))

    assert len(every) > 5
    assert [one[:3] for one in every if not one.found] == []
