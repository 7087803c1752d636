"""
Sessions with OX drivers, for the tests of that driver.
"""

from __future__ import annotations

from collections.abc import Sequence

from luahost import message
from luahost.drivers import DriverEntry
from luahost.effects import Log
from luahost.host import Host, Session
from luahost.store import MailUser, MemoryStore

KEY = "/private/vendor/vendor.dovecot/pvt/server/vendor/vendor.dovecot/http-notify"

PREFIX = "push-notification-ox: "

MAIL = message.read(
    b"From: =?utf-8?q?=C3=84lice?= <alice@barfoo.org>\r\nTo: bob@example.com\r\nSubject: Hi\r\n"
    b"\r\nHello there\r\n"
)


def ox(url: str, *, setting: str = "push_notification_driver", **options: str) -> DriverEntry:
    """
    An OX driver.
    """
    return DriverEntry(name="ox", options={"url": url, **options}, setting=setting)


def switched_on(value: str | None = "user=bob", *, user: str = "bob") -> MemoryStore:
    """
    A store with this METADATA of the user.
    """
    store = MemoryStore()
    store.create(user, "INBOX")
    store.set_metadata(user, "INBOX", KEY, value)
    return store


def session(
    drivers: Sequence[DriverEntry],
    *,
    dialect: str = "2.3",
    store: MemoryStore | None = None,
    debug: bool = True,
    user: MailUser | str = "bob",
) -> Session:
    """
    A session, to be opened with ``with``; METADATA is set unless a store is given.
    """
    host = Host(drivers=drivers, dialect=dialect, debug=debug)
    return host.session(user, store=switched_on() if store is None else store)


def delivered(*drivers: DriverEntry, dialect: str = "2.3", store: MemoryStore | None = None) -> list[str]:
    """
    What the drivers log of a delivery, from when it begins, as ``level: words``.
    """
    with session(drivers, dialect=dialect, store=store) as opened:
        before = len(opened.effects.of(Log))
        opened.deliver(MAIL)
    logs = opened.effects.of(Log)[before:]
    return [f"{log.level}: {log.text.removeprefix(PREFIX)}" for log in logs if log.prefix == PREFIX]
