"""
Findings: what is wrong, where, in which dialects, and how sure that is.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from luahost.check.syntax.nodes import Node

Severity = Literal["error", "warning", "note"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""From worst to best. Notes are worth a look and are no failure."""


class Edit(NamedTuple):
    """
    A piece of a script that is to be replaced, as byte offsets.
    """

    start: int
    end: int
    text: str


class Problem(NamedTuple):
    """
    What a rule finds.

    Attributes:
        node: The piece of the script that is wrong; None where something is missing from it.

        message: What happens, in one line.

        help: What to do about it.

        severity: How bad it is, None for the rule's own.

        edits: A change that mends it and does no harm in any dialect; empty if there is none.
    """

    node: Node | None
    message: str
    help: str = ""
    severity: Severity | None = None
    edits: tuple[Edit, ...] = ()


class Finding(NamedTuple):
    """
    Something wrong at a place of a script.

    Attributes:
        rule: The rule's identifier, ``http-option``.

        severity: ``error``, ``warning`` or ``note``.

        message: What happens, in one line.

        help: What to do about it; may be empty.

        file: The script, as the operator named it.

        line: From 1; ``end_line`` likewise.

        column: From 1, in characters; ``end_column`` is that behind the last one.

        dialects: Where it happens; empty if that makes no difference.

        evidence: ``seen`` if the script was run and it happened, else ``suspected``.

        seen: What was seen, in one line; empty if nothing was.

        edits: A change of the script that mends it; empty if there is none that is safe.
    """

    rule: str
    severity: Severity
    message: str
    help: str
    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    dialects: tuple[str, ...] = ()
    evidence: Literal["seen", "suspected"] = "suspected"
    seen: str = ""
    edits: tuple[Edit, ...] = ()
