"""
The real Dovecot 2.4, as judge of what a configuration means: one user's session of IMAP for each.

``doveconf -f`` puts the lists of filters together in another way than the processes that work with them, so
it is one of these that is asked: ``imap`` as it runs without a server, for a user who says LOGOUT. Plugins
and drivers say what they are when they begin, and a script says what settings it was given.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.live.releases import TESTED

USER = "joe"

ENVIRONMENT = {"PUSH_HOST": "push.example.org"}
"""What ``$ENV:NAME`` finds."""

SCRIPTS = ("one.lua", "two.lua", "mail.lua")

HEAD = """\
dovecot_config_version = 2.4.1
dovecot_storage_version = 2.4.1
log_path = /dev/stderr
mail_driver = maildir
mail_path = {folder}/mail
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
first_valid_gid = 1
ssl = no
log_debug = category=push-notification
"""
"""What a session needs, before the configuration that is asked about."""

_SCRIPT = """\
local function hex(text)
  return (text:gsub(".", function(byte) return string.format("%02x", byte:byte()) end))
end

function script_init(settings)
  local found = {}
  for key, value in pairs(settings) do
    found[#found + 1] = hex(key) .. "=" .. hex(value)
  end
  table.sort(found)
  io.stderr:write("script NAME " .. table.concat(found, " ") .. "\\n")
  return 0
end

function dovecot_lua_notify_begin_txn()
  return {}
end

function dovecot_lua_notify_end_txn()
end
"""

_SESSIONS = """\
cd "$1"
export USER="$2" HOME="$1" DOVECOT_PRESERVE_ENVS="USER HOME PUSH_HOST"
while read -r file shown; do
  if [ -n "$shown" ]; then
    doveconf -nP -c "$file" > "$shown" 2> said
    echo $?
    continue
  fi
  echo '. LOGOUT' | setpriv --reuid nobody --regid nogroup --clear-groups \\
    /usr/lib/dovecot/imap -c "$file" > said 2>&1
  echo $?
done
"""
"""What a shell beside the server does: a session for each file, or ``doveconf -nP`` into another one."""


@dataclass(frozen=True)
class Answer:
    """
    What a session says.

    Attributes:
        complaint: Why the configuration is refused, empty if it is not.

        line: The line that the complaint names, None if it names none.

        drivers: What began, in order: ``script NAME KEY=VALUE …`` in hexadecimals, ``dlog``, ``ox URL``.

        failed: Whether a driver could not begin, which ends the list.
    """

    complaint: str
    line: int | None
    drivers: list[str]
    failed: bool


class Sessions:
    """
    Sessions for one configuration after the other; runs inside a ``with``.

    Attributes:
        folder: Where the files of configurations are put.
    """

    def __enter__(self) -> Sessions:
        self._place = tempfile.TemporaryDirectory(prefix="luahost-conf-")
        self.folder = Path(self._place.name)
        self.folder.chmod(0o777)
        for name in SCRIPTS:
            (self.folder / name).write_text(_SCRIPT.replace("NAME", name), "utf-8")
        command = TESTED.command("/bin/sh", "-c", _SESSIONS, "sh", str(self.folder), USER, folder=self.folder)
        self._shell = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env={**os.environ, **ENVIRONMENT},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._shell.communicate()
        self._place.cleanup()

    def ask(self, file: Path) -> Answer:
        """
        What a session says that has this configuration.
        """
        status = self._status(str(file))
        return answer(status, (self.folder / "said").read_text("utf-8", "surrogateescape"))

    def show(self, file: Path, shown: Path) -> bool:
        """
        Write what ``doveconf -nP`` says of a configuration; whether it does not refuse it.
        """
        return self._status(f"{file} {shown}") == 0

    def _status(self, line: str) -> int:
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{line}\n")
        return int(self._shell.stdout.readline())


def answer(status: int, said: str) -> Answer:
    """
    What the output of a session means.
    """
    complaint = re.search(r"(?:Fatal|Panic): (.*)", said)
    if complaint is None and status:
        raise RuntimeError(f"the session ended with {status}: {said}")
    line = re.search(r"Error in configuration file \S+ line ([0-9]+): ", said)
    drivers = []
    for text in said.splitlines():
        if text.startswith("script "):
            drivers.append(text.rstrip(" "))
        elif "dlog: Called init push_notification" in text:
            drivers.append("dlog")
        elif "push-notification-ox: Using URL " in text:
            drivers.append(f"ox {text.rpartition(' ')[2]}")
    return Answer(
        complaint[1] if complaint is not None else "",
        int(line[1]) if line is not None else None,
        drivers,
        ": Error: " in said,
    )
