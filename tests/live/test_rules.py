"""
What ``luahost check`` says kills the mail process kills that of a real Dovecot.
"""

from __future__ import annotations

import smtplib
from pathlib import Path

from luahost.check.rule import EXAMPLES
from tests.debian import needs
from tests.live.dovecot import PACKAGES, Dovecot
from tests.live.mail import message_bytes
from tests.live.releases import TESTED

pytestmark = needs(*PACKAGES)

KILLING = (
    "crashing-argument",
    "kept-object",
    "metadata-unopened",
    "object-comparison",
    "passthrough-event",
    "process-exit",
    "request-reuse",
    "use-after-free",
)
"""Rules whose bad example does it at the first message."""

SCRIPT_OF_USER = {
    "2.3": """
plugin {
  push_notification_driver = lua:file=@folder@/%u.lua
}
""",
    # In its own settings a variable kills 2.4.1.
    "2.4": """
push_notification rule {
  driver = lua
  lua_file = @folder@/dovecot.conf
}
userdb static {
  fields {
    push_notification/rule/lua_file = @folder@/%{user}.lua
  }
}
""",
}
"""Each user has a script of the same name."""


def survives(server: Dovecot, user: str) -> bool:
    """
    Whether a delivery to a user comes to its end.
    """
    try:
        server.deliver(user, message_bytes("n01"))
    except smtplib.SMTPServerDisconnected:
        return False
    return True


def test_killing_rules(tmp_path: Path) -> None:
    """
    A delivery to a user with a bad example for a script ends with the process, one with the good example does
    not.
    """
    scripts = []
    for name in (f"{rule}.{kind}" for rule in KILLING for kind in ("bad", "good")):
        script = tmp_path / f"{name.replace('.', '-')}.lua"
        script.write_bytes(Path(EXAMPLES, f"{name}.lua").read_bytes())
        scripts.append(script)
    more = TESTED.attributes + SCRIPT_OF_USER[TESTED.dialect]
    with Dovecot({}, files=scripts, more=more, release=TESTED) as server:
        survived = {script.stem: survives(server, script.stem) for script in scripts}

    assert survived == {script.stem: script.stem.endswith("-good") for script in scripts}
