"""
One attempt in luahost's own process or a worker, and an honest script after it.

The attempt is called as a function of a script, in a session of its own, with short limits.
"""

from __future__ import annotations

import gc
import re
import resource
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from luahost import Host, MailUser, MessageNew
from luahost.effects import Effects, Http, Print
from luahost.egress import Egress
from luahost.errors import EndpointError, ScriptError, ScriptLimitError
from luahost.exchange import Answer, Request, effect_of
from luahost.host import Session
from luahost.runtime import Limits, LuaState
from luahost.store import MemoryStore
from tests.escapes.attempt import Attempt
from tests.escapes.outcome import RAISED, RETURNED, STOPPED, Outcome

MEBI = 1024 * 1024
LIMITS = Limits(call_seconds=0.3, memory_bytes=16 * MEBI, http_requests=100, output_bytes=4 * MEBI)

KILLED_SECONDS = 0.1
"""What an attempt has that would go on for ever, and is about nothing but its end."""

BIG = "http://big.example/"
"""Stands for ``big:`` in an attempt: what follows is how long the answer is."""

HONEST = """
local json = require("json")
function dovecot_lua_notify_begin_txn(user) return { user = user.username, subjects = {} } end
function dovecot_lua_notify_event_message_new(ctx, event)
  ctx.subjects[#ctx.subjects + 1] = event.subject:upper()
end
function dovecot_lua_notify_end_txn(ctx, ok)
  table.sort(ctx.subjects)
  print(ctx.user, table.concat(ctx.subjects, ","), ok, #json.encode(ctx.subjects) > 0)
end
"""

HONEST_SAYS = "bob\tA,B\ttrue\ttrue\n"


class BigAnswers:
    """
    A way out that answers by itself what ``big:`` stands for, and leaves all else to the real one.
    """

    def __init__(self, way: Egress) -> None:
        self._way = way

    def __getattr__(self, name: str) -> object:
        """
        All else is the real one's.
        """
        return getattr(self._way, name)

    def exchange(
        self,
        request: Request,
        effects: Effects,
        words: Callable[[EndpointError], str] = str,
        objection: Callable[[Answer], str | None] | None = None,
    ) -> Answer:
        """
        An exchange.
        """
        if not request.url.startswith(BIG):
            return self._way.exchange(request, effects, words, objection)
        digits = re.match("[0-9]+", request.url.removeprefix(BIG))
        answer = Answer(
            version="HTTP/1.1", status=200, reason="OK", body=b"x" * int(digits[0] if digits else 0)
        )
        effects.add(replace(effect_of(request), status=200))
        return answer


class AttemptSession(Session):
    """
    A session whose Lua state can be asked for.
    """

    def __init__(self, host: Host) -> None:
        super().__init__(host, MailUser("bob"), MemoryStore())
        self._way = BigAnswers(self._egress)  # type: ignore[assignment]
        self.state: LuaState | None = None

    def _new_state(self, script: str, **options: Any) -> LuaState:
        self.state = super()._new_state(script, **options)
        return self.state


def attempted(attempt: Attempt, lua: str, port: int, *, isolate: bool = False) -> Outcome:
    """
    What comes of an attempt, in this process or in one of its own.
    """
    limits = replace(LIMITS, call_seconds=KILLED_SECONDS) if attempt.check == "killed" else LIMITS
    text = attempt.text.replace(b"@PORT@", str(port).encode()).replace(b'"big:', b'"' + BIG.encode())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "attempt.lua")
        script.write_bytes(b"function attempt(...)\n" + text + b"\nend\n")
        host = Host(script, lua=lua, trusted=True, http="server", limits=limits, isolate=isolate)
        session = AttemptSession(host)
        with session:
            end, words = called(session)
            after_stop = any("AFTER-KILL" in text_of(effect) for effect in session.effects)
        alive = honest(Path(folder), lua, isolate=isolate)
    growth = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return Outcome(end, words, after_stop, alive, growth)


def prepare(lua: str) -> None:
    """
    Have luahost's own Lua compiled in this process: its forks need not do that, each of them again.
    """
    with tempfile.TemporaryDirectory() as folder:
        honest(Path(folder), lua, isolate=False)
    gc.freeze()


def called(session: AttemptSession) -> tuple[str, str]:
    """
    How the attempt ended, and with what words.
    """
    if not session.loaded or session.state is None:
        return RAISED, session.effects.failures[-1].message if session.effects.failures else ""
    try:
        _, value = session.state.call("attempt")
    except ScriptLimitError as error:
        return STOPPED, error.limit
    except ScriptError as error:
        return RAISED, error.message
    return RETURNED, value.decode("utf-8", "replace") if isinstance(value, bytes) else repr(value)


def text_of(effect: object) -> str:
    """
    What a script may have put into an effect.
    """
    if isinstance(effect, Http):
        return effect.url + effect.body.decode("utf-8", "replace")
    return effect.text if isinstance(effect, Print) else ""


def honest(folder: Path, lua: str, *, isolate: bool) -> bool:
    """
    Whether an honest script does its work.
    """
    script = folder / "honest.lua"
    script.write_text(HONEST, encoding="utf-8")
    with Host(script, lua=lua, trusted=True, http="deny", isolate=isolate).session("bob") as session:
        with session.transaction() as transaction:
            for subject in ("b", "a"):
                transaction.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=7, subject=subject))
        return [effect.text for effect in session.effects.of(Print)] == [HONEST_SAYS]
