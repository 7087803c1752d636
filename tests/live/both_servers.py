"""
A real Dovecot and luahost with the same drivers and the same mail, to compare what each sends and logs.

Dovecot is configured to log what the push drivers and their framework say with debugging on, and no other
debug lines. What the server itself tells of clients is left out, and what its HTTP client says of each step
of a request. Numbers of processes, sessions and connections are taken out, as are times.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from luahost import mail_log, message
from luahost.config import read_configuration
from luahost.dialects import DIALECTS
from luahost.effects import Log
from luahost.host import Host, Session
from luahost.store import MailUser, MemoryStore
from tests.api.scripted_endpoint import Pieces, ScriptedEndpoint
from tests.live.dovecot import Dovecot
from tests.live.releases import TESTED

PLUGINS = ("notify", "push_notification")

CONFIGURATION = """\
log_debug = category=push-notification
protocol imap {
  imap_metadata = yes
}
"""

KEY = "/private/vendor/vendor.dovecot/http-notify"
"""The OX driver's, as doveadm knows it."""

KEPT_KEY = "/private/vendor/vendor.dovecot/pvt/server/vendor/vendor.dovecot/http-notify"

DIALECT = DIALECTS[TESTED.dialect]

PATIENCE_SECONDS = 20

LAST_WORDS = "Called cleanup push_notification plugin hook."
"""The last that dlog says. In a delivery LMTP's internal user is the last of whom it says that."""

_OTHERS = re.compile(r": Info: |: push-notification: request \[")

_CONNECTION = "lmtp-server: conn 127.0.0.1:40000 [1]: rcpt {}: "


@dataclass(slots=True)
class Seen:
    """
    What one of the two did.

    Attributes:
        heads: Heads of its requests.

        bodies: Their bodies.

        log: Its lines.
    """

    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    log: list[str] = field(default_factory=list)


class BothServers:
    """
    The two, to be used inside a ``with`` of the server and the endpoint.

    Args:
        server: The real one, with dlog among its drivers. Luahost reads its configuration.

        endpoint: Where both send to.

        secret: The URL's user and password as they are configured, if any, which luahost does not show.
    """

    def __init__(self, server: Dovecot, endpoint: ScriptedEndpoint, *, secret: str = "") -> None:
        self.server = server
        self._endpoint = endpoint
        self._secret = secret
        self.store = MemoryStore()
        configured = read_configuration(str(server.configuration)).settings("lmtp")
        drivers = configured.expanded(MailUser("somebody")).drivers()
        self._host = Host(drivers=drivers, dialect=DIALECT.name, debug=True)

    def metadata(self, user: str, value: str | None) -> None:
        """
        Set or remove what switches the OX driver on, in both.
        """
        change = ("unset", KEY) if value is None else ("set", KEY, value)
        self.server.doveadm("mailbox", "metadata", change[0], "-u", user, "-s", "", *change[1:])
        self.store.create(user, "INBOX")
        self.store.set_metadata(user, "INBOX", KEPT_KEY, value)

    def deliver(self, user: str, data: bytes, answer: Pieces) -> tuple[Seen, Seen]:
        """
        The same message in Dovecot and in luahost, and what each did.
        """
        self._endpoint.answers = [answer]
        # As LMTP has it; smtplib adds a line end to whatever does not end in one.
        data = re.sub(b"\r?\n", b"\r\n", data)
        data += b"" if data.endswith(b"\r\n") else b"\r\n"
        before = len(self._lines())
        self.server.deliver(user, data)
        # LMTP's internal user has drivers as well, which begin before the user's and end after them.
        log = self._lines_since(before, cleanups=2)[:-2]
        first = next(at for at, line in enumerate(log) if f"({user})" in line)
        return self._both(
            MailUser(user, service="lmtp"),
            log[first:],
            lambda session: session.deliver(message.read(data, date_range=DIALECT.date_range)),
        )

    def imap(
        self, user: str, in_dovecot: Callable[[], None], in_luahost: Callable[[Session], None]
    ) -> tuple[Seen, Seen]:
        """
        An IMAP session from login to logout in both, and what each did.
        """
        before = len(self._lines())
        in_dovecot()
        log = self._lines_since(before, cleanups=1)
        return self._both(MailUser(user, service="imap"), log, in_luahost)

    def _both(
        self, user: MailUser, log: list[str], in_luahost: Callable[[Session], None]
    ) -> tuple[Seen, Seen]:
        real = self._seen(log)
        if uid_validity := re.search(r"UIDVALIDITY \[(\d+)\]", "\n".join(log)):
            self.store.create(user.username, "INBOX", uid_validity=int(uid_validity[1]))
        with self._host.session(user, store=self.store) as session:
            in_luahost(session)
        connection = _CONNECTION.format(user.username) if user.service == "lmtp" else None
        lines = [
            comparable(line)
            for log_effect in session.effects.of(Log)
            for line in mail_log.lines(log_effect, DIALECT, connection=connection)
        ]
        return real, self._seen(lines)

    def _lines(self) -> list[str]:
        # Only a line feed ends a line; text of messages may hold what else Python takes for an end.
        text = (self.server.folder / "dovecot.log").read_bytes().decode("utf-8", "surrogateescape")
        return [line for line in text.split("\n")[:-1] if not _OTHERS.search(line)]

    def _lines_since(self, before: int, *, cleanups: int) -> list[str]:
        """
        The lines since then. Dovecot's log has a process of its own, which may be behind.
        """
        for _ in range(PATIENCE_SECONDS * 100):
            lines = self._lines()[before:]
            if sum(LAST_WORDS in line for line in lines) == cleanups:
                # Month, day and time have fifteen characters.
                return [comparable(self._hidden(line[16:])) for line in lines]
            time.sleep(0.01)
        raise TimeoutError(f"Dovecot does not log {LAST_WORDS!r}:\n" + "\n".join(lines))

    def _hidden(self, line: str) -> str:
        return line.replace(f"{self._secret}@", "***@") if self._secret else line

    def _seen(self, log: list[str]) -> Seen:
        heads = [re.sub("(?m)^Date: .* GMT", "Date: …", head) for head in self._endpoint.heads]
        seen = Seen(heads=heads, bodies=list(self._endpoint.bodies), log=log)
        self._endpoint.heads.clear()
        self._endpoint.bodies.clear()
        return seen


def comparable(line: str) -> str:
    """
    A line without what differs from run to run.
    """
    line = re.sub(r"^(\w+)\(([^)]*)\)<\d+><[^>]*>", r"\1(\2)<…>", line)
    line = re.sub(r"^(\w+)\(\d+\)", r"\1(…)", line)
    line = re.sub(r"lmtp-server: conn 127\.0\.0\.1:\d+ \[\d+\]", "lmtp-server: conn … […]", line)
    return re.sub(
        r",id=\d+\)", ",id=…)", re.sub(r"\d+\.\d{3} secs", "T secs", re.sub(r"\d+\.\d{3} in", "T in", line))
    )
