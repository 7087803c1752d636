"""
Real Dovecots, as ``doveconf`` tells of them.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from luahost.doctor import Who
from luahost.doctor.dovecot import dovecot_checks, dovecot_of_file, installed_dovecot
from tests.debian import needs
from tests.live.releases import TESTED

CONFIGURATIONS = {
    "2.3": """
protocols = imap lmtp
mail_uid = nobody
mail_plugins = $mail_plugins notify push_notification
protocol lmtp {{
  mail_plugins = $mail_plugins mail_lua push_notification_lua
}}
plugin {{
  push_notification_driver = lua:file={script}
}}
""",
    "2.4": """
dovecot_config_version = 2.4.1
dovecot_storage_version = 2.4.1
protocols = imap lmtp
mail_uid = nobody
mail_plugins {{
  notify = yes
  push_notification = yes
}}
protocol lmtp {{
  mail_plugins {{
    mail_lua = yes
    push_notification_lua = yes
  }}
}}
push_notification lua {{
  lua_file = {script}
}}
""",
}


@needs("dovecot-core", "lua-socket")
def test_doveconf(folder: Path) -> None:
    """
    What it prints is understood: version, services, the user whose mail it is, and a script that this user
    may not read.
    """
    script = folder / "push.lua"
    script.touch()
    os.chmod(script, 0o600)
    (folder / "dovecot.conf").write_text(CONFIGURATIONS[TESTED.dialect].format(script=script))
    command = TESTED.command("doveconf", "-n", "-c", str(folder / "dovecot.conf"), folder=folder)
    done = subprocess.run(command, capture_output=True, check=True)
    (folder / "out.txt").write_bytes(done.stdout)

    side = dovecot_of_file(str(folder / "out.txt"))
    found = {check.name: check for check in dovecot_checks(side, TESTED.dialect)}

    assert side.version is not None
    assert side.version.startswith(TESTED.dialect)
    assert side.mail == Who.named("nobody")
    assert found["drivers of lmtp"].detail == f"lua {script}"
    assert found["plugins of lda, imap, doveadm"].state == "fail"
    assert f"nobody may not read {script}" in found[str(script)].detail
    assert found["plugins"].state == found["dovecot.http"].state == "ok"


@needs("dovecot-core")
def test_the_installed_one() -> None:
    """
    Without a file it is the one that is installed.
    """
    side = installed_dovecot()

    assert side is not None
    assert side.version == "2.3.19.1"
