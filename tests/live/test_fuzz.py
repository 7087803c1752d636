"""
Random mail operations in a real Dovecot 2.3.19.1 and in luahost: a probe script sees the same calls.

``make test`` does about 200 steps, always the same ones. ``make fuzz-dovecot N=2000`` does others, and
says how to do them again.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.debian import needs
from tests.live.calls import PROBE, CallsFile, UidValidities, as_ours, in_transactions, shown
from tests.live.dovecot import PACKAGES, Dovecot
from tests.live.mail import DovecotMail, LuahostMail
from tests.live.steps import SEQUENCES, USUAL_LENGTH

pytestmark = needs(*PACKAGES)

CI_STEPS = 200

STEPS = int(os.environ.get("FUZZ_STEPS", CI_STEPS))
"""How many steps, roughly: ``make fuzz-dovecot`` sets it."""


UNWANTED = (": Panic: ", ": Fatal: ", ": lua: ")
"""What has no place in the server's log: crashes, and errors of the probe."""


class Arena:
    """
    A server and a folder for luahost, in which any number of users have their mail.
    """

    def __init__(self, server: Dovecot, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.real_calls = CallsFile(server.folder)
        self.our_calls = CallsFile(folder)
        self.users = (f"user{number}" for number in itertools.count(1))

    def differences(self, steps: list[str]) -> str:
        """
        What a new user's mail does differently in luahost, in words for people; nothing if all is equal.
        """
        user = next(self.users)
        real, ours = (
            DovecotMail(self.server, self.real_calls, user),
            LuahostMail(self.folder, self.our_calls, user),
        )
        validities = UidValidities()
        try:
            for number, step in enumerate(steps, 1):
                seen = in_transactions(real.does(step))
                if real.clients > ours.clients and step != "LOGIN":
                    ours.log_in()
                ours_seen = in_transactions(ours.does(step))
                as_ours(seen, ours_seen, validities)
                in_dovecot, in_luahost = [shown(call) for call in seen], [shown(call) for call in ours_seen]
                if in_dovecot != in_luahost:
                    return _report(steps[:number], in_dovecot, in_luahost)
        finally:
            real.close()
            ours.close()
        return ""


def _report(steps: list[str], in_dovecot: list[str], in_luahost: list[str]) -> str:
    lines = [
        "",
        *steps,
        "",
        "in Dovecot:",
        *(f"  {call}" for call in in_dovecot or ["nothing"]),
        "in luahost:",
        *(f"  {call}" for call in in_luahost or ["nothing"]),
    ]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def arena() -> Iterator[Arena]:
    """
    One server for all sequences.
    """
    plugin = {"push_notification_driver": f"lua:file=@folder@/{PROBE.name}"}
    with tempfile.TemporaryDirectory(prefix="luahost-") as folder, Dovecot(plugin, files=[PROBE]) as server:
        shutil.copy(PROBE, folder)
        yield Arena(server, Path(folder))
        assert [line for line in server.log if any(word in line for word in UNWANTED)] == []


@settings(
    max_examples=STEPS // USUAL_LENGTH,
    derandomize="FUZZ_STEPS" not in os.environ,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
@given(steps=SEQUENCES)
def test_luahost_calls_scripts_as_dovecot_does(arena: Arena, steps: list[str]) -> None:
    """
    Whatever a user does with mail, a script is called with the same events in both.
    """
    if found := arena.differences(steps):
        raise AssertionError(found)
