"""
The scripts that a configuration names: that the server may read them, what ``luahost check`` says of them,
and that they load, each in a locked-down process, where nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check import Options, Report, check_file
from luahost.check.dynamic.settings import names_asked_for
from luahost.config import ConfigError, Settings
from luahost.doctor.access import READ, refusal
from luahost.doctor.check import Check, Subject
from luahost.doctor.users import Who
from luahost.effects import Http, Log
from luahost.egress_policy import NOTHING
from luahost.errors import LuahostError
from luahost.host import Host
from luahost.runtime import DEFAULT_LUA, Limits
from luahost.store import MailUser

_SCRIPT = Subject("script")

SOMEBODY = "doctor@example.org"
"""Whose session it is in which a script is loaded."""


def script_checks(
    file: str, settings: Settings, server: Who, *, lua: str = DEFAULT_LUA, limits: Limits | None = None
) -> Iterator[Check]:
    """
    Each check of a script as it is done.

    Args:
        file: The script.

        settings: What it runs with.

        server: Who runs it.

        lua: The Lua version that it runs on.

        limits: How much it may use.
    """
    if words := refusal(file, READ, server):
        yield _SCRIPT.fail(file, words, f"make it readable to {server.name}: chmod a+r {file}")
        return
    given = settings.script_settings()
    try:
        report = check_file(
            file, Options(dialects=(settings.dialect,), settings=given, run=True, isolate=True)
        )
    except LuahostError as error:
        yield _SCRIPT.fail(file, str(error))
        return
    checked = _findings(file, report)
    yield checked
    if report.script is None and checked.state == "fail":
        # It is no Lua.
        return
    yield _loaded(file, settings, lua, limits or Limits())
    if report.script is not None:
        missing = [name for name in names_asked_for(report.script) if name not in given]
        if missing:
            yield _SCRIPT.warn(
                file,
                f"it asks for settings that are not set: {', '.join(missing)}",
                "set them in plugin of luahost.yaml, if the script cannot do without",
            )


def _findings(file: str, report: Report) -> Check:
    advice = f"luahost check {file} says more"
    counts = {level: sum(one.severity == level for one in report.findings) for level in ("error", "warning")}
    for one in report.findings:
        if one.severity == "error":
            more = f" (and {counts['error'] - 1} more)" if counts["error"] > 1 else ""
            return _SCRIPT.fail(file, f"line {one.line}: {one.message}{more}", advice)
    if counts["warning"]:
        first = next(one for one in report.findings if one.severity == "warning")
        more = f" (and {counts['warning'] - 1} more)" if counts["warning"] > 1 else ""
        return _SCRIPT.warn(file, f"line {first.line}: {first.message}{more}", advice)
    return _SCRIPT.ok(file, "luahost check finds nothing")


def _loaded(file: str, settings: Settings, lua: str, limits: Limits) -> Check:
    """
    Load it, with ``script_init``. What it would send while it loads is refused.
    """
    try:
        host = Host(
            file,
            settings=settings.expanded(MailUser(SOMEBODY)).script_settings(),
            dialect=settings.dialect,
            lua=lua,
            limits=limits,
            http=NOTHING,
            isolate=True,
        )
        with host.session(SOMEBODY) as session:
            loaded = session.loaded
    except (ConfigError, LuahostError) as error:
        return _SCRIPT.fail(file, str(error))
    asked = session.effects.of(Http)
    if loaded:
        return _SCRIPT.ok(file, f"loads on Lua {lua}")
    if asked:
        return _SCRIPT.warn(
            file, f"it would not load without {asked[0].method} {asked[0].url}, which was not sent"
        )
    errors = [log.text for log in session.effects.of(Log) if log.level == "error"]
    return _SCRIPT.fail(file, (errors or ["it does not load"])[0].partition("\n")[0], "mend the script")
