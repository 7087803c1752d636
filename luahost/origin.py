"""
Where effects come from, as Dovecot's log and statistics tell it: the process, its user, the running command.

In Dovecot each event is a child of others, of the driver's, the user's, the command's, the connection's, and
has what they have: what stands in front of a log line, categories and fields of a named event. Here one
object for each session knows what comes from above, and marks effects with it as they happen. Fields that
change from run to run, or tell of the client, are left out: sessions, addresses, durations, the words of a
command.

Source: recordings of Dovecot 2.3.19.1 and 2.4.1; ``lda`` and ``doveadm`` as 2.3.19.1 has them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from luahost.dialects import Dialect
from luahost.effects import Effect, Log, NamedEvent, ProcessKilled, stamped
from luahost.mail_log import RAW_MAIL_USER, process, user_process
from luahost.store import MailUser

_PLUGIN_CATEGORIES = ("push-notification", "storage")

_SERVICE_CATEGORIES = {"lmtp": ("lmtp", "smtp-server"), "doveadm": ()}
"""Categories of what a service's own events are the parents of; the others have their service's name."""


class Origin:
    """
    What a session's effects come from.

    Attributes:
        command: Fields of the event of the IMAP command that is running.
    """

    def __init__(self, user: MailUser, dialect: Dialect) -> None:
        self.command: Mapping[str, str] = {}
        self._dialect = dialect
        self._service = user.service
        self._internal = user.username == RAW_MAIL_USER
        own = () if self._internal else _SERVICE_CATEGORIES.get(user.service, (user.service,))
        self._categories = (*_PLUGIN_CATEGORIES, f"service:{user.service}", *own)
        # Statistics know LMTP's internal user by another name than the log.
        self._fields = {"user": RAW_MAIL_USER.replace("-", " ") if self._internal else user.username}
        if dialect.event_service:
            self._fields["service"] = user.service
        self._process = user_process(user.service, os.getpid(), user.username, user.session_id)
        self._event_process = self._process

    def user_let_go(self, *, refused: bool = False) -> None:
        """
        The session ends. LMTP has let its user go before scripts hear of it; the others do so after. If the
        session is ``refused``, nobody has the user when that is said.
        """
        if refused or self._service == "lmtp":
            self._process = process(self._service, os.getpid())
            if not self._dialect.log_last_user:
                self._event_process = self._process

    def mark(self, effect: Effect) -> Effect:
        """
        The effect with what it has from above.
        """
        match effect:
            case Log():
                return stamped(effect, process=self._event_process if effect.prefix else self._process)
            case ProcessKilled():
                return stamped(effect, process=self._process)
            case NamedEvent():
                lua = ("lua",) if effect.source == "script" else ()
                inherited = {**self._fields, **self.command, **effect.inherited}
                categories = tuple(sorted((*self._categories, *lua)))
                return stamped(effect, categories=categories, inherited=inherited)
        return effect
