"""
Random configurations mean the same to luahost and to a real Dovecot 2.4, of ``make dovecot-2.4``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as with_settings

from luahost.config.origin import ConfigError
from tests.config.dovecot_2_4 import ENVIRONMENT, HEAD, USER, Sessions
from tests.config.generated_2_4 import CONFIGURATIONS
from tests.config.ours_2_4 import drivers

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100"))
"""More of them, other ones each time: ``make test-dovecot-2.4`` with this in the environment."""


@pytest.fixture(scope="module")
def sessions() -> Iterator[Sessions]:
    """
    Sessions of the real one, with a file that configurations may take in.
    """
    with Sessions() as found:
        (found.folder / "text").write_text("a text\n", "utf-8")
        yield found


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
@given(text=CONFIGURATIONS)
def test_random_configurations(sessions: Sessions, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """
    Either both refuse a configuration, or the same drivers begin with the same settings.
    """
    monkeypatch.setenv("PUSH_HOST", ENVIRONMENT["PUSH_HOST"])
    file = sessions.folder / "t.conf"
    file.write_bytes((HEAD.format(folder=sessions.folder) + text).encode())
    theirs = sessions.ask(file)
    try:
        ours, missing = drivers(file, USER)
        words = ""
    except ConfigError as error:
        ours, missing, words = [], None, str(error)

    # Settings of other parts are none of luahost's business.
    assume("Unknown setting: " not in theirs.complaint or words)
    assert bool(words or missing) == bool(theirs.complaint), f"{theirs.complaint!r} {words!r}"
    began = theirs.drivers
    if began and ours and began[0].startswith(f"{ours[0]} ") and ours[0].count(" ") == 1:
        began = [ours[0], *began[1:]]
    assert ours == began, words
