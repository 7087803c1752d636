"""
How much a script may use, and what is said when it has used more.

A limit holds for one call of a function of the script, for one push transaction, or for the script's
Lua state. What counts is told apart in ``docs/sandbox.md``; who counts is ``meter.py`` and, for
instructions, ``luahost/lua/runtime/guard.lua``.
"""

from __future__ import annotations

from typing import Any

from luahost import dataclass as dataclasses
from luahost.dataclass import dataclass
from luahost.errors import ScriptLimitError, UsageError

MEBI = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    The limits of a script; None is no limit. The defaults are far above what push scripts need.

    A transaction is a push transaction: all calls from ``begin_txn`` to ``end_txn``. Loading the script,
    ``script_init`` and ``script_deinit`` together count as one more.

    Attributes:
        call_seconds: Time that one call may take, waiting for HTTP included.

        call_instructions: Instructions of the Lua machine in one call, counted in steps of 10,000.

        transaction_seconds: Time that all calls of one transaction may take.

        transaction_instructions: Instructions in all calls of one transaction.

        memory_bytes: What the script's Lua state may hold.

        output_bytes: Log lines, prints, named events and whatever else the script leaves in the effects of
            one transaction, HTTP bodies apart; each effect counts 200 bytes more than its text.

        http_requests: HTTP requests in one transaction, redirects and refused ones included.

        http_bytes: Bodies of the HTTP requests and answers of one transaction.

    Raises:
        UsageError: A limit is no positive number.
    """

    call_seconds: float | None = 120
    call_instructions: int | None = 200_000_000
    transaction_seconds: float | None = 600
    transaction_instructions: int | None = 1_000_000_000
    memory_bytes: int | None = 64 * MEBI
    output_bytes: int | None = 64 * MEBI
    http_requests: int | None = 1000
    http_bytes: int | None = 64 * MEBI

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            whole = not field.name.endswith("seconds")
            if value is None:
                continue
            number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
            # The comparison refuses what is no number, too.
            if not number or not 0 < value < float("inf"):
                kind = "a whole number" if whole else "a number"
                raise UsageError(
                    f"the limit {field.name} is {kind} above 0, or None for no limit; not {value!r}"
                )


NO_LIMITS = Limits(**{field.name: None for field in dataclasses.fields(Limits)})
"""Nothing is limited."""

SPENT = {
    "call_seconds": "{spent:.2f} seconds in one call",
    "call_instructions": "{spent} instructions in one call",
    "transaction_seconds": "{spent:.2f} seconds in one transaction",
    "transaction_instructions": "{spent} instructions in one transaction",
    "memory_bytes": "all of the {allowed} bytes of memory it may hold",
    "output_bytes": "{spent} bytes of output in one transaction",
    "http_requests": "{spent} HTTP requests in one transaction",
    "http_bytes": "{spent} bytes of HTTP bodies in one transaction",
}
"""What a script has used, by limit."""


def limit_error(
    limit: str,
    spent: float,
    allowed: float,
    *,
    file: str | None = None,
    line: int | None = None,
    short_file: str | None = None,
    traceback: str | None = None,
) -> ScriptLimitError:
    """
    The error about a limit that was reached at this place; ``short_file`` is the file as Lua shortens it.
    """
    place = f"{short_file or file}:{line}: " if file is not None and line is not None else ""
    used = SPENT[limit].format(spent=spent, allowed=allowed)
    words = f"{place}luahost stopped the script: it used {used}; the limit is {limit}={allowed}"
    return ScriptLimitError(
        words, limit=limit, spent=spent, allowed=allowed, file=file, line=line, traceback=traceback
    )


UNITS = {"": 1, "k": 1024, "m": MEBI, "g": 1024 * MEBI}
"""What may follow a number of bytes."""


def limit_value(text: str) -> tuple[str, Any]:
    """
    Name and value of a limit in the form ``call_seconds=5``, ``memory_bytes=64M`` or ``http_requests=none``.

    Raises:
        UsageError: There is no such limit, or it cannot have this value.
    """
    name, _, value = text.partition("=")
    names = [field.name for field in dataclasses.fields(Limits)]
    if name not in names:
        raise UsageError(f"there is no limit {name!r}; there are {', '.join(names)}")
    wrong = UsageError(f"{text!r} is not {name}=NUMBER or {name}=none")
    if value == "none":
        return name, None
    unit = value[-1:].lower() if name.endswith("_bytes") and value[-1:].isalpha() else ""
    digits = value[: len(value) - len(unit)]
    try:
        number: float = float(digits) if name.endswith("_seconds") else int(digits) * UNITS[unit]
        checked: Any = number
        Limits(**{name: checked})
    except (ValueError, KeyError, UsageError):
        raise wrong from None
    return name, number
