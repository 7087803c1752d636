r"""
How many defects are found: honest scripts with one defect put into them, again and again.

``python -m tests.check.injected`` tells all that are not found. Some changes make no defect: cjson writes
a float without its fraction, so a number that is left one does no harm there.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from luahost.check import Options, check_text

HONEST = Path(__file__).parent / "honest"
ONE_SERVER = {"only_23.lua": ("2.3",), "only_24.lua": ("2.4",), "wake_up.lua": ("2.4",)}
"""Honest scripts that are for one server only."""

INJECTIONS = (
    ("no-timeout", r"^(https?|http)\.TIMEOUT = \d+$", ""),
    ("float-number", r"math\.tointeger\((\w+(?:\.\w+)*)\)", r"\1"),
    ("float-number", r"%d(\"\):format\(event\.uid)", r"%s\1"),
    ("mailbox-not-freed", r"^\s*mailbox:free\(\)$", ""),
    ("http-option", r"request_timeout = ", "timeout = "),
    ("http-option", r"request_timeout_msecs = ", "timeout_msecs = "),
    ("http-option-value", r'request_timeout = "(\d+)(ms|s)"', r"request_timeout = \1"),
    ("script-init-result", r"^  return 0\n", ""),
    ("uncalled-handler", r"event_message_new(?=[( ])", "event_new_message"),
    ("uncalled-handler", r"^function (dovecot_lua_notify_event_\w+)\(", r"local function \1("),
    ("missing-function", r"^function dovecot_lua_notify_begin_txn", "local function begin_txn"),
    ("missing-function", r"^function dovecot_lua_notify_end_txn", "local function end_txn"),
    ("implicit-global", r"^  local (\w+) =", r"  \1 ="),
    ("unknown-constant", r"STATUS_UNSEEN", "STATUS_UNREAD"),
    ("unknown-method", r":submit\(\)", ":send()"),
    ("unknown-method", r"dovecot\.i_(\w+)", r"dovecot.log_\1"),
    ("unknown-field", r"event\.from_address", "event.from_addr"),
    ("plugin-getenv", r"if user\.plugin_getenv then", "if user then"),
    ("dot-call", r"user:mailbox\(", "user.mailbox("),
    ("use-after-free", r"^(\s*)(local status = mailbox:status\([^\n]*\n)", r"\1mailbox:free()\n\1\2"),
    ("unprotected-io", r"local ok, (\w+) = pcall\(counts, ", r"local ok, \1 = true, counts("),
    ("process-exit", r"^    return$", "    os.exit()"),
    ("undefined-global", r"ipairs\(ctx\.(\w+)\)", r"ipairs(context.\1)"),
    ("keywords-name", r"event\.keywords_set or event\.keywords", "event.keywords_set"),
    ("status-division", r"// 100 ~= 2", "/ 100 ~= 2"),
)
"""Rule, what is changed, into what."""


class Injected(NamedTuple):
    """
    A script with one defect.

    Attributes:
        rule: Which rule should find it.

        name: The script.

        line: Where it is.

        text: The script with the defect.
    """

    rule: str
    name: str
    line: int
    text: str

    @property
    def found(self) -> bool:
        """
        Whether the rule finds it.
        """
        options = Options(dialects=ONE_SERVER.get(self.name, ("2.3", "2.4")))
        report = check_text(str(HONEST / self.name), self.text.encode(), options)
        return self.rule in {finding.rule for finding in report.findings}


def injected(name: str) -> Iterator[Injected]:
    """
    A script with each defect that it can have.
    """
    text = (HONEST / name).read_text("utf-8")
    for rule, pattern, replacement in INJECTIONS:
        for match in re.finditer(pattern, text, re.MULTILINE):
            changed = match.expand(replacement)
            line = text.count("\n", 0, match.start()) + 1
            yield Injected(rule, name, line, text[: match.start()] + changed + text[match.end() :])


def main() -> None:
    """
    All scripts.
    """
    every = [one for path in sorted(HONEST.glob("*.lua")) for one in injected(path.name)]
    missed = [one for one in every if not one.found]
    lines = [f"not found: {one.rule} in {one.name}:{one.line}" for one in missed]
    sys.stdout.write("\n".join([*lines, f"{len(every) - len(missed)} of {len(every)} found", ""]))


if __name__ == "__main__":
    main()
