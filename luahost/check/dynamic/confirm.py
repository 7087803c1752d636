"""
What was seen, against what the rules suspect.

A finding is *seen* if the script, when run, raised, waited, logged or killed the process there, in one of the
finding's dialects. What no rule foresaw is a finding of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from luahost import patterns
from luahost.check.dynamic.running import Seen, tried
from luahost.check.dynamic.settings import made_up, names_asked_for
from luahost.check.facts import BEGIN, END
from luahost.check.finding import Finding
from luahost.check.options import Options
from luahost.check.script import Script

ERROR, KILL, WAIT, LIMIT = "seen-error", "seen-kill", "seen-wait", "seen-limit"

SANDBOX = frozenset({"files-and-commands", "missing-module"})
"""What the sandbox refuses, so that an error there says nothing about Dovecot."""

WAITING = frozenset({"no-timeout", "blocking-time"})

BY_WORDS = {
    "script-init-result": ("script_init() returned", "Script init failed"),
    "missing-function": ("Missing function",),
    "kept-object": ("is still held by",),
    "passthrough-event": ("passthrough",),
    "request-reuse": ("after submit()",),
}
"""Rules whose errors name no line, and what those say."""

PLACE = patterns.compile(r"^[^ ]*:\d+: ")
"""File and line in front of Lua's words, which stand in the finding."""

CLIENT = frozenset({"http-option", "http-option-value"})
CLIENT_ERROR = patterns.compile(
    r"Invalid HTTP client setting: (?:.*http_client_)?(\w+)|the value of (\w+)|an (event_parent)"
)
"""What names a setting of a client; the line is that of the call."""

MISSING = patterns.compile(r"\((?P<kind>field|method|global) '(?P<name>[^']*)'\)$")
"""What Lua calls the value that was nil, or had the wrong type."""

NAMING = frozenset(
    {
        "event-user",
        "keywords-name",
        "plugin-getenv",
        "undefined-global",
        "unknown-constant",
        "unknown-field",
        "unknown-method",
    }
)
"""Rules that name what is missing, so that an error about something else in the line is not theirs."""

RAISING = frozenset(
    {
        "crashing-argument",
        "dot-call",
        "event-user",
        "flags-bitmask",
        "integer-field",
        "keywords-name",
        "metadata-unopened",
        "object-comparison",
        "plugin-getenv",
        "process-exit",
        "undefined-global",
        "unknown-constant",
        "unknown-field",
        "unknown-method",
        "unprotected-io",
        "use-after-free",
        "var-expand",
    }
)
"""Rules that foresee an error, or the process's death, in the line of the finding."""


def confirmed(script: Script, findings: Sequence[Finding], options: Options) -> list[Finding]:
    """
    The findings with what has been seen, and those that only a run shows.
    """
    if not called_by_dovecot(script):
        return list(findings)
    settings = {name: made_up(name) for name in names_asked_for(script)} | dict(options.settings)
    found = list(findings)
    for dialect in options.dialects:
        for seen in tried(script.source, dialect, settings, isolate=options.isolate):
            found = list(_compared(script, found, seen, dialect, options, settings))
    return found


def called_by_dovecot(script: Script) -> bool:
    """
    Whether a script has a function that Dovecot calls in a transaction; a module has none.
    """
    functions = script.meaning.functions.entries
    return any(name in functions for name in (BEGIN, END, *script.meaning.handlers))


def _compared(
    script: Script,
    findings: Sequence[Finding],
    seen: Seen,
    dialect: str,
    options: Options,
    settings: Mapping[str, str],
) -> Iterator[Finding]:
    foreseen = False
    for finding in findings:
        if dialect in finding.dialects and _fits(finding, seen):
            foreseen = True
            yield finding if finding.rule in SANDBOX else _with(finding, seen)
        else:
            yield finding
    if foreseen or seen.trial.confirms or seen.kind == "secret":
        return
    if seen.kind == "wait" and seen.seconds <= options.budget_seconds:
        return
    known = _of_run(script, findings, seen, dialect, settings)
    if known is not None:
        yield known


def _fits(finding: Finding, seen: Seen) -> bool:
    if seen.kind == "wait":
        return finding.rule in WAITING and seen.seconds >= 1
    if finding.rule in WAITING or finding.rule.startswith("seen-"):
        return finding.rule == _rule(seen) and finding.line == (seen.line or 1)
    if seen.kind == "secret":
        return finding.rule == "secret-in-log"
    if finding.rule in BY_WORDS:
        return any(words in seen.message for words in BY_WORDS[finding.rule])
    if finding.rule in CLIENT:
        named = CLIENT_ERROR.search(seen.message)
        return named is not None and any(name and name in finding.message for name in named.groups())
    if finding.rule not in RAISING and finding.rule not in SANDBOX:
        return False
    if _about_something_else(finding, seen.message.partition("\n")[0]):
        return False
    lines = seen.lines if finding.rule == "unprotected-io" or not seen.line else {seen.line}
    return any(finding.line <= line <= finding.end_line for line in lines)


def _about_something_else(finding: Finding, message: str) -> bool:
    """
    Whether an error names something missing that is not what the finding is about. What a global variable
    lacks has nothing to do with fields and objects of Dovecot's in the same line.
    """
    missing = MISSING.search(message)
    if missing is None or (finding.rule not in NAMING and missing["kind"] != "global"):
        return False
    return missing["name"] not in re.findall(r"\w+", finding.message)


def _with(finding: Finding, seen: Seen) -> Finding:
    if finding.evidence == "seen":
        return finding
    return finding._replace(evidence="seen", seen=_words(seen))


def _words(seen: Seen) -> str:
    if seen.kind == "wait":
        return f"when {seen.trial.words}, mail is held for {seen.seconds:g} s"
    first = seen.message.partition("\n")[0]
    words = PLACE.sub("", first) if seen.line is not None else first
    return f"when {seen.trial.words}: {words or 'an error without words'}"


def _rule(seen: Seen) -> str:
    return {"error": ERROR, "kill": KILL, "wait": WAIT, "limit": LIMIT}.get(seen.kind, "")


def _of_run(
    script: Script, findings: Sequence[Finding], seen: Seen, dialect: str, settings: Mapping[str, str]
) -> Finding | None:
    """
    A finding of what no rule foresaw; None if it is there already.
    """
    line = seen.line or 1
    source = script.source
    text = source.line(line)
    start = len(text) - len(text.lstrip()) + 1
    message = {
        "error": f"this raises when {seen.trial.words}",
        "kill": f"this kills the mail process when {seen.trial.words}",
        "limit": f"luahost stopped the script when {seen.trial.words}",
        "wait": f"mail is held for {seen.seconds:g} s when {seen.trial.words}",
    }[seen.kind]
    if seen.line is None:
        message = message.replace("this ", "the script ", 1)
    for finding in findings:
        same = finding.message == message or seen.kind == "wait"
        if finding.rule == _rule(seen) and dialect in finding.dialects and finding.line == line and same:
            return None
    made = ", ".join(f"{name}={value}" for name, value in settings.items())
    return Finding(
        rule=_rule(seen),
        severity="warning" if seen.kind == "wait" else "error",
        message=message,
        help=f"it ran with {made}; give your own with --set" if made else "",
        file=source.file,
        line=line,
        column=start if seen.line is not None else 1,
        end_line=line,
        end_column=max(len(text) + 1, start) if seen.line is not None else 1,
        dialects=(dialect,),
        evidence="seen",
        seen=_words(seen),
    )
