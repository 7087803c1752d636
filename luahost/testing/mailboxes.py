r"""
The mailboxes that a test begins with: ``["INBOX", "Work"]``, or with what is in them, in the words of
fixtures, ``{"INBOX": {"messages": [{"uid": 7, "flags": [r"\Seen"]}]}}``.

What fixtures do not take is not taken here: a flag without its backslash is one that no script ever meets.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from luahost.documents.values import Document, Value
from luahost.documents.yaml_tree import read_tree
from luahost.errors import InputError, UsageError
from luahost.sources import MailboxState, fixture

Mailboxes = Mapping[str, MailboxState | Mapping[str, Any]] | Iterable[str]
"""Names of mailboxes, or mailboxes by name."""

_HERE = "mailboxes"


def mailbox_states(mailboxes: Mailboxes) -> Mapping[str, MailboxState]:
    """
    The mailboxes by name.

    Raises:
        UsageError: A mailbox or message has something that there is not, or that cannot be.
    """
    if isinstance(mailboxes, str) or not isinstance(mailboxes, Iterable):
        raise UsageError(f"mailboxes are a list of names or a mapping, not {mailboxes!r}")
    for name in mailboxes:
        if not isinstance(name, str):
            raise UsageError(f"the name of a mailbox is text, not {name!r}")
    if not isinstance(mailboxes, Mapping):
        return {name: MailboxState() for name in mailboxes}
    made = {name: state for name, state in mailboxes.items() if isinstance(state, MailboxState)}
    if len(made) == len(mailboxes):
        return made
    words = {name: state for name, state in mailboxes.items() if name not in made}
    return {**made, **_read(words)}


def _read(words: Mapping[str, Any]) -> Mapping[str, MailboxState]:
    """
    Mailboxes as a fixture would have them, read as one.
    """
    try:
        # JSON is YAML.
        tree = read_tree(json.dumps(words).encode(), file=_HERE, what=_HERE)
        assert tree is not None
        return fixture.mailboxes(Value(_HERE, tree, Document(_HERE), 1))
    except TypeError as error:
        raise UsageError(f"mailboxes have names, lists, numbers and text: {error}") from None
    except InputError as error:
        raise UsageError(error.message) from None
