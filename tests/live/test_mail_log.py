"""
What a script logs, and what becomes of its errors: the lines in a real Dovecot's log and luahost's.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from luahost import mail_log, message
from luahost.dataclass import replace
from luahost.dialects import DIALECTS
from luahost.effects import Log
from luahost.host import Host, Session
from luahost.store import MailUser, MemoryStore
from tests.debian import needs
from tests.live.dovecot import PACKAGES, Dovecot
from tests.live.releases import TESTED

pytestmark = needs(*PACKAGES)

SCRIPT = Path(__file__).with_name("log.lua")
MAIL = b"From: A <a@x.org>\r\nSubject: hi\r\n\r\nbody\r\n"
TIME = "Nov 23 14:00:00 "
LAST = " at last\n"
"""What the script's last line in a transaction ends with, before its traceback."""

PATIENCE_SECONDS = 20

_CONNECTION = re.compile(r"lmtp-server: conn \S+ \[\d+\]: rcpt bob: ")
_OTHERS = re.compile(
    r"(?:imap-login|lmtp\(\d+\)): Info: |: Info: (?:lmtp-server: .*: )?(?:msgid=|Disconnected)"
)


@pytest.fixture
def server() -> Iterator[Dovecot]:
    """
    A real one with the script.
    """
    with Dovecot({}, drivers=[f"lua:file=@folder@/{SCRIPT.name}"], files=[SCRIPT], release=TESTED) as running:
        yield running


def logged(server: Dovecot, act: Callable[[], None], *, transactions: int) -> list[str]:
    """
    What the server logs for the user when this is done, without times.
    """

    def text() -> str:
        return (server.folder / "dovecot.log").read_bytes().decode("utf-8", "surrogateescape")

    before = len(text())
    act()
    for _ in range(PATIENCE_SECONDS * 100):
        new = text()[before:]
        # A traceback of two lines is behind it.
        if new.count(LAST) == transactions and new.rpartition(LAST)[2].count("\n") >= 3:
            break
        time.sleep(0.01)
    lines = [line[len(TIME) :] for line in new.split("\n")[:-1]]
    return [line for line in lines if not _OTHERS.search(line)]


def ours(
    server: Dovecot, service: str, store: MemoryStore, act: Callable[[Session], object], real: list[str]
) -> list[str]:
    """
    What luahost logs when this is done by the process, and over the connection, that a real log names.
    """
    dialect = DIALECTS[TESTED.dialect]
    text = "\n".join(real)
    process = re.search(rf"{service}\(bob\)<\d+><[^>]*>", text)
    connection = _CONNECTION.search(text)
    assert process
    host = Host(server.folder / SCRIPT.name, dialect=dialect.name)
    with host.session(MailUser("bob", service=service), store=store) as session:
        act(session)
    return [
        line
        for log in session.effects.of(Log)
        for line in mail_log.lines(
            replace(log, process=process[0]), dialect, connection=connection and connection[0]
        )
    ]


def test_lines(server: Dovecot) -> None:
    """
    They are the same, to the byte, where lines end in the middle, are empty or are too long, and in front of
    each is the same.
    """
    store = MemoryStore()

    in_delivery = logged(server, lambda: server.deliver("bob", MAIL), transactions=2)
    assert (
        ours(server, "lmtp", store, lambda bob: bob.deliver(message.read(MAIL)), in_delivery) == in_delivery
    )

    def in_imap() -> None:
        with server.imap("bob") as client:
            client.command("CREATE Work")
            client.command("APPEND Work {}", [MAIL])

    def in_luahost(bob: Session) -> None:
        bob.create("Work")
        bob.append(message.read(MAIL), mailbox="Work")

    in_session = logged(server, in_imap, transactions=2)
    assert ours(server, "imap", store, in_luahost, in_session) == in_session
