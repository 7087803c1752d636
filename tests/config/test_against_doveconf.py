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
from tests.config.doveconf import ENVIRONMENT, doveconf, doveconf_n, needs_doveconf
from tests.config.generated import CONFIGURATIONS

pytestmark = needs_doveconf

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100"))
"""More of them, other ones each time: ``FUZZ_EXAMPLES=5000 make test ARGS=tests/config``."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    The current folder, and the environment that configurations see.
    """
    monkeypatch.setenv("PUSH_HOST", ENVIRONMENT["PUSH_HOST"])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def understood(file: str, service: str) -> dict[str, str] | None:
    """
    What luahost makes of a file; None if it refuses it.
    """
    try:
        return ours_2_3.settings(file, service)
    except ConfigError:
        return None


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
    ours = understood("t.conf", service)

    # Settings of other parts are none of luahost's business.
    assume("Unknown setting: " not in answer.complaint or ours is None)
    assert ours == answer.settings, answer.complaint


WHOLE = """\
mail_plugins = $mail_plugins acl
mail_location = maildir:~/Maildir
plugin {
  push_notification_driver = "lua:file=/etc/dovecot/push notify.lua # no comment"
  push_notification_driver2 = ox:url=http://h/ user_from_metadata
  push_lua_url = http://127.0.0.1:8080/%u
  words = $mail_plugins
  empty =
  long = one \\
    two
}
protocol lmtp {
  mail_plugins = $mail_plugins notify push_notification mail_lua push_notification_lua
  plugin {
    push_lua_url = 'http://127.0.0.1:8080/lmtp " \\'x'
  }
}
protocol imap {
  mail_plugins = $mail_plugins imap_acl
}
namespace inbox {
  inbox = yes
  mailbox Trash {
    special_use = \\Trash
  }
}
service lmtp {
  unix_listener lmtp {
    mode = 0600
  }
}
"""


@pytest.mark.parametrize("service", ["lmtp", "imap", "lda"])
def test_output_of_doveconf(folder: Path, service: str) -> None:
    """
    The output of ``doveconf -n`` says the same as the files that it is made of.
    """
    (folder / "dovecot.conf").write_text(WHOLE, "utf-8")
    shown = doveconf_n(folder / "dovecot.conf")
    assert shown is not None
    (folder / "shown.conf").write_bytes(shown)

    assert ours_2_3.settings("shown.conf", service) == ours_2_3.settings("dovecot.conf", service)
    assert len(ours_2_3.settings("shown.conf", service)) == 7


def test_secrets_that_doveconf_hides(folder: Path) -> None:
    """
    A password that ``doveconf -n`` left out makes its line useless, and luahost says how to get it.
    """
    (folder / "dovecot.conf").write_text("plugin {\n  push_lua_url = http://u:p@h/\n}\n", "utf-8")
    shown = doveconf_n(folder / "dovecot.conf")
    assert shown is not None
    (folder / "shown.conf").write_bytes(shown)

    configuration, notes = ours_2_3.parsed("shown.conf")
    assert configuration.values("lmtp")["plugin/push_lua_url"].text == "http://"
    assert [note.words for note in notes] == [
        "doveconf hid a secret here, and the rest of the line with it; doveconf -nP shows them"
    ]


@with_settings(
    max_examples=EXAMPLES // 5,
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
    ],
)
@given(text=CONFIGURATIONS)
def test_random_output_of_doveconf(folder: Path, text: str) -> None:
    """
    Of a random configuration it says to luahost what it says to doveconf.
    """
    (folder / "t.conf").write_bytes(text.encode())
    shown = doveconf_n(folder / "t.conf")
    assume(shown is not None)
    (folder / "shown.conf").write_bytes(shown or b"")

    for service in ("lmtp", "imap"):
        assert understood("shown.conf", service) == doveconf(folder / "shown.conf", service).settings
