"""
The real doveadm without a server: it opens mailboxes itself, in a folder of the test's.

Without ``-u`` doveadm works for whoever ``USER`` and ``HOME`` name and asks no user database, so
nothing has to run. As root it keeps mail as ``nobody``, since Dovecot keeps none as root.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.live.releases import TESTED

PACKAGES = ("dovecot-core",)
"""What has to be installed, for ``tests.debian.needs``."""

_FOR_ALL = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
ssl = no
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

_OF_DIALECT = {
    "2.3": """\
protocols =
mail_location = {storage}:~/{storage}
""",
    "2.4": """\
dovecot_config_version = 2.4.1
dovecot_storage_version = 2.4.1
protocols {{
}}
mail_home = {folder}/home
mail_driver = {storage}
mail_path = ~/{storage}
""",
}

_INFO = re.compile(r"doveadm\(bob\)(?:<\d+><>)?: Info: (.*)", re.DOTALL)

_COMMAND = re.compile("^cmd [a-z ]+: ")
"""What 2.4 puts before a complaint."""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What became of a command.

    Attributes:
        fine: Whether the exit code was 0.

        output: Standard output, to the byte.

        words: The last line of complaint, without the names of program and command.
    """

    fine: bool
    output: bytes
    words: str


class Doveadm:
    """
    One user's mail; a context manager that has a folder for it.

    Args:
        storage: The kind of storage, as Dovecot calls it.

        dictionary: Whether there is a dictionary to keep METADATA in.

    Attributes:
        script: Where a push script may be written that hears of what doveadm does.
    """

    def __init__(self, storage: str = "maildir", *, dictionary: bool = True) -> None:
        self._storage = storage
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
        # 2.4's version comes first.
        configuration = (_OF_DIALECT[TESTED.dialect] + _FOR_ALL).format(
            folder=self._folder, storage=self._storage, uid=owner.pw_uid, gid=owner.pw_gid
        )
        configuration += TESTED.attributes if self._dictionary else ""
        (self._folder / "dovecot.conf").write_text(configuration)
        push = "mail_plugins = mail_lua notify push_notification push_notification_lua\n"
        push += TESTED.drivers([f"lua:file={self.script}"])
        (self._folder / "push.conf").write_text(configuration + push)
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
        found = [_INFO.fullmatch(line) for line in lines]
        assert all(found), lines
        return [line[1] for line in found if line]

    def __call__(self, *words: str) -> Answer:
        """
        Run ``doveadm WORDS``.
        """
        done = self._run("dovecot.conf", words)
        complaints = done.stderr.decode("utf-8", "backslashreplace").splitlines() or [""]
        words_only = complaints[-1].partition("Error: " if "Error: " in complaints[-1] else "Fatal: ")[2]
        return Answer(done.returncode == 0, done.stdout, _COMMAND.sub("", words_only))

    def _run(self, configuration: str, words: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            TESTED.command(
                "doveadm",
                "-c",
                str(self._folder / configuration),
                *_without_database(words),
                folder=self._folder,
            ),
            env={**os.environ, "USER": "bob", "HOME": str(self._home)},
            capture_output=True,
            check=False,
            timeout=60,
        )


def _without_database(words: Sequence[str]) -> list[str]:
    """
    A command that asks no user database: in 2.4 that has to be said.
    """
    if TESTED.dialect == "2.3":
        return [*words]
    place = 3 if words[1] == "metadata" else 2
    return [*words[:place], "--no-userdb-lookup", *words[place:]]
