"""
The real doveadm without a server: it opens mailboxes itself, in a folder of the test's.

Without ``-u`` doveadm works for whoever ``USER`` and ``HOME`` name and asks no user database, so
nothing has to run. As root it keeps mail as ``nobody``, since Dovecot keeps none as root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

PACKAGES = ("dovecot-core",)
"""What has to be installed, for ``tests.debian.needs``."""
_CONFIGURATION = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols =
ssl = no
mail_location = {location}
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = never
namespace inbox {{
  inbox = yes
  separator = /
}}
"""

DICTIONARY = "mail_attribute_dict = file:%h/dovecot-attributes"

_PUSH = """\
mail_plugins = mail_lua notify push_notification push_notification_lua
plugin {{
  push_notification_driver = lua:file={script}
}}
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What became of a command.

    Attributes:
        fine: Whether the exit code was 0.

        output: Standard output, to the byte.

        words: The last line of complaint, without the program's name.
    """

    fine: bool
    output: bytes
    words: str


class Doveadm:
    """
    One user's mail; a context manager that has a folder for it.

    Args:
        location: Dovecot's ``mail_location``.

        dictionary: Whether there is a dictionary to keep METADATA in.

    Attributes:
        script: Where a push script may be written that hears of what doveadm does.
    """

    def __init__(self, location: str = "maildir:~/Maildir", *, dictionary: bool = True) -> None:
        self._location = location
        self._dictionary = dictionary
        self._folder = self.script = Path()

    def __enter__(self) -> Doveadm:
        # Not in pytest's folder, which only root may enter.
        self._folder = Path(tempfile.mkdtemp(prefix="luahost-doveadm-"))
        owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        for folder in (self._folder, self._folder / "run", self._home):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        self.script = self._folder / "push.lua"
        configuration = _CONFIGURATION.format(
            folder=self._folder, location=self._location, uid=owner.pw_uid, gid=owner.pw_gid
        )
        configuration += DICTIONARY if self._dictionary else ""
        (self._folder / "dovecot.conf").write_text(configuration)
        (self._folder / "push.conf").write_text(f"{configuration}\n{_PUSH.format(script=self.script)}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._folder)

    @property
    def _home(self) -> Path:
        return self._folder / "home"

    def logged(self, *words: str) -> list[str]:
        """
        What the push script writes with ``dovecot.i_info`` during ``doveadm WORDS``.
        """
        lines = self._run("push.conf", words).stderr.decode("utf-8", "surrogateescape").splitlines()
        assert lines, "the push script has written nothing"
        assert all(line.startswith("doveadm(bob): Info: ") for line in lines), lines
        return [line.removeprefix("doveadm(bob): Info: ") for line in lines]

    def __call__(self, *words: str) -> Answer:
        """
        Run ``doveadm WORDS``.
        """
        done = self._run("dovecot.conf", words)
        complaints = done.stderr.decode("utf-8", "backslashreplace").splitlines() or [""]
        words_only = complaints[-1].partition("Error: " if "Error: " in complaints[-1] else "Fatal: ")[2]
        return Answer(done.returncode == 0, done.stdout, words_only)

    def _run(self, configuration: str, words: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["doveadm", "-c", str(self._folder / configuration), *words],
            env={**os.environ, "USER": "bob", "HOME": str(self._home)},
            capture_output=True,
            check=False,
            timeout=60,
        )
