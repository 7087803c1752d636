"""
Random configurations mean the same to luahost and to the real ``doveconf`` 2.3.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from luahost.config.origin import ConfigError
from tests.config import ours_2_3
from tests.config.doveconf import ENVIRONMENT, doveconf, needs_doveconf
from tests.config.generated import CONFIGURATIONS

pytestmark = needs_doveconf

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "250"))
"""More of them, other ones each time: ``FUZZ_EXAMPLES=5000 make test ARGS=tests/config``."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    The current folder, and the environment that configurations see.
    """
    monkeypatch.setenv("PUSH_HOST", ENVIRONMENT["PUSH_HOST"])
    monkeypatch.chdir(tmp_path)
    return tmp_path


@with_settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=CONFIGURATIONS, service=st.sampled_from(["lmtp", "imap"]))
def test_random_configurations(folder: Path, text: str, service: str) -> None:
    """
    Either both refuse a configuration, or both find the same ``mail_plugins`` and plugin settings.
    """
    (folder / "t.conf").write_bytes(text.encode())
    answer = doveconf(folder / "t.conf", service)
    try:
        ours = ours_2_3.settings("t.conf", service)
    except ConfigError:
        ours = None

    # Settings of other parts are none of luahost's business.
    assume("Unknown setting: " not in answer.complaint or ours is None)
    assert ours == answer.settings, answer.complaint
