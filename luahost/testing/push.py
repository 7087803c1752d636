r"""
``Push``: a session to act on, and to look at.

::

    with Push("push.lua", settings={"push_lua_url": "https://push.example/"}) as push:
        push.deliver("mail.eml")
        push.store("1", add=[r"\Seen"])
        push.last.calls         # what came of the last act; push.calls are the calls of all
    push.verify()               # no error and no request that nobody expected

What came of it is read from the session's effects, which are those of ``luahost run``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from luahost.clock import Clock
from luahost.errors import UsageError
from luahost.host import Host, Session
from luahost.runtime import Limits
from luahost.sources.inputs import prepare
from luahost.store import MailboxError, MailUser, MemoryStore
from luahost.testing.acts import Acts
from luahost.testing.clock import ManualClock
from luahost.testing.endpoint import Endpoint
from luahost.testing.expected_errors import ExpectedError, ExpectedErrors, ScriptError
from luahost.testing.happenings import Happenings
from luahost.testing.limits import limits_of
from luahost.testing.mailboxes import Mailboxes, mailbox_states
from luahost.testing.outcome import Problem
from luahost.testing.problems import endpoint_problems, error_problem
from luahost.timeline import told


class UnexpectedError(AssertionError):
    """
    A test went wrong in a way that it did not expect.

    Attributes:
        problems: What is wrong.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n\n".join(problem.text for problem in problems))
        self.problems = tuple(problems)


class Push(Acts, Happenings):
    """
    A script's session, and what came of it.

    The methods of :class:`~luahost.testing.acts.Acts` act. The attributes of
    :class:`~luahost.testing.happenings.Happenings` look at everything so far, and those of ``last`` at what
    the last act did.

    Args:
        script: Path of the Lua file.

        user: Whose session it is.

        mailboxes: What is there before anything happens: names, or what is in each in the words of fixtures,
            ``{"INBOX": {"messages": [{"uid": 7}]}}``. A user without any is new: where Dovecot tells of it,
            the first mail makes INBOX with an event of its own.

        store: The mail store, if it is to outlive the session.

        folder: Where the names of message files begin; the current directory unless told otherwise.

        endpoint: What answers the script's requests; unless told otherwise one without routes, so that every
            request is one too many.

        clock: What the script takes for the time; one that stands still unless told otherwise.

        limits: How much the script may use, as :class:`luahost.Limits` or by names.

        host: Everything else that :class:`luahost.Host` takes: ``dialect``, ``lua``, ``settings``,
            ``isolate`` and so on. With a ``network`` requests go there, past the endpoint; the ``seed`` is 0
            unless told otherwise.

    Attributes:
        script: The script's path.

        mail_store: The mail store.

        endpoint: What answers the requests.

        clock: What the script takes for the time.
    """

    def __init__(
        self,
        script: str | os.PathLike[str],
        *,
        user: MailUser | str = "bob",
        mailboxes: Mailboxes = ("INBOX",),
        store: MemoryStore | None = None,
        folder: str | os.PathLike[str] = "",
        endpoint: Endpoint | None = None,
        clock: Clock | None = None,
        limits: Limits | Mapping[str, Any] | None = None,
        **host: Any,
    ) -> None:
        self.script = os.fspath(script)
        self.endpoint = Endpoint() if endpoint is None else endpoint
        self.clock = ManualClock() if clock is None else clock
        for given, kind in ((self.endpoint, Endpoint), (self.clock, Clock)):
            if not isinstance(given, kind):
                raise UsageError(f"{given!r} is no {kind.__module__}.{kind.__name__}")
        how = {"network": self.endpoint, "seed": 0, **host, "limits": limits_of(limits)}
        self._host = Host(self.script, clock=self.clock, **how)
        self._user = MailUser(user) if isinstance(user, str) else user
        if not isinstance(self._user, MailUser):
            raise UsageError(f"the user is a name or a MailUser, not {user!r}")
        self.mail_store = store or MemoryStore()
        try:
            prepare(self.mail_store, self._user.username, mailbox_states(mailboxes))
        except MailboxError as error:
            raise UsageError(str(error)) from None
        session = self._host.session(self._user, store=self.mail_store)
        Acts.__init__(self, session, clock=self.clock, folder=os.fspath(folder))
        Happenings.__init__(self, session.effects)
        self._errors = ExpectedErrors(self.effects)
        self._open = False

    @property
    def timeline(self) -> str:
        """
        Everything so far, in the words of ``luahost run``.
        """
        head = f"{self.script}  dialect {self._host.dialect.name}, Lua {self._host.lua}\n"
        return head + told(self.effects)

    def __repr__(self) -> str:
        return f"<luahost.testing.push.Push of {self.script} for {self._user.username}>"

    @property
    def session(self) -> Session:
        """
        The session itself.
        """
        return self._session

    def __enter__(self) -> Push:
        with self._looking():
            self._session.__enter__()
        self._open = True
        if self._session.script_unread is not None:
            self.close()
            raise UsageError(self._session.script_unread[0])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """
        The session ends, and the script is let go; nothing if it has ended.
        """
        if self._open:
            self._open = False
            self._session.__exit__(None, None, None)

    def expect_error(self, match: str | re.Pattern[str] = "") -> ExpectedError:
        """
        A block in which the script fails, and that is as it should be::

            with push.expect_error("attempt to index") as caught:
                push.deliver(subject=None)

        ``caught`` then has the errors. The block fails with an AssertionError if there are none.

        Args:
            match: A regular expression that is found in what Lua says, or in the reason why Dovecot's process
                would be killed.
        """
        return self._errors.expect(match)

    def take_errors(self, start: int, wanted: str = "") -> list[ScriptError]:
        """
        Take the errors from an effect on, by its number among ``effects``, for expected ones, as far as they
        have this text in their words.

        Raises:
            AssertionError: There are none.
        """
        return self._errors.take(start, re.compile(re.escape(wanted)), shown=wanted)

    def allow_errors(self, match: str | re.Pattern[str] = "") -> None:
        """
        The script may fail, before this as well as after; with a regular expression only so that it is found
        in the words of the error.
        """
        self._errors.allow(match)

    def errors_judged(self, *, since: int = 0) -> None:
        """
        Whoever asks for the verdict has judged the errors of the script so far, from an effect on.

        Args:
            since: The effect's place in ``effects``.
        """
        self._errors.judged(since)

    @property
    def unexpected_errors(self) -> list[tuple[int, ScriptError]]:
        """
        The errors of the script that no test has expected, each with the number of its effect.
        """
        return self._errors.unexpected()

    def verdict(self) -> list[Problem]:
        """
        What is wrong though no test asks for it: errors of the script that nobody expected, requests that the
        endpoint has no route for, routes that got none. Complete after the session's end.
        """
        errors = [error_problem(error, script=self.script) for _, error in self.unexpected_errors]
        return [*errors, *endpoint_problems(self.endpoint, script=self.script)]

    def verify(self) -> None:
        """
        Let the test fail if there is a :meth:`verdict`.

        Raises:
            UnexpectedError: There is.
        """
        problems = self.verdict()
        if problems:
            raise UnexpectedError(problems)
