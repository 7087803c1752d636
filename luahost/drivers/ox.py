"""
The OX driver: a PUT to an endpoint of Open-Xchange's for each message that is delivered to INBOX.

A user switches it on with METADATA (``doveadm mailbox metadata set -s "" KEY user=11@3``), which is asked for
when a transaction begins and kept for a while if it is there. A notification is put together when the driver
hears of the message, and sent later: by the documents when the transaction is over for every driver; in
Dovecot the process waits for the answer when it lets its drivers go, at the end of the delivery. So a slow
endpoint holds up no driver that has mail to tell of, and nobody longer than its attempts may take.

Log lines are Dovecot's, but for the URL's password. (Compared with Dovecot 2.3.19.1 and 2.4.1.)
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from functools import partial

from luahost import patterns
from luahost.api.http_exchange import Outcome, Submission
from luahost.api.http_request import Order
from luahost.api.http_url import HttpUrl
from luahost.dataclass import replace
from luahost.drivers.context import DriverContext, HttpClient
from luahost.drivers.driver import Driver, Registration
from luahost.drivers.entry import DriverEntry
from luahost.drivers.ox_message import notification
from luahost.drivers.ox_settings import OxSettingError, OxSettings, read_settings, read_url, shown_url
from luahost.drivers.records import Changed, Record
from luahost.effects import Log
from luahost.events import MessageNew
from luahost.store import MailboxError
from luahost.store.metadata_keys import USER_MAILBOX, user_key

NAME = "ox"
PREFIX = "push-notification-ox: "
"""What the driver's event puts in front of its log lines."""

USER_KEY = "/private/vendor/vendor.dovecot/http-notify"
KEY = user_key(USER_KEY)
WATCHED_MAILBOX = "INBOX"

REGISTRATION = Registration(
    events=(MessageNew,), data=frozenset({"from", "subject", "snippet"}), log_prefix=PREFIX
)

HEADERS = (("Content-Type", "application/json; charset=utf-8"),)

INTERNAL_STATUS = 9000
"""From here on a status is Dovecot's own, and its reason says all."""


