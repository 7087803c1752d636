"""
Random mail operations in a real Dovecot and in luahost: a probe script sees the same calls.

``make test`` does about 100 steps in each test and storage, always the same ones. ``make fuzz-dovecot`` does
others, N=2000 of them, and says how to do them again, with ``DOVECOT=2.4`` in that one.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from luahost.store import MAILDIR, SDBOX, Storage
from tests.debian import needs
from tests.live.calls import PROBE, CallsFile, UidValidities, as_ours, in_transactions, shown
from tests.live.dovecot import PACKAGES, Dovecot
from tests.live.mail import DovecotMail, LuahostMail, Mail
from tests.live.releases import TESTED, Release
from tests.live.steps import (
    ADMINISTERED,
    SEQUENCES,
    TOGETHER,
    USUAL_LENGTH,
    polite,
    without_names_below_inbox,
)

pytestmark = needs(*PACKAGES)

CI_STEPS = 100

STEPS = int(os.environ.get("FUZZ_STEPS", CI_STEPS))
"""How many steps in each test and storage, roughly: ``make fuzz-dovecot`` sets it."""


UNWANTED = (": Panic: ", ": Fatal: ", ": lua: ")
"""What has no place in the server's log: crashes, and errors of the probe."""


class Arena:
    """
    A server and a folder for luahost, in which any number of users have their mail.
    """

    def __init__(self, server: Dovecot, folder: Path, storage: Storage) -> None:
        self.server = server
        self.folder = folder
        self.storage = storage
        self.real_calls = CallsFile(server.folder)
        self.our_calls = CallsFile(folder)
        self.users = (f"user{number}" for number in itertools.count(1))

    def difference(self, steps: list[str]) -> str:
        """
        The first thing that luahost does otherwise with a new user's mail, in words for people; nothing if
        there is none.
        """
        user = next(self.users)
        real = DovecotMail(self.server, self.real_calls, user)
        ours = LuahostMail(self.folder, self.our_calls, user, self.storage, TESTED.dialect)
        validities = UidValidities()
        try:
            for number, step in enumerate(steps, 1):
                real_calls = in_transactions(real.does(step))
                if real.logins > ours.logins and not step.endswith("LOGIN"):
                    ours.at = real.at
                    ours.log_in()
                our_calls = in_transactions(ours.does(step))
                as_ours(real_calls, our_calls, validities)
                if ours.refused is None:
                    real.refused = None  # luahost has no operation for it
                in_dovecot, in_luahost = _told(real_calls, real), _told(our_calls, ours)
                if in_dovecot != in_luahost:
                    return _report([*steps[:number], *real.answer[-1:]], in_dovecot, in_luahost)
        finally:
            real.close()
            ours.close()
        return ""


def _told(calls: list[dict[str, Any]], mail: Mail) -> list[str]:
    return [shown(call) for call in calls] + (["refused"] if mail.refused else [])


def _report(steps: list[str], in_dovecot: list[str], in_luahost: list[str]) -> str:
    lines = [
        "",
        *steps,
        "",
        "in Dovecot:",
        *(f"  {line}" for line in in_dovecot or ["nothing"]),
        "in luahost:",
        *(f"  {line}" for line in in_luahost or ["nothing"]),
    ]
    return "\n".join(lines)


STORAGES = {"maildir": MAILDIR, "sdbox": SDBOX}


@pytest.fixture(scope="module", params=STORAGES)
def arena(request: pytest.FixtureRequest) -> Iterator[Arena]:
    """
    For each kind of storage, one server for all sequences.
    """
    with (
        tempfile.TemporaryDirectory(prefix="luahost-") as folder,
        _server(TESTED, request.param) as server,
    ):
        shutil.copy(PROBE, folder)
        yield Arena(server, Path(folder), STORAGES[request.param])
        assert [line for line in server.log if any(word in line for word in UNWANTED)] == []


def _server(release: Release, storage: str) -> Dovecot:
    """
    One that keeps mail in this kind of storage and has the probe as its script.
    """
    more = "lda_mailbox_autosubscribe = yes\n"
    if release.dialect == "2.4":
        more += f"mail_driver = {storage}\nmail_path = ~/{storage}"
    else:
        more += f"mail_location = {storage}:~/{storage}"
    return Dovecot({}, files=[PROBE], drivers=[f"lua:file=@folder@/{PROBE.name}"], more=more, release=release)


SETTINGS = settings(
    max_examples=STEPS // USUAL_LENGTH,
    derandomize="FUZZ_STEPS" not in os.environ,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


@SETTINGS
@given(steps=SEQUENCES)
def test_luahost_calls_scripts_as_dovecot_does(arena: Arena, steps: list[str]) -> None:
    """
    Whatever a user does with mail, both refuse it or neither does, and call a script with the same events.
    """
    if arena.storage is SDBOX:
        steps = without_names_below_inbox(steps)
    if found := arena.difference([*polite(steps)]):
        raise AssertionError(found)


@SETTINGS
@given(steps=ADMINISTERED)
def test_doveadm_does_what_it_does_in_dovecot(arena: Arena, steps: list[str]) -> None:
    """
    The same of an administrator's commands.
    """
    if found := arena.difference(steps):
        raise AssertionError(found)


@SETTINGS
@given(steps=TOGETHER)
def test_two_clients_know_of_each_other_what_they_do_in_dovecot(arena: Arena, steps: list[str]) -> None:
    """
    The same of two clients who have selected one mailbox, and while mail is delivered to it.
    """
    if arena.storage is SDBOX:
        steps = without_names_below_inbox(steps)
    if found := arena.difference([*polite(steps)]):
        raise AssertionError(found)
