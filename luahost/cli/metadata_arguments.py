"""
The arguments of ``luahost metadata get|set|unset|list``, taken apart as doveadm takes them.

Options stand anywhere, as for doveadm. The mailbox is an argument, as for doveadm, or an option; since a
key has a scope in front, both are told from each other by their number and by their beginning.
"""

from __future__ import annotations

import argparse
import getopt
import os
from collections.abc import Mapping, Sequence

from luahost.cli.arguments import Parser
from luahost.dataclass import dataclass
from luahost.errors import UsageError
from luahost.store import MailboxError
from luahost.store.mailbox_names import checked_name
from luahost.store.metadata_keys import SCOPES, SERVER_PREFIX, USER_MAILBOX, check_changeable

ACTIONS = {
    "get": "KEY",
    "set": "KEY VALUE",
    "unset": "KEY",
    "list": "[PREFIX]",
}
"""What each action is given, after the mailbox."""

_PURPOSES = {
    "get": "Print the value of a key, an empty line if it is not set.",
    "set": "Set a key.",
    "unset": "Remove a key, if it is set.",
    "list": "Print the keys, one a line; under a prefix, what comes after it.",
}

_LONG = {"-h": "--help", "-u": "--user", "-m": "--mailbox", "-s": "--server", "-p": "--prepend"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """
    What is wanted.

    Attributes:
        db: The database, None for the default one.

        mailbox: Whose METADATA it is; INBOX for the user's own.

        own: Whether it is the user's own.

        scope: Of the key or prefix; None for a list without a prefix.

        rest: What follows the scope, in lower case.

        value: What to set; None for other actions.

        prepend: Whether a list shows scopes.
    """

    user: str
    db: str | None
    mailbox: str
    own: bool
    scope: str | None
    rest: str
    value: str | None
    prepend: bool

    def key(self, scope: str | None = None) -> str:
        """
        The key or prefix as it is kept; in another scope than its own if one is given.
        """
        return (scope or self.scope or "") + (SERVER_PREFIX if self.own else "") + self.rest


def parsed(action: str, words: Sequence[str]) -> Arguments:
    """
    The arguments of an action.

    Raises:
        UsageError: They cannot be meant; in doveadm's words, where it has some.

        SystemExit: They cannot be read, or are ``--help``; what is to be said has been said.
    """
    parser = _parser(action)
    given = parser.parse_args(_options_first(action, words))
    if not given.user:
        parser.error("-u needs a user's name")
    if given.db is not None and not given.db:
        # Of "--" argparse makes an empty list.
        parser.error("--db needs a file's name")
    mailbox, others = _without_mailbox(action, given.mailbox, given.words)
    most = len(ACTIONS[action].split())
    if not (most if action != "list" else 0) <= len(others) <= most:
        parser.error(f"expected {'' if given.mailbox else '[MAILBOX] '}{ACTIONS[action]}")
    own, mailbox = _place(action, mailbox, allow_empty=given.server)
    scope, rest = _scope_and_rest(others[0]) if others else (None, "")
    arguments = Arguments(
        user=given.user,
        db=given.db,
        mailbox=mailbox,
        own=own,
        scope=scope,
        rest=rest,
        value=others[1] if action == "set" else None,
        prepend=action == "list" and given.prepend,
    )
    if action in ("set", "unset"):
        try:
            check_changeable(mailbox, arguments.key())
        except MailboxError as error:
            raise UsageError(f"Failed to set attribute: {error}") from None
    return arguments


def default_file(environment: Mapping[str, str] = os.environ) -> str:
    """
    Where the database is unless told otherwise: ``luahost/metadata.sqlite`` in ``XDG_STATE_HOME``.
    """
    state = environment.get("XDG_STATE_HOME", "")
    # The XDG specification: a relative path is to be ignored.
    folder = state if os.path.isabs(state) else os.path.expanduser("~/.local/state")
    return os.path.join(folder, "luahost", "metadata.sqlite")


def _parser(action: str) -> argparse.ArgumentParser:
    options = "[--db FILE] -u USER [-s] [-p]" if action == "list" else "[--db FILE] -u USER [-s]"
    call = f"luahost metadata {action} {options}"
    parser = Parser(
        prog=f"luahost metadata {action}",
        usage=f"{call} [MAILBOX] {ACTIONS[action]}\n       {call} [-m MAILBOX] {ACTIONS[action]}",
        description=f"{_PURPOSES[action]} Without MAILBOX: the user's own.",
    )
    parser.add_argument("-u", "--user", metavar="USER", required=True, help="whose METADATA it is")
    parser.add_argument("-m", "--mailbox", metavar="MAILBOX", help="the mailbox, if it is not an argument")
    parser.add_argument(
        "-s", "--server", action="store_true", help='allow "" for MAILBOX, the user\'s own; as in doveadm'
    )
    if action == "list":
        parser.add_argument(
            "-p", "--prepend", action="store_true", help="put /private/ or /shared/ in front, as in doveadm"
        )
    default = default_file().replace("%", "%%")
    parser.add_argument("--db", metavar="FILE", help=f"the database (default: {default})")
    parser.add_argument(
        "words",
        metavar=f"[MAILBOX] {ACTIONS[action]}",
        nargs="*",
        help="a key begins with /private/ or /shared/",
    )
    return parser


def _options_first(action: str, words: Sequence[str]) -> list[str]:
    """
    The same command line with its options in front: argparse would take none from between arguments.
    """
    short, long = "hu:m:s", ["help", "user=", "mailbox=", "server", "db="]
    if action == "list":
        short, long = f"{short}p", [*long, "prepend"]
    try:
        options, others = getopt.gnu_getopt(words, short, long)
    except getopt.GetoptError:
        return [*words]  # argparse says what is wrong with it
    front = []
    for option, value in options:
        name = _LONG.get(option, option)
        front.append(f"{name}={value}" if f"{name[2:]}=" in long else name)
    return [*front, "--", *others]


def _without_mailbox(action: str, named: str | None, words: list[str]) -> tuple[str | None, list[str]]:
    """
    The mailbox, None if there is none, and the arguments that are left.
    """
    if named is not None or not words:
        return named, words
    if action == "list":
        first_is_mailbox = _scope(words[0].lower()) is None
    else:
        first_is_mailbox = len(words) > len(ACTIONS[action].split())
    return (words[0], words[1:]) if first_is_mailbox else (None, words)


def _place(action: str, mailbox: str | None, *, allow_empty: bool) -> tuple[bool, str]:
    """
    Whether it is the user's own METADATA, and the mailbox that keeps it.
    """
    if mailbox == "" and not allow_empty:
        doing = "set" if action == "unset" else action
        raise UsageError(
            f"Failed to {doing} attribute: mailbox name cannot be empty; with -s it stands for the user's own"
        )
    if not mailbox:
        return True, USER_MAILBOX
    try:
        return False, checked_name(mailbox)
    except MailboxError as error:
        raise UsageError(f"Failed to open mailbox: {error}") from None


def _scope_and_rest(key: str) -> tuple[str, str]:
    # doveadm's lower case: of ASCII letters only.
    key = key.translate({upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)})
    scope = _scope(key)
    if scope is None:
        raise UsageError(f"Invalid metadata key '{key}': Must begin with /private or /shared")
    return scope, key[len(scope) :]


def _scope(key: str) -> str | None:
    return next((scope for scope in SCOPES if f"{key}/".startswith(scope)), None)
