"""
``*.luatest.yaml`` as scenarios. ``docs/scenarios.md`` is for users.

The format is the tables below; unknown keys are errors, so that no typing error goes unheard. With
``scenarios`` one file has several, and what stands at the top holds for each that does not say it itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, get_args

from luahost.dataclass import dataclass, field
from luahost.dialects import DEFAULT_DIALECT, DIALECTS
from luahost.documents.quoting import quoted
from luahost.documents.values import (
    Document,
    Reader,
    Value,
    file_path,
    items,
    meant_or_known,
    number,
    record,
    text,
    truth,
)
from luahost.documents.yaml_tree import MappingNode, ScalarNode, SequenceNode, read_tree
from luahost.egress_policy import POLICIES
from luahost.errors import InputError, UsageError
from luahost.runtime import DEFAULT_LUA, LUA_VERSIONS, ScriptPolicy, limit_value
from luahost.sources import MailboxState, fixture
from luahost.sources.inputs import DEFAULT_USERNAME
from luahost.store import MailUser
from luahost.testing.clock import START
from luahost.testing.scenario.acts import Act, acts
from luahost.testing.scenario.routes import RouteWords, routes
from luahost.testing.scenario.then import Expectations, expectations

ALL = "all"

_WHAT = "a scenario file"


_BOB = MailUser(DEFAULT_USERNAME)
_EMPTY_INBOX: Mapping[str, MailboxState] = {"INBOX": MailboxState()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """
    One scenario, as it is written.

    Attributes:
        file, name, line: Where it stands and what it is called.

        script: Path of the script. Whether there is one shows when the scenario is run.

        script_line: Where the file names it, None if it is the script that the file is called for.

        dialects, lua: In which it runs, each with each.

        settings, user, mailboxes: As in a fixture, but that a user who is given no mailboxes has INBOX.

        endpoint: The routes of the HTTP double.

        clock: What time it is at first, in seconds since 1970.

        seed: What random numbers begin with.

        debug: Whether Dovecot's debug lines are written too.

        folders: Where ``require`` looks after the script's own folder.

        limits: How much the script may use, beside the defaults.

        policy, http: As for :class:`luahost.Host`.

        pending: Why it is not to be judged yet; None if it is.

        when: What happens.

        then: What is expected in the end.
    """

    file: str
    name: str
    line: int
    script: str
    script_line: int | None
    when: tuple[Act, ...]
    then: Expectations | None = None
    dialects: tuple[str, ...] = (DEFAULT_DIALECT,)
    lua: tuple[str, ...] = (DEFAULT_LUA,)
    settings: Mapping[str, str] = field(default_factory=dict)
    user: MailUser = _BOB
    mailboxes: Mapping[str, MailboxState] = _EMPTY_INBOX
    endpoint: tuple[RouteWords, ...] = ()
    clock: float = START.timestamp()
    seed: int = 0
    debug: bool = False
    folders: tuple[str, ...] = ()
    limits: Mapping[str, Any] = field(default_factory=dict)
    policy: ScriptPolicy = "sandboxed"
    http: str = "live"
    pending: str | None = None


class Script(NamedTuple):
    """
    The script that a file names, and where; without a line the one that the file is called for.
    """

    path: str
    line: int | None


def _script(value: Value) -> Script:
    return Script(file_path(value), value.line)


def _folders(value: Value) -> tuple[str, ...]:
    beside = os.path.dirname(value.document.file)
    return tuple(os.path.join(beside, text(item)) for item in items(value, "a folder"))


def _one_of(known: Collection[str], what: str) -> Reader[str]:
    """
    One of them.
    """

    def read(value: Value) -> str:
        written = text(value)
        if written not in known:
            raise value.error(f"unknown {what} {quoted(written)}; {meant_or_known(written, [*known])}")
        return written

    return read


def _choice(known: Collection[str], what: str) -> Reader[tuple[str, ...]]:
    """
    One of them, a list of some, or ``all``.
    """
    one = _one_of(known, what)

    def read(value: Value) -> tuple[str, ...]:
        if isinstance(value.node, SequenceNode):
            found = tuple(dict.fromkeys(one(item) for item in items(value, f"a {what}")))
            if not found:
                raise value.expected(f"one of {', '.join(known)}, a list of some, or {ALL}")
            return found
        return tuple(known) if text(value) == ALL else (one(value),)

    return read


def _clock(value: Value) -> float:
    written = text(value)
    if re.fullmatch("[0-9]{1,11}", written):
        return float(written)
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise value.expected("seconds since 1970, or a time such as 2026-03-29T01:59:00Z") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _user(value: Value) -> MailUser:
    return MailUser(**fixture.user(value))


def _limits(value: Value) -> dict[str, Any]:
    found = {}
    for name, written in fixture.settings(value).items():
        try:
            key, limit = limit_value(f"{name}={written}")
        except UsageError as error:
            raise value.error(str(error)) from None
        found[key] = limit
    return found


_SCENARIO: Mapping[str, Reader[Any]] = {
    "script": _script,
    "dialects": _choice(DIALECTS, "dialect"),
    "lua": _choice(LUA_VERSIONS, "Lua version"),
    "settings": fixture.settings,
    "user": _user,
    "mailboxes": fixture.mailboxes,
    "endpoint": routes,
    "clock": _clock,
    "seed": number(0, 2**53),
    "debug": truth,
    "folders": _folders,
    "limits": _limits,
    "policy": _one_of(get_args(ScriptPolicy), "policy"),
    "http": _one_of(POLICIES, "HTTP policy"),
    "pending": text,
    "when": acts,
    "then": expectations,
}


def _scenarios(value: Value) -> list[dict[str, Any]]:
    table = {"name": text, **_SCENARIO}
    found: dict[str, dict[str, Any]] = {}
    for item in items(value, "a scenario"):
        one = record(item, table, where="in a scenario", required=["name"])
        if one["name"] in found:
            raise item.error(
                f"the name {quoted(one['name'])} is there twice, first in line {found[one['name']]['line']}"
            )
        found[one["name"]] = {**one, "line": item.line}
    if not found:
        raise value.error("scenarios is empty; add one: - name: a mail arrives")
    return [*found.values()]


_TOP: Mapping[str, Reader[Any]] = {"name": text, **_SCENARIO, "scenarios": _scenarios}


def read_scenarios(data: bytes, *, file: str) -> tuple[Scenario, ...]:
    """
    The scenarios of a file.

    Args:
        data: YAML in UTF-8.

        file: Its path; scripts and messages are looked for beside it.

    Raises:
        InputError: It is no scenario file, or what it names is not there; with the line.
    """
    tree = read_tree(data, file=file, what=_WHAT)
    value = Value(_WHAT, tree or ScalarNode(1, "", is_null=True), Document(file), 1)
    if not isinstance(value.node, MappingNode):
        raise value.expected(f"a mapping with the keys {', '.join(_TOP)}")
    top = record(value, _TOP, where="at the top")
    listed = top.pop("scenarios", None)
    # Whose script the file is named after.
    top.setdefault("script", Script(os.path.join(os.path.dirname(file), _own_name(file) + ".lua"), None))
    if listed is None:
        name = top.pop("name", _own_name(file))
        return (_scenario(file, {**top, "name": name, "line": value.line}),)
    if "name" in top:
        raise value.error("a file with scenarios has no name of its own; each scenario has one")
    return tuple(_scenario(file, {**top, **own}) for own in listed)


def _scenario(file: str, found: dict[str, Any]) -> Scenario:
    script: Script = found.pop("script")
    if "when" not in found:
        raise InputError(
            "when is missing, so nothing would happen; add it with an item such as - deliver: hello.eml",
            file=file,
            line=found["line"],
        )
    return Scenario(file=file, script=script.path, script_line=script.line, **found)


def _own_name(file: str) -> str:
    return os.path.basename(file).partition(".")[0] or file
