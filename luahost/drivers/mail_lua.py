"""
The mail-lua plugin: a script that hears of users coming and going, whatever push drivers there are.

Its functions ``mail_user_created``, ``mail_user_deinit_pre`` and ``mail_user_deinit`` get the user and answer
a code and a message; a code below zero is a failure. If the first fails, Dovecot refuses the session, once
the push drivers have been started and let go. A script without the first is let go at once.

A push driver without a script of its own may take this one: in 2.3 if ``mail_user_created`` is there, by the
documents always, in 2.4 never. (Seen in Dovecot 2.3.19.1; 2.4.1 by recordings, without failures.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from luahost.drivers.context import DriverContext
from luahost.drivers.script import Script, StartError, failure_of
from luahost.effects import Call, Failure, Log
from luahost.errors import ScriptError, ScriptLimitError, UsageError
from luahost.runtime import LuaState, script_error, text

CREATED, DEINIT_PRE, DEINIT = "mail_user_created", "mail_user_deinit_pre", "mail_user_deinit"

PREFIX = "mail-lua: "
"""What the plugin's event puts in front of what it logs when a user goes."""

LABEL = "mail_lua"
"""What effects call the plugin in ``driver``."""


class Refusal(Exception):
    """
    Dovecot refuses the session.

    Attributes:
        words: What it logs.

        failure: What went wrong, and where.

        unread: What to say of a script that could not be read; None if it could.
    """

    def __init__(self, words: str, failure: Failure, *, unread: str | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.failure = failure
        self.unread = unread


class MailLua:
    """
    The plugin in one session; without a script it does nothing.

    Args:
        path: The script's file.

        settings: What its ``script_init`` gets in the dialects that give it something.

        context: What push drivers work with, too.

        new_state: Makes the Lua state.
    """

    def __init__(
        self,
        path: str | None,
        settings: Mapping[str, str],
        context: DriverContext,
        new_state: Callable[[str], LuaState],
    ) -> None:
        self._path = path
        self._settings = settings
        self._context = context
        self._new_state = new_state
        self._script: Script | None = None

    def for_push(self) -> Script | None:
        """
        The script, if a push driver without one takes it.
        """
        return self._script if self._context.dialect.mail_lua_fallback != "never" else None

    def open(self) -> Refusal | None:
        """
        Load the script and call ``mail_user_created``. Why the session is refused, None if it is not.
        """
        if self._path is None:
            return None
        with self._context.effects.working(driver=LABEL):
            return self._open(self._path)

    def kills(self) -> bool:
        """
        The session is about to end. Whether Dovecot dies because the script holds a user.
        """
        if self._script is None:
            return False
        with self._context.effects.working(driver=LABEL):
            return self._script.kills()

    def deinit_pre(self) -> None:
        """
        The user is about to go.
        """
        self._farewell(DEINIT_PRE)

    def deinit(self) -> None:
        """
        The user has gone; the script goes too.
        """
        self._farewell(DEINIT)
        script, self._script = self._script, None
        if script is not None:
            with self._context.effects.working(driver=LABEL):
                script.deinit()

    def _open(self, path: str) -> Refusal | None:
        context = self._context
        script = Script(
            path,
            self._new_state(path),
            prefix="",
            settings=self._settings,
            dialect=context.dialect,
            effects=context.effects,
        )
        step = context.dialect.mail_lua_load.format(path=path)
        try:
            script.parse()
            step = f"dlua_script_init({path})"
            script.init()
        except StartError as error:
            source = script.state.source_line(error.error.file, error.error.line)
            failure = failure_of(error.error, error.function, source)
            return Refusal(f"{step} failed: {error.words}", failure, unread=error.unread)
        return self._created(script)

    def _created(self, script: Script) -> Refusal | None:
        if not script.state.has(CREATED):
            if self._context.dialect.mail_lua_fallback == "always":
                self._script = script
            else:
                script.deinit()
            return None
        complaint = self._called(script, CREATED)
        if complaint is None:
            self._script = script
            return None
        script.deinit()
        words, failure = complaint
        return Refusal(f"{CREATED}(user) failed: {words}", failure)

    def _farewell(self, function: str) -> None:
        script = self._script
        if script is None or script.state.stopped is not None or not script.state.has(function):
            return
        with self._context.effects.working(driver=LABEL):
            complaint = self._called(script, function)
            if complaint is not None:
                words, failure = complaint
                line = f"{PREFIX}{function}(user) failed: {words}"
                self._context.effects.add(
                    Log(level="error", text=line, prefix=PREFIX, source="driver", failure=failure)
                )

    def _called(self, script: Script, function: str) -> tuple[str, Failure] | None:
        """
        Call one of the functions: None if it went well, or what Dovecot says of it.
        """
        self._context.effects.add(Call(function=function, user=self._context.username))
        try:
            answer: Any = script.entry("call", "drivers.mail_lua")(function.encode())
        except ScriptLimitError as limit:
            source = script.state.source_line(limit.file, limit.line)
            words = f"lua_pcall({function}, 1, 2) failed: {limit.text}"
            return words, failure_of(limit, function, source)
        if answer is None:
            return None
        raised, *failure = answer
        if raised:
            error = script_error(failure)
            words = f"lua_pcall({function}, 1, 2) failed: {error.text}"
            return words, failure_of(error, function, script.state.source_line(error.file, error.line))
        message = text(failure[0])
        return message, failure_of(ScriptError(message, file=script.path), function)


def refused(refusal: Refusal, path: str, username: str) -> Exception:
    """
    The error for whoever opened the session: the operator's if the script cannot be read, else its author's.
    """
    if refusal.unread:
        return UsageError(f"mail-lua: {refusal.unread}, so Dovecot would refuse {username}'s session")
    failure = refusal.failure
    return ScriptError(
        f"{path} refuses {username}'s session: {refusal.words.partition(chr(10))[0]}",
        file=failure.file,
        line=failure.line,
        traceback=failure.traceback,
    )
