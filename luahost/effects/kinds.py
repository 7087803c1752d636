"""
The kinds of effects: everything a script or driver does to the outside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from luahost import dataclass as dataclasses
from luahost.dataclass import dataclass, field

if not TYPE_CHECKING:

    def dataclass(*, frozen: bool, **options: Any) -> Callable[[type], type]:
        """
        Frozen for type checkers. To have Python see to it as well would make each effect cost three times as
        much, and every transaction has some.
        """
        return dataclasses.dataclass(unsafe_hash=frozen, **options)


Value = None | bool | int | float | str | bytes | Sequence["Value"] | Mapping[str, "Value"]
"""What a script's value looks like from outside. Text that is no UTF-8 is ``str`` with surrogate escapes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """
    Something that reached the outside.

    Attributes:
        transaction: Number of the push transaction it belongs to, from 1; None outside of one.

        driver: Which of several drivers was at work: the name of its setting or block, ``mail_lua`` for the
            script of the mail-lua plugin; None where there is one script only.
    """

    kind: ClassVar[str]

    marked: ClassVar[bool] = False
    """Whether it says where it comes from, as lines of a log do."""

    transaction: int | None = None
    driver: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Effect):
    """
    Dovecot calls a function of the script. What the function does follows.

    Attributes:
        function: Name of the Lua function.

        settings: For ``script_init``, in the dialects that give it its settings: these.

        user: For ``begin_txn`` and the functions of the mail-lua plugin: the user's name.

        event: For a handler: the event table, as the script receives it.

        success: For ``end_txn``: its second argument.
    """

    kind = "call"

    function: str
    settings: Mapping[str, str] | None = None
    user: str | None = None
    event: Mapping[str, Value] | None = None
    success: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """
    Where and how a script failed; part of the Log that Dovecot writes about it.

    Attributes:
        function: The Lua function that Dovecot had called, None while loading.

        message: Lua's words.

        file: The file that raised, None where Lua names none.

        line: Its line, from 1.

        traceback: Lua's traceback without luahost's frames.

        source: The text of that line.

        limit: Which of luahost's limits was reached, None if it failed by itself.
    """

    function: str | None
    message: str
    file: str | None = None
    line: int | None = None
    traceback: str | None = None
    source: str | None = None
    limit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Log(Effect):
    """
    A line in Dovecot's mail log; :func:`luahost.mail_log.lines` puts it together.

    Attributes:
        level: ``debug``, ``info``, ``warning`` or ``error``.

        text: The message with its event's prefixes (``lua: …``), without time, process and level.

        prefix: What an event put in front: the beginning of ``text``. Empty where no event wrote the line, as
            with ``dovecot.i_info`` and what goes wrong while a script is loaded.

        replaced: What ``replace_log_prefix`` put in the process's place: the beginning of ``prefix``. None
            unless it was called.

        process: The process that wrote it, as Dovecot names it, ``imap(bob)<4711><SESSION>``.

        source: ``script`` if the script wrote it, ``driver`` if Dovecot's driver did.

        failure: Set where Dovecot logs that the script failed.
    """

    kind = "log"
    marked = True

    level: str
    text: str
    prefix: str = ""
    replaced: str | None = None
    process: str | None = None
    source: str = "script"
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedEvent(Effect):
    """
    A named event sent to Dovecot's statistics, as happens at the first log call after ``set_name``.

    Attributes:
        name: What ``set_name`` gave.

        fields: What ``add_str``, ``add_int``, ``add_timeval`` and ``inc_int`` gave, parents' included.

        categories: Its categories in Dovecot, in alphabetical order.

        inherited: Fields of Dovecot's own events above it: ``user``, ``service``, ``script``, and the
            mailboxes of the running IMAP command.

        source: ``script``, or ``driver`` for what Dovecot sends by itself.
    """

    kind = "event"
    marked = True

    name: str
    fields: Mapping[str, Value] = field(default_factory=dict)
    categories: tuple[str, ...] = ()
    inherited: Mapping[str, Value] = field(default_factory=dict)
    source: str = "script"


@dataclass(frozen=True, slots=True, kw_only=True)
class Http(Effect):
    """
    One HTTP exchange.

    Attributes:
        method: Request method as sent.

        url: Request URL without credentials.

        headers: Request headers as sent, in order; an ``Authorization`` value is hidden.

        body: Request body.

        status: Status code of the answer, None without an answer.

        reason: Its reason phrase.

        response_headers: Headers of the answer, in order.

        response_body: Body of the answer.

        error: Why there is no answer, in the words that the script got or the driver logs.

        denied: Whether the policy, not the network, refused it.

        refusal: What the policy has against it, for the operator; None unless denied.

        seconds: How long it took.
    """

    kind = "http"

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    status: int | None = None
    reason: str | None = None
    response_headers: tuple[tuple[str, str], ...] = ()
    response_body: bytes = b""
    error: str | None = None
    denied: bool = False
    refusal: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxCall(Effect):
    """
    A script calls a method of a mailbox.

    Attributes:
        mailbox: Its name.

        method: ``open``, ``close``, ``free``, ``sync`` or ``status``.

        result: What ``status`` answered.

        error: The Lua error that it raised.
    """

    kind = "mailbox"

    mailbox: str
    method: str
    result: Mapping[str, Value] | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata(Effect):
    """
    A script reads or writes METADATA.

    Attributes:
        owner: ``user``, or ``mailbox`` with its name in ``mailbox``.

        mailbox: Name of the mailbox, None for the user's.

        operation: ``get``, ``set``, ``unset`` or ``list``.

        key: The key, or the prefix for ``list``, as the script gave it.

        value: What was set, or what ``get`` found.

        error: The Lua error that it raised.
    """

    kind = "metadata"

    owner: str
    mailbox: str | None = None
    operation: str
    key: str
    value: Value = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Print(Effect):
    """
    What ``print`` prints. Dovecot throws it away.

    Attributes:
        text: What was printed, with its line end.
    """

    kind = "print"

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessKilled(Effect):
    """
    What the script did kills the mail process in Dovecot, by a crash or a failed assertion.

    Here the script gets a Lua error instead, and goes on. In Dovecot the whole session is gone: an IMAP
    client is thrown out, an LMTP client gets no answer and delivers the message again.

    Attributes:
        reason: What was done, in words that end with ``this kills the process in Dovecot 2.3``.

        function: The Lua function that Dovecot had called, None while loading or at the session's end.

        file: The script's file, None if it is not known.

        line: Its line, from 1.

        process: The process that dies, as Dovecot's log names it.
    """

    kind = "process_killed"
    marked = True

    reason: str
    process: str | None = None
    function: str | None = None
    file: str | None = None
    line: int | None = None
