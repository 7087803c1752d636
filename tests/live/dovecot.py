"""
A real Dovecot for tests: its own folder, loopback, unprivileged ports, and gone at the end.

It works for root and for any other user. Root has Dovecot keep mail as ``nobody``, since Dovecot keeps
none as root; others have everything run as themselves. Every name is a user, with any password, whose
home is made at first sight.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import re
import select
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from tests.live.imap_client import ImapClient
from tests.live.releases import INSTALLED, Release, program

PACKAGES = ("dovecot-core", "dovecot-imapd", "dovecot-lmtpd", "dovecot-auth-lua", "lua-socket")
"""What has to be installed, for ``tests.debian.needs``."""

PUSH_PLUGINS = ("mail_lua", "notify", "push_notification", "push_notification_lua")
"""What push notifications need; ``mail_lua`` has functions that ``push_notification_lua`` calls."""

START_SECONDS = 20
LOOKS_PER_SECOND = 50
LOG_SECONDS = 4
ATTEMPTS = 3
"""Starts with other ports, if somebody has taken one between our look and Dovecot's."""


_ERROR = re.compile(r"\w+ +\d+ [\d:]+ [^:]*: (?:Error|Fatal|Panic): ")


class Dovecot:
    """
    The server; runs inside a ``with``.

    Args:
        plugin: The settings of the block ``plugin``, which 2.4 does not have; ``@folder@`` in a value stands
            for the folder.

        files: Files to copy into the folder, push scripts for instance.

        mail_plugins: What is loaded for every user.

        drivers: Push drivers, as ``tests.live.push_drivers`` has them, with ``@folder@`` as well.

        more: Further configuration as it would stand in ``dovecot.conf``, with ``@folder@`` as well.

        release: Which Dovecot.

    Attributes:
        folder: Everything of this server; users' processes can write into it.

        configuration: The path of its ``dovecot.conf``.
    """

    def __init__(
        self,
        plugin: Mapping[str, str],
        *,
        files: Sequence[Path] = (),
        mail_plugins: Sequence[str] = PUSH_PLUGINS,
        drivers: Sequence[str] = (),
        more: str = "",
        release: Release = INSTALLED,
    ) -> None:
        self._plugin = dict(plugin)
        self._files = files
        self._mail_plugins = mail_plugins
        self._more = (more + "\n" + release.drivers(drivers)) if drivers else more
        self._release = release
        self._process: subprocess.Popen[bytes] | None = None
        self._imap_port = self._lmtp_port = 0
        self.folder = Path()
        self.configuration = Path()

    def __enter__(self) -> Dovecot:
        # Short, as sockets have their names here, and not in pytest's folder, which only root may enter.
        self.folder = Path(tempfile.mkdtemp(prefix="luahost-dovecot-"))
        self.configuration = self.folder / "dovecot.conf"
        try:
            self._furnish()
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    @property
    def ports(self) -> tuple[int, int]:
        """
        Where it listens for IMAP and for LMTP.
        """
        return self._imap_port, self._lmtp_port

    @property
    def session(self) -> int:
        """
        The session, as the system counts them, to which all of its processes belong.
        """
        if self._process is None:
            raise RuntimeError("it does not run")
        return self._process.pid

    @property
    def log(self) -> list[str]:
        """
        The lines of the server's log.
        """
        if not self._log_file.exists():
            return []
        return self._log_file.read_text("utf-8", "backslashreplace").splitlines()

    @property
    def errors(self) -> list[str]:
        """
        Those of them that tell of an error or worse.
        """
        return [line for line in self.log if _ERROR.match(line)]

    def logged(self, *words: str) -> bool:
        """
        Whether the log has, or soon gets, a line with each of these words. Who writes it may be behind.
        """
        for _ in range(LOG_SECONDS * LOOKS_PER_SECOND):
            log = self.log
            if all(any(each in line for line in log) for each in words):
                return True
            time.sleep(1 / LOOKS_PER_SECOND)
        return False

    @property
    def _log_file(self) -> Path:
        return self.folder / "dovecot.log"

    def imap(self, user: str) -> ImapClient:
        """
        A client that has logged in; to be closed.
        """
        return ImapClient(self._imap_port, user)

    def deliver(self, recipient: str, message: bytes) -> None:
        """
        Deliver a message over LMTP; ``user+Work`` is the mailbox Work of ``user``, made if need be.

        Raises:
            smtplib.SMTPException: The server refuses it.
        """
        with smtplib.LMTP("127.0.0.1", self._lmtp_port, timeout=60) as client:
            client.sendmail("sender@example.org", recipient, message)

    def doveadm(self, *arguments: str) -> str:
        """
        What ``doveadm`` prints for this server.

        Raises:
            subprocess.CalledProcessError: It answers with an error; its words are in ``stderr``.
        """
        command = self._command("doveadm", "-c", str(self.configuration), *arguments)
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout

    def _furnish(self) -> None:
        owner = mail_owner()
        (self.folder / "run").mkdir()
        (self.folder / "home").mkdir()
        for file in self._files:
            shutil.copy(file, self.folder)
        for path in (self.folder, self.folder / "home"):
            path.chmod(0o755)
            os.chown(path, owner.pw_uid, owner.pw_gid)

    def _start(self) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            self._imap_port, self._lmtp_port = free_ports(2)
            self.configuration.write_text(self._configured(), "utf-8")
            self._log_file.unlink(missing_ok=True)
            with open(self.folder / "start.log", "wb+") as said:
                if self._listens(said):
                    return
                self._kill()
                said.seek(0)
                words = said.read().decode("utf-8", "backslashreplace")
            words += "\n".join(self.log)
            if attempt == ATTEMPTS or "Address already in use" not in words:
                raise RuntimeError(f"Dovecot did not start:\n{words}")

    def _listens(self, said: IO[bytes]) -> bool:
        """
        Start the server; whether it greets at both ports before it exits or the time is over.
        """
        self._process = subprocess.Popen(
            # In the foreground, and killed with us should we be killed.
            [
                program("setpriv"),
                "--pdeathsig=TERM",
                *self._command("dovecot", "-F", "-c", str(self.configuration)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        silent = [self._imap_port, self._lmtp_port]
        for _ in range(START_SECONDS * LOOKS_PER_SECOND):
            if _greets(silent[0]):
                del silent[0]
            if not silent:
                return True
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1 / LOOKS_PER_SECOND)
                return False
            if any(": Fatal: " in line for line in self.log):
                return False
        return False

    def _stop(self) -> None:
        try:
            self._kill()
        finally:
            # At first a process that is dying may still write something.
            shutil.rmtree(self.folder, ignore_errors=True)
            if self.folder.exists():
                shutil.rmtree(self.folder)

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        # A server that is asked to end takes a second for that, and now and then six. The session is ours, so
        # whoever runs in it is a process of this server.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        while living := _living(process.pid):
            _kill_and_wait(living)

    def _command(self, *command: str) -> list[str]:
        # Other folders of the test, too, where it has scripts for instance.
        return self._release.command(*command, folder=self.folder.parent)

    def _configured(self) -> str:
        plugin = "\n".join(f"  {name} = {value}" for name, value in self._plugin.items())
        return self._release.configuration.format(
            folder=self.folder,
            owner=mail_owner(),
            mail_plugins=" ".join(self._mail_plugins),
            processes=_processes(),
            imap_port=self._imap_port,
            lmtp_port=self._lmtp_port,
            more=self._more.replace("@folder@", str(self.folder)),
            plugin=plugin.replace("@folder@", str(self.folder)),
        )


def mail_owner() -> pwd.struct_passwd:
    """
    Who keeps the mail.
    """
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def _processes() -> str:
    """
    Who runs Dovecot's own processes: unless we are root, nobody but ourselves can.
    """
    if os.geteuid() == 0:
        return ""
    user, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    return f"default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {user}"


def free_ports(count: int) -> list[int]:
    """
    Ports that nobody has at the moment.
    """
    with contextlib.ExitStack() as sockets:
        listeners = [sockets.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]


def _greets(port: int) -> bool:
    """
    Whether a server answers at a port.
    """
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS) as connection:
            return bool(connection.recv(1))
    except OSError:
        return False


def _living(session: int) -> list[int]:
    """
    The processes of a session, the dead that nobody has waited for left out.
    """
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, its_session, *_ = status.read_text("utf-8", "replace").rpartition(")")[2].split()
            if int(its_session) == session and state not in "ZX":
                found.append(int(status.parent.name))
    return found


def _kill_and_wait(processes: Sequence[int]) -> None:
    for each in processes:
        with contextlib.suppress(ProcessLookupError):
            handle = os.pidfd_open(each)
            try:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
                select.select([handle], [], [])
            finally:
                os.close(handle)
