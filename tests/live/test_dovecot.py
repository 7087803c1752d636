"""
The real server that tests start: it is there, as it was configured, and afterwards it is gone.
"""

from __future__ import annotations

import contextlib
import socket

import pytest

from tests.debian import needs
from tests.live.calls import PROBE, CallsFile, in_transactions
from tests.live.dovecot import PACKAGES, Dovecot
from tests.live.mail import message_bytes
from tests.live.releases import TESTED

pytestmark = needs(*PACKAGES)

PROBING = f"lua:file=@folder@/{PROBE.name}"


def test_a_script_hears_of_mail() -> None:
    """
    Mail that comes by LMTP, IMAP and doveadm calls the script, each in a session of its own.
    """
    with Dovecot({}, drivers=[PROBING], files=[PROBE], release=TESTED) as server:
        server.deliver("bob", message_bytes("n01"))
        with server.imap("bob") as client:
            client.command("APPEND INBOX (one) {}", [message_bytes("n02")])
        server.doveadm("mailbox", "create", "-u", "bob", "Play")
        calls = in_transactions(CallsFile(server.folder).take())
        mailboxes = server.doveadm("mailbox", "list", "-u", "bob").split()

    assert [(call["transaction"], call["event"]["name"]) for call in calls if "event" in call] == [
        (1, "MailboxCreate"),
        (2, "MessageNew"),
        (1, "MessageAppend"),
        (1, "MailboxCreate"),
    ]
    assert len({call["load"] for call in calls}) == 3
    assert sorted(mailboxes) == ["INBOX", "Play"]


def test_settings_reach_the_server() -> None:
    """
    Plugins, drivers and further configuration are the test's to choose.
    """
    more = "log_debug = category=push-notification\nlmtp_save_to_detail_mailbox = no\n"
    words = "MailboxCreate: Mailbox was created", "saved mail to INBOX"
    # On a very busy machine a Dovecot now and then logs nothing of what its first user's drivers do.
    assert any(_logged_by_a_server(more, words) for _ in range(4))


def _logged_by_a_server(more: str, words: tuple[str, ...]) -> bool:
    plugins = ["notify", "push_notification"]
    with Dovecot({}, mail_plugins=plugins, drivers=["dlog"], more=more, release=TESTED) as server:
        server.deliver("bob+Work", message_bytes("n01"))
        return server.logged(*words)


def test_nothing_of_it_stays() -> None:
    """
    However a test ends, the server's processes, ports and files are gone.
    """
    server = Dovecot({}, release=TESTED)
    with contextlib.suppress(InterruptedError), server:
        folder = server.folder
        client = server.imap("bob")
        raise InterruptedError

    assert client.command("NOOP") == []
    client.close()
    assert not folder.exists()
    for port in server.ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


def test_a_wrong_configuration_is_told() -> None:
    """
    A server that does not start says why.
    """
    server = Dovecot({}, more="nosuch = yes", release=TESTED)
    with pytest.raises(RuntimeError, match="Unknown setting: nosuch"), server:
        pass
