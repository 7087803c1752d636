"""
The dialects: what scripts see, as one table of switches.

``documented`` is what the two documents say. Code asks the dialect for a switch and never for its
name. Where the documents are silent, a switch has what real Dovecot does.
"""

from __future__ import annotations

from dataclasses import dataclass

from luahost.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """
    One column of the table.

    Attributes:
        name: What ``--dialect`` calls it.

        event_user: Whether every event has a field ``user``, and every handler gets the user as its
            third argument.

        flags_bitmask: Whether ``flags`` of FlagsSet and FlagsClear is a sum of bits, not a list of names.

        keywords_set: What FlagsSet's list of keywords is called.

        keywords_clear: What FlagsClear's list of cleared keywords is called.

        integers: Whether numbers are integers, not floats, on Lua 5.3 and later.

        script_init_none_fails: Whether a ``script_init`` that returns no number fails; one that
            returns a number other than 0 always does.
    """

    name: str
    event_user: bool
    flags_bitmask: bool
    keywords_set: str
    keywords_clear: str
    integers: bool
    script_init_none_fails: bool


DIALECTS = {
    dialect.name: dialect
    for dialect in (
        Dialect(
            name="documented",
            event_user=True,
            flags_bitmask=True,
            keywords_set="keywords_set",
            keywords_clear="keywords_clear",
            integers=True,
            script_init_none_fails=False,
        ),
    )
}

DEFAULT_DIALECT = "documented"


def dialect(name: str) -> Dialect:
    """
    The dialect of that name.

    Raises:
        UsageError: There is none.
    """
    try:
        return DIALECTS[name]
    except KeyError:
        raise UsageError(f"no dialect {name}; there is {', '.join(DIALECTS)}") from None
