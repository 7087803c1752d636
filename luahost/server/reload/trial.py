"""
Trying a configuration aside: each script is loaded in a locked-down process, initialised, and told of a
made-up user's mail.

Nothing of that leaves the process: requests are answered 200 without being sent, METADATA is gone afterwards,
effects are thrown away, and what is logged is not. A trial knows little of real users and endpoints, so it is
no judge by itself: what counts is whether something gets as far as what runs well already.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any

from luahost.config import Configuration, Settings, push_of
from luahost.config.named_hosts import named_hosts
from luahost.config.serve_section import ServeSection
from luahost.dataclass import dataclass
from luahost.effects import Effects, Log, ProcessKilled
from luahost.egress_policy import EgressPolicy
from luahost.errors import LuahostError
from luahost.host import Host, Session
from luahost.runtime import ScriptFiles
from luahost.server.reload.quiet_network import QuietNetwork
from luahost.server.runner.hosting import same_for_all
from luahost.store import MailUser

USER = "trial@luahost.invalid"
"""Nobody's name (RFC 6761, section 6.4)."""

MESSAGE = {
    "date": 1_560_937_320,
    "tz": 180,
    "from_": "Alice <alice@example.org>",
    "to": "Bob <bob@example.com>",
    "subject": "Hello",
    "snippet": "Hi Bob, are you there?",
    "message_id": "<hello@example.org>",
    "from_address": "alice@example.org",
    "from_display_name": "Alice",
    "to_address": "bob@example.com",
    "to_display_name": "Bob",
}


class Reached(enum.IntEnum):
    """
    How far a trial came.
    """

    NOT_STARTED = 0
    """A script does not load, or its ``script_init`` fails, or another driver does not start."""

    FAILED = 1
    """Something went wrong in a function of a script."""

    FINE = 2
    """Nothing went wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What came of a trial.

    Attributes:
        reached: How far it came.

        sure: Whether that has nothing to do with what a trial makes up: its user, and endpoints' answers.

        words: What went wrong first, with file and line where there is one; None if nothing did.
    """

    reached: Reached
    sure: bool = True
    words: str | None = None

    @property
    def broken(self) -> bool:
        """
        Whether nobody's transactions could run with it.
        """
        return self.reached is Reached.NOT_STARTED and self.sure

    def worse_than(self, before: Outcome) -> bool:
        """
        Whether it does not do for what came so far: what a trial cannot know holds for both.
        """
        return self.broken or self.reached < before.reached


def tried(configuration: Configuration, section: ServeSection, files: ScriptFiles) -> Outcome:
    """
    Try a configuration, for each service with push that differs from the others; the worst that came of it.

    Args:
        configuration: It.

        section: How scripts are run.

        files: Reads scripts, and keeps them for those who are to run the same ones.
    """
    found = [_tried(settings, section, files) for settings in _different(configuration)]
    return min(found, key=lambda one: (one.reached, not one.sure), default=Outcome(reached=Reached.FINE))


def scripts(configuration: Configuration) -> dict[str, str]:
    """
    The scripts of a configuration, by path, and the dialect that each is for; without those whose path is
    another for each user.
    """
    found: dict[str, str] = {}
    for written in _different(configuration):
        if same_for_all(written):
            paths = [entry.file for entry in written.drivers()] + [written.mail_lua_script]
            found |= {path: written.dialect for path in paths if path}
    return found


def _different(configuration: Configuration) -> Iterator[Settings]:
    """
    The settings of services with push, those that are alike once.
    """
    seen: list[Any] = []
    for service in configuration.services_with_push():
        settings = configuration.settings(service)
        mail_lua = settings.mail_lua_script, settings.mail_lua_settings
        what = settings.drivers(), settings.script_settings(), mail_lua, settings.dialect
        if what not in seen:
            seen.append(what)
            yield settings


def _tried(written: Settings, section: ServeSection, files: ScriptFiles) -> Outcome:
    network = QuietNetwork()
    user = MailUser(USER, service=written.service)
    # A script that has another path for each user may not be there for this one.
    everybodys = same_for_all(written)
    try:
        settings = written.expanded(user)
    except LuahostError as error:
        # Perhaps a real user has what is missing.
        return Outcome(reached=Reached.NOT_STARTED, sure=False, words=str(error))
    try:
        host = Host(
            drivers=settings.drivers() if push_of(settings).on else [],
            settings=settings.script_settings(),
            mail_lua_script=settings.mail_lua_script,
            mail_lua_settings=settings.mail_lua_settings,
            dialect=settings.dialect,
            lua=section.lua,
            limits=section.limits,
            http=section.egress or EgressPolicy(hosts=named_hosts(settings)),
            network=network,
            isolate=True,
            files=files,
        )
        with host.session(user) as session:
            started = session.loaded
            sure = everybodys and not network.asked
            if started:
                _happen(session)
        words = _first_problem(session.effects)
    except LuahostError as error:
        sure = everybodys and not network.asked
        return Outcome(reached=Reached.NOT_STARTED, sure=sure, words=str(error))
    if not started:
        return Outcome(reached=Reached.NOT_STARTED, sure=sure, words=words or "a driver would not start")
    if words is not None:
        return Outcome(reached=Reached.FAILED, sure=False, words=words)
    return Outcome(reached=Reached.FINE)


def _happen(session: Session) -> None:
    """
    A message arrives, is read and removed; another one is not saved after all.
    """
    session.deliver(MESSAGE)
    session.read("1")
    session.store("1", add=[r"\Deleted"])
    session.expunge()
    session.append(MESSAGE, fails=True)


def _first_problem(effects: Effects) -> str | None:
    """
    What went wrong first, in a line.
    """
    for effect in effects:
        if isinstance(effect, ProcessKilled):
            return _placed(effect.reason, effect.file, effect.line)
        if isinstance(effect, Log) and effect.failure is not None:
            failure = effect.failure
            return _placed(failure.message, failure.file, failure.line)
        if isinstance(effect, Log) and effect.level == "error" and effect.source == "driver":
            return effect.text.partition("\n")[0]
    return None


def _placed(words: str, file: str | None, line: int | None) -> str:
    """
    Words in a line, with their place in front unless it stands there already.
    """
    said = " ".join(words.split())
    place = "" if file is None else file if line is None else f"{file}:{line}"
    return said if not place or place in said else f"{place}: {said}"
