"""
Every error luahost raises, sorted by who has to act.

::

    LuahostError
    ├── UsageError          the operator: a wrong option, setting or Python call    exit 2
    │   └── InputError      the operator: a file that cannot be used as it stands   exit 2
    ├── ScriptError         the script's author: it cannot run or it raised         exit 1
    │   ├── ScriptLoadError the script never got as far as its functions            exit 1
    │   └── ScriptLimitError it used more than it may, and was stopped              exit 1
    │       └── ScriptCrashError its process ended, or had to be ended              exit 1
    ├── SpoolError          the operator: a full disk; or nobody: try again         exit 1
    │   └── SpoolFullError  nobody: too much waits already, try again later         exit 1
    │       └── UserFullError   nobody: the same, of one user                       exit 1
    ├── KeyReusedError      whoever brought a transaction: its key was used before  exit 1
    ├── WorkerStartError    nobody: the system gave no process for a script         exit 1
    └── EndpointError       whoever runs the HTTP endpoint, or nobody: try again    exit 1
        └── HeldBackError   nobody: the endpoint is left alone for a while          exit 1

``exit_code`` is what the command line ends with; ``retryable`` says whether the same call may
succeed later without anybody changing anything.
"""

from __future__ import annotations

import errno
import os


class LuahostError(Exception):
    """
    Anything that luahost itself reports.
    """

    exit_code = 1
    retryable = False


class UsageError(LuahostError):
    """
    The operator asked for something that does not exist or does not fit.
    """

    exit_code = 2


class InputError(UsageError):
    """
    A message, fixture or database that cannot be used as it stands.

    Attributes:
        file: Path as the operator gave it, ``-`` for standard input.

        line: Line in that file, counted from 1; None where no line is to blame.

        column: The place in that line, in characters from 1; None where it is not known. The message does not
            name it.

        message: What is wrong, without the place.
    """

    def __init__(
        self, message: str, *, file: str, line: int | None = None, column: int | None = None
    ) -> None:
        place = f"{file}:{line}" if line is not None else file
        super().__init__(f"{place}: {message}")
        self.message = message
        self.file = file
        self.line = line
        self.column = column


class ScriptError(LuahostError):
    """
    A script failed.

    Attributes:
        message: Lua's own words, as Dovecot logs them after ``failed: ``, without the traceback.

        file: The file that raised, None where Lua names none.

        line: Its line, counted from 1.

        traceback: Lua's traceback, beginning with ``stack traceback:``, without luahost's frames.
    """

    def __init__(
        self, message: str, *, file: str | None = None, line: int | None = None, traceback: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.traceback = traceback

    @property
    def text(self) -> str:
        """
        Message and traceback as Dovecot logs them.
        """
        return "\n".join(part for part in (self.message, self.traceback) if part)


class ScriptLoadError(ScriptError):
    """
    A script that cannot be read, parsed or run to its end.

    Attributes:
        step: The step that failed, in Dovecot's words: ``access``, ``lua_load`` or ``lua_pcall``.

        unread: What to tell the operator of a file that is not there, or cannot be read; None if it was read.
    """

    def __init__(
        self,
        message: str,
        *,
        step: str,
        file: str | None = None,
        line: int | None = None,
        traceback: str | None = None,
        unread: str | None = None,
    ) -> None:
        super().__init__(message, file=file, line=line, traceback=traceback)
        self.step = step
        self.unread = unread


class ScriptLimitError(ScriptError):
    """
    The host stopped a script that used more than it may. Its Lua state is of no more use.

    Attributes:
        limit: Which limit was reached: an attribute of :class:`luahost.Limits`.

        spent: How much was used when it was stopped, in the limit's unit.

        allowed: The limit.
    """

    def __init__(
        self,
        message: str,
        *,
        limit: str,
        spent: float,
        allowed: float,
        file: str | None = None,
        line: int | None = None,
        traceback: str | None = None,
    ) -> None:
        super().__init__(message, file=file, line=line, traceback=traceback)
        self.limit = limit
        self.spent = spent
        self.allowed = allowed


class ScriptCrashError(ScriptLimitError):
    """
    The process that a script had for itself ended, or was ended because no script can do what it did.

    ``limit`` is ``process``, ``spent`` and ``allowed`` are 0.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message, limit="process", spent=0, allowed=0)


class WorkerStartError(LuahostError):
    """
    No process could be started for a script.
    """

    retryable = True


class SpoolError(LuahostError):
    """
    What was to be kept in the server's spool is not on disk.
    """

    retryable = True


class SpoolFullError(SpoolError):
    """
    The spool has as many unfinished transactions as it may have.
    """


class UserFullError(SpoolFullError):
    """
    A user has as many unfinished transactions as one user may have.
    """


class KeyReusedError(LuahostError):
    """
    Something else was brought with the same idempotency key.
    """


class EndpointError(LuahostError):
    """
    An HTTP exchange that brought no answer.

    Attributes:
        kind: One of ``refused``, ``timeout``, ``host_not_found``, ``closed``, ``tls``, ``protocol``,
            ``denied``, ``tunnel``.

        detail: What the library said, for people.

        peer: Address and port that it happened with, None where no one asked.
    """

    WORTH_ANOTHER_TRY = frozenset({"refused", "timeout", "host_not_found", "closed"})

    def __init__(self, kind: str, detail: str, *, peer: str | None = None) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.retryable = kind in self.WORTH_ANOTHER_TRY
        self.detail = detail
        self.peer = peer


class HeldBackError(EndpointError):
    """
    A request that the server did not send, as its endpoint failed again and again. A script hears that the
    connection was refused.

    Attributes:
        origin: The endpoint: scheme, host and port.

        wait_seconds: How long it is until something may be sent there.
    """

    def __init__(self, origin: str, wait_seconds: float) -> None:
        super().__init__("refused", os.strerror(errno.ECONNREFUSED))
        self.origin = origin
        self.wait_seconds = wait_seconds


def fault_words(fault: BaseException) -> str:
    """
    What to say of an exception that is luahost's own fault, with the line that raised it.
    """
    place = fault.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "unknown place"
    return f"this is a fault of luahost, please report it: {type(fault).__name__}: {fault} ({where})"
