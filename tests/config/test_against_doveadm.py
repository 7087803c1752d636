"""
What a real Dovecot 2.3 says of plugins that are missing and of variables that there are not.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from luahost.config import ConfigError, check_plugins, read_configuration
from luahost.store import MailUser
from tests.config.doveconf import is_2_3, needs_doveconf

pytestmark = needs_doveconf

# Root's mail is kept by somebody else, since Dovecot keeps none as root.
OWNER = os.getuid() or 65534
GROUP = os.getgid() or 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """
    A folder that the owner can reach; pytest's own are for the user of the tests alone.
    """
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


def expanded(folder: Path) -> None:
    """
    The settings of that configuration as luahost has them for the same user.
    """
    settings = read_configuration(str(folder / "dovecot.conf")).settings("doveadm")
    settings.expanded(MailUser("joe@example.org", service="doveadm"))


def doveadm(folder: Path, text: str) -> str:
    """
    What doveadm complains of when it lists the mailboxes of joe@example.org.
    """
    if not is_2_3():
        pytest.skip("the installed Dovecot is not 2.3")
    (folder / "home").mkdir(exist_ok=True)
    if not os.getuid():
        os.chown(folder / "home", OWNER, GROUP)
    (folder / "dovecot.conf").write_text(
        f"log_path = /dev/stderr\nstats_writer_socket_path =\nbase_dir = {folder}/run\nssl = no\n"
        f"mail_location = maildir:{folder}/home/mail\nfirst_valid_uid = 1\n"
        f"mail_uid = {OWNER}\nmail_gid = {GROUP}\nfirst_valid_gid = 1\n{text}"
    )
    done = subprocess.run(
        ["/usr/bin/doveadm", "-c", "dovecot.conf", "mailbox", "list"],
        cwd=folder,
        env={"HOME": str(folder / "home"), "USER": "joe@example.org"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr


@pytest.mark.parametrize(
    "plugins",
    [
        "push_notification",
        "push_notification_lua",
        "notify push_notification push_notification_lua",
        "mail_lua push_notification_lua",
    ],
)
def test_missing_plugins(folder: Path, plugins: str) -> None:
    """
    Luahost's complaint begins as Dovecot's; doveadm leaves out what to set.
    """
    said = doveadm(folder, f"mail_plugins = {plugins}\n")
    with pytest.raises(ConfigError) as caught:
        check_plugins(read_configuration(str(folder / "dovecot.conf")).settings("doveadm"))

    ours = str(caught.value).partition(": ")[2].partition(" (you must set")[0].partition(". ")[0]
    assert said.strip() == f"Fatal: {ours}"


def test_plugins_that_are_enough(folder: Path) -> None:
    """
    With every plugin that push needs Dovecot runs.
    """
    assert doveadm(folder, "mail_plugins = notify push_notification mail_lua push_notification_lua\n") == ""
    check_plugins(read_configuration(str(folder / "dovecot.conf")).settings("doveadm"))


@pytest.mark.parametrize(
    "value",
    [
        "%{nosuch}",
        "%Z",
        "p%2Fss %7Ex",
        "%{if;a}",
        "%{if;1;==;a;b;c}",
        "%{if;%{nosuch};eq;a;b;c}",
        "%{if;1;==;1;b;%{nosuch}}",
        "%{sha1:nosuch}",
        "%{user",
        "%{}",
        "%{user:upper}",
        "a% b",
    ],
)
def test_unknown_variables(folder: Path, value: str) -> None:
    """
    A user is refused in Dovecot's words.
    """
    said = doveadm(folder, f"plugin {{\n  k = {value}\n}}\n")
    with pytest.raises(ConfigError) as caught:
        expanded(folder)

    ours = str(caught.value).partition(": ")[2].removesuffix("; write %% for a %")
    assert said.strip().endswith(f"Error: {ours}")


@pytest.mark.parametrize(
    "value", ["50%", "%{userdb:none}", "%L", "%LU", "%{env:NOPE}", "%{if;%u;~;^joe;a;b}"]
)
def test_known_variables(folder: Path, value: str) -> None:
    """
    What looks odd and is fine in Dovecot is fine.
    """
    assert doveadm(folder, f"plugin {{\n  k = {value}\n}}\n") == ""
    expanded(folder)
