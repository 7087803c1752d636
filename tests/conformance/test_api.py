"""
``dovecot.*``, users and mailboxes as two real servers have them: every recorded call again.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.conformance.api_case import DIALECTS, differences, recorded, records, run

SCENARIOS = (
    "api_introspection",
    "api_dovecot",
    "api_event",
    "api_user",
    "api_mailbox",
    "api_status",
    "api_metadata",
    "api_metadata_no_dict",
)

MACHINE = "where Lua looks for modules was set when the recorded machine's Lua was built"
REGISTRY = "Lua's registry belongs to the process: here it holds the host's objects, and no script gets it"
INSTALLED = "which JSON modules were installed on the recorded machine"
STANDARD_ERROR = "Dovecot's master process reads what a mail process writes to its standard error"
MISREAD = "a user taken for an event: what comes of it depends on the memory of the process"
ENVIRONMENT = "the recorded process was started with a PATH"

EXCEPTIONS = {
    ("api_introspection", "package_path"): MACHINE,
    ("api_introspection", "registry_metatables"): REGISTRY,
    ("api_introspection", "require_json_modules"): INSTALLED,
    ("api_introspection", "io_stderr"): STANDARD_ERROR,
    ("api_introspection", "os_getenv"): ENVIRONMENT,
    ("api_event", "event_parent_user"): MISREAD,
}
"""Records that cannot be the same, each with its reason; some are in one version only."""


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("version", DIALECTS)
def test_every_case(version: str, scenario: str, tmp_path: Path) -> None:
    """
    Results, errors, log lines, named events and crashes are the recorded ones.
    """
    wrong, identical, total = [], 0, 0
    for record in records(version, scenario):
        case = record["op"]["case"]
        folder = tmp_path / str(record["step"])
        folder.mkdir()
        total += 1
        attributes = scenario != "api_metadata_no_dict"
        found = differences(recorded(record), run(version, record, folder, attributes=attributes))
        identical += not found
        if found and (scenario, case) not in EXCEPTIONS:
            wrong.append(f"{case}: {record['op']['lua']}\n  " + "\n  ".join(found))
    sys.stdout.write(f"{version} {scenario} identical: {identical} of {total}\n")  # pytest -rP shows it

    assert not wrong, "\n".join(wrong)
    assert total > 10
