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

PLUGIN = {"push_notification_driver": "lua:file=@folder@/%u.lua"}
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
    with Dovecot(PLUGIN, files=scripts, more="mail_attribute_dict = file:%h/attributes") as server:
        survived = {script.stem: survives(server, script.stem) for script in scripts}

    assert survived == {script.stem: script.stem.endswith("-good") for script in scripts}
