"""
``docs/rules.md``: every rule of ``luahost check``, from the rules themselves.

``make docs`` writes it; a test holds it against the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from luahost.check.rule import Rule
from luahost.check.rules import RULES

PAGE = Path(__file__).parent.parent.parent / "docs/rules.md"

HEAD = """\
# Rules of `luahost check`

Made from the rules by `make docs`. Every example is a whole script and a test: the rule finds something in
the bad one, and no rule finds anything in the good one. [How to use them](check.md).

"""


def rows() -> Iterator[str]:
    """
    The table of contents.
    """
    yield "| rule | severity | finds |"
    yield "| --- | --- | --- |"
    for rule in RULES:
        yield f"| [`{rule.name}`](#{rule.name}) | {severity(rule)} | {rule.title} |"


def severity(rule: type[Rule]) -> str:
    """
    How bad it is, and whether it is looked for at all.
    """
    return f"{rule.severity}, if asked for" if rule.asked else rule.severity


def section(rule: type[Rule]) -> Iterator[str]:
    """
    One rule.
    """
    yield f"\n## {rule.name}\n"
    yield f"**{rule.title[0].upper() + rule.title[1:]}** ({severity(rule)}). {rule.reason}"
    if rule.source:
        yield f"\n{rule.source}"
    for kind, words in (("bad", "Found in"), ("good", "Not in")):
        yield f"\n{words}:\n"
        yield f"```lua\n{rule.example(kind).rstrip()}\n```"


def page() -> str:
    """
    The whole page.
    """
    return HEAD + "\n".join([*rows(), *(line for rule in RULES for line in section(rule))]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