class OxDriver(Driver):
    """
    One OX endpoint.
    """

    def __init__(self, entry: DriverEntry, context: DriverContext) -> None:
        self._entry = entry
        self._context = context
        self._dialect = context.dialect
        self._url: HttpUrl
        self._settings: OxSettings
        self._cached: str | None = None
        self._cached_at = 0
        self._users: dict[int, str] = {}
        clients = context.http_clients if self._dialect.ox_one_client else {}
        self._client = clients.setdefault(NAME, HttpClient())
        self._connections = itertools.count(1)
        self._told_of_any = False

    def open(self) -> bool:
        """
        Read the options.
        """
        try:
            self._url = read_url(self._entry, self._dialect)
            self._debug(f"Using URL {shown_url(self._entry, self._dialect)}")
            self._settings = read_settings(self._entry, self._dialect)
        except OxSettingError as error:
            self._context.effects.add(Log(level="error", text=f"{NAME}: {error}", source="driver"))
            return False
        self._debug(f"Using cache lifetime: {self._settings.cache_lifetime_seconds}")
        if self._dialect.ox_says_whose_name:
            stored = self._settings.user_from_metadata
            self._debug(f"Using user {'stored in METADATA' if stored else 'sent by OX endpoint'}")
        return True

    def begin(self, transaction: int, mailbox: str) -> Registration | None:
        """
        Whether the user wants to be told of this mailbox.
        """
        self._send_waiting()
        value = self._metadata()
        if value is None:
            return None
        if mailbox != WATCHED_MAILBOX:
            self._debug(f"Skipped because {mailbox} is not a watched mailbox")
            self._silent(f"it tells of {WATCHED_MAILBOX} only, and this was {mailbox}")
            return None
        user = user_in(value)
        if user is None:
            self._error("No user provided in config")
            return None
        username = self._context.username
        from_metadata = self._settings.user_from_metadata
        if self._dialect.ox_own_user_only and not from_metadata and user != username:
            words = (
                f"Skipped because the METADATA is of user {user}, not of {username} (set user_from_metadata?)"
            )
            self._log("info", words)
            return None
        self._debug(f"User ({user})")
        self._debug("Handling MessageNew event")
        self._users[transaction] = user if from_metadata else username
        self._silent("it tells of MessageNew only, and no message was delivered")
        return REGISTRATION

    def process(self, transaction: int, changed: Changed, records: Sequence[Record]) -> None:
        """
        Put together what there is to send of a message. Dovecot looks at INBOX whatever has changed there.
        """
        if changed.uid is None:
            return
        unseen = self._unseen()
        for record in records:
            if isinstance(record.event, MessageNew):
                body = notification(
                    record.event,
                    user=self._users[transaction],
                    event_name=self._dialect.ox_event,
                    unseen=unseen,
                    order=self._dialect.ox_fields,
                    hexadecimal=self._dialect.ox_hexadecimal,
                )
                self._debug(f"Sending notification: {body}")
                self._told_of_any, self.silent = True, None
                self._client.waiting.append(partial(self._send, transaction, body))

    def end(self, transaction: int, *, success: bool) -> None:
        """
        Nothing more will be put together.
        """
        self._users.pop(transaction, None)

    def settle(self, transaction: int) -> None:
        """
        Send what there is, unless that has time until the end.
        """
        if not self._dialect.ox_sends_at_end:
            self._send_waiting()

    def close(self) -> None:
        """
        Send what there is.
        """
        self._send_waiting()

    def _metadata(self) -> str | None:
        """
        The user's entry; None, and a line that says why, if there is none. Only what is there is kept.
        """
        context, now = self._context, int(self._context.clock.time())
        if self._cached is not None and self._cached_at + self._settings.cache_lifetime_seconds > now:
            return self._cached
        try:
            if not context.store.attributes:
                raise MailboxError("Mailbox attributes not enabled")
            value = context.store.metadata(context.username, USER_MAILBOX).get(KEY)
        except MailboxError as error:
            self._error(f"Skipped because unable to get attribute: {error}")
            return None
        if value is None:
            self._debug(f"Skipped because not active ({KEY} METADATA not set)")
            name = context.username
            set_it = f'luahost metadata set -u {name} -s "" {USER_KEY} user={name}'
            self._silent(f"the METADATA {USER_KEY} of {name} is not set; to set it: {set_it}")
            return None
        self._cached, self._cached_at = value, now
        return value

    def _silent(self, words: str) -> None:
        if not self._told_of_any:
            self.silent = words

    def _unseen(self) -> int | None:
        try:
            unseen = self._context.store.status(self._context.username, WATCHED_MAILBOX).unseen
        except MailboxError as error:
            self._error(f"mailbox_sync({WATCHED_MAILBOX}) failed: {error}")
            return None
        self._debug(f"Got status of mailbox '{WATCHED_MAILBOX}': (unseen: {unseen})")
        return unseen

    def _send_waiting(self) -> None:
        """
        Send all that waits for the client, one after the other.
        """
        while self._client.waiting:
            self._client.waiting.pop(0)()

    def _send(self, transaction: int, body: str) -> None:
        with self._context.effects.working(transaction=transaction, driver=self.label):
            outcome = self._outcome(body)
            said = f"{outcome.status} {outcome.reason}"
            if outcome.status // 100 == 2:
                self._debug(f"Notification sent successfully: {said}")
            else:
                words = outcome.reason if outcome.status >= INTERNAL_STATUS else said
                self._error(f"Error when sending notification: {words}")

    def _outcome(self, body: str) -> Outcome:
        own = self._settings.http
        if self._client.settings is None:
            self._client.settings = own
        # Whom to trust is no matter of the client's in Dovecot.
        http = replace(self._client.settings, tls=own.tls)
        payload = body.encode("utf-8")
        return Submission(
            Order(method="PUT", url=self._url, headers=HEADERS, payload=payload),
            http,
            way=self._context.way,
            effects=self._context.effects,
            connection=lambda: next(self._connections),
            shows_character=self._dialect.http_url_shows_character,
            clock=self._context.clock,
        ).outcome()

    def _debug(self, words: str) -> None:
        if self._context.debug:
            self._log("debug", words)

    def _error(self, words: str) -> None:
        self._log("error", words)

    def _log(self, level: str, words: str) -> None:
        """
        A line of the driver's event.
        """
        text = (PREFIX + words).partition("\0")[0]
        self._context.effects.add(Log(level=level, text=text, prefix=PREFIX, source="driver"))


_TAB_ESCAPE = patterns.compile("\x01(.?)", re.DOTALL)
_TAB_ESCAPED = {"0": "\0", "1": "\x01", "t": "\t", "r": "\r", "n": "\n"}


def user_in(value: str) -> str | None:
    """
    The user that METADATA names: of fields ``KEY=VALUE`` with tabs between them, escaped as Dovecot escapes
    tabs, the last ``user``. None if there is no such field.
    """
    fields = (
        _TAB_ESCAPE.sub(lambda match: _TAB_ESCAPED.get(match[1], match[1]), part)
        for part in value.split("\t")
    )
    # C's text ends at the first NUL.
    pairs = [field.partition("\0")[0].partition("=") for field in fields]
    return next((user for key, equals, user in reversed(pairs) if key == "user" and equals), None)
