"""
Random configurations mean the same to luahost and to a real Dovecot 2.4, of ``make dovecot-2.4``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from luahost.config import read_configuration
from luahost.config.configuration import SERVICES
from luahost.config.origin import ConfigError
from tests.config.dovecot_2_4 import ENVIRONMENT, HEAD, USER, Sessions
from tests.config.generated_2_4 import CONFIGURATIONS, FILES_BESIDE
from tests.config.ours_2_4 import drivers
from tests.live.releases import TESTED

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300"))
"""More of them, other ones each time: ``make test-dovecot-2.4`` with this in the environment."""

OF_OTHERS = ("Unknown setting: ", "Unknown section name: ", "namespace configuration error: ")


@pytest.fixture(scope="module")
def sessions() -> Iterator[Sessions]:
    """
    Sessions of the real one, with the files that configurations may take in.
    """
    with Sessions() as found:
        for name, text in FILES_BESIDE.items():
            (found.folder / name).write_text(text, "utf-8")
        yield found


def judged(sessions: Sessions, file: Path) -> None:
    """
    Have a configuration understood by both, and compare.
    """
    theirs = sessions.ask(file)
    try:
        ours, missing = drivers(file, USER)
        words = ""
    except ConfigError as error:
        ours, missing, words = [], None, str(error)

    # Settings of other parts are none of luahost's business.
    assume(words or not any(of_others in theirs.complaint for of_others in OF_OTHERS))
    assert bool(words or missing) == bool(theirs.complaint), f"{theirs.complaint!r} {words!r}"
    assert ours == theirs.drivers, words


@with_settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
    ],
)
@given(text=CONFIGURATIONS, shown=st.booleans())
def test_random_configurations(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, text: str, shown: bool
) -> None:
    """
    Both refuse a configuration, or the same drivers begin with the same settings; so with doveconf's output.
    """
    monkeypatch.setenv("PUSH_HOST", ENVIRONMENT["PUSH_HOST"])
    file = sessions.folder / "t.conf"
    file.write_bytes((HEAD.format(folder=sessions.folder) + text).encode())
    if shown and sessions.show(file, sessions.folder / "shown.conf"):
        file = sessions.folder / "shown.conf"
    judged(sessions, file)


def test_debians_own_configuration() -> None:
    """
    What Debian 13 puts into /etc/dovecot is read without a complaint.
    """
    assert TESTED.root is not None
    configuration = read_configuration(str(TESTED.root / "etc/dovecot/dovecot.conf"))

    assert configuration.syntax == "Dovecot 2.4"
    assert {service: configuration.settings(service).notes for service in SERVICES} == dict.fromkeys(
        SERVICES, ()
    )
