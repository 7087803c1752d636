"""
``luahost metadata``: METADATA in a database, read and changed as by ``doveadm mailbox metadata``.

The arguments are doveadm's. What it prints and refuses is what doveadm of 2.3.19.1 prints and refuses,
and keys become lower case as there. It looks at the database only: which mailboxes there are is the
business of whoever runs scripts.
"""

from __future__ import annotations

import argparse
import getopt
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from luahost.errors import UsageError
from luahost.store import MailboxError
from luahost.store.mailbox_names import checked_name
from luahost.store.metadata_keys import (
    PRIVATE,
    SCOPES,
    SERVER_PREFIX,
    USER_MAILBOX,
    check_changeable,
    fixed,
    listed,
)

if TYPE_CHECKING:
    from luahost.store import MetadataStore

DESCRIPTION = """\
Read and change METADATA in a database, as doveadm mailbox metadata does on a mail server.

Without MAILBOX, and with -s "" as in doveadm, it is the user's own METADATA: what a script has with
user:metadata_get, and where the OX driver's key is. With MAILBOX it is what mailbox:metadata_get has.
luahost run --metadata FILE runs a script on the same database.
"""

EXAMPLES = """\
examples:
  luahost metadata set -u bob -s "" /private/vendor/vendor.dovecot/http-notify user=11@3
  luahost metadata set -u bob -m Work /private/comment "Office mail"
  luahost metadata get -u bob Work /private/comment
  luahost metadata list -u bob

exit codes: 0 fine, also if the key is not set, 2 wrong usage, a bad key or a bad database
"""

_WORDS = {
    "get": "KEY",
    "set": "KEY VALUE",
    "unset": "KEY",
    "list": "[PREFIX]",
}
_PURPOSES = {
    "get": "print the value of a key, an empty line if it is not set",
    "set": "set a key",
    "unset": "remove a key, if it is set",
    "list": "print the keys, one a line; under a prefix, what comes after it",
}


@dataclass(frozen=True, slots=True)
class Target:
    """
    Whose METADATA it is.

    Attributes:
        mailbox: The mailbox that keeps it.

        prefix: What stands between the scope and the rest of a key.
    """

    mailbox: str
    prefix: str = ""

    def key(self, scope: str, rest: str) -> str:
        """
        A key as it is kept.
        """
        return scope + self.prefix + rest


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb and its options.
    """
    verb = verbs.add_parser(
        "metadata",
        help="read and change METADATA in a database",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("action", metavar="get|set|unset|list", choices=_WORDS, help="each has its own --help")
    verb.add_argument(
        "words", metavar="...", nargs=argparse.REMAINDER, help="options and arguments of the action"
    )
    verb.set_defaults(act=metadata)


def metadata(options: argparse.Namespace) -> int:
    """
    The verb itself; answers the exit code.
    """
    from luahost.store.metadata_sqlite import SqliteMetadata

    given = _parsed(options.action, options.words)
    if given.db is None:
        given.db = default_file()
        if options.action == "set":
            _make_folder(os.path.dirname(given.db))
    with closing(SqliteMetadata(given.db)) as store:
        _ACTIONS[options.action](store, given)
    return 0


def default_file(environment: Mapping[str, str] = os.environ) -> str:
    """
    Where the database is unless told otherwise: ``luahost/metadata.sqlite`` in ``XDG_STATE_HOME``.
    """
    state = environment.get("XDG_STATE_HOME", "")
    # The XDG specification: a relative path is to be ignored.
    folder = state if os.path.isabs(state) else os.path.expanduser("~/.local/state")
    return os.path.join(folder, "luahost", "metadata.sqlite")


def _make_folder(folder: str) -> None:
    try:
        os.makedirs(folder, 0o700, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}; --db names another place") from None


def _parser(action: str) -> argparse.ArgumentParser:
    words = _WORDS[action]
    prefix = " [-p]" if action == "list" else ""
    parser = argparse.ArgumentParser(
        prog=f"luahost metadata {action}",
        usage=(
            f"luahost metadata {action} [--db FILE] -u USER [-s]{prefix} [MAILBOX] {words}\n"
            f"       luahost metadata {action} [--db FILE] -u USER [-s]{prefix} [-m MAILBOX] {words}"
        ),
        description=f"{_PURPOSES[action].capitalize()}. Without MAILBOX: the user's own.",
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
    parser.add_argument(
        "--db", metavar="FILE", help=f"the database (default: {default_file().replace('%', '%%')})"
    )
    parser.add_argument(
        "words", metavar=f"[MAILBOX] {words}", nargs="*", help="a key begins with /private/ or /shared/"
    )
    return parser


def _parsed(action: str, words: list[str]) -> argparse.Namespace:
    """
    The options of an action, its arguments taken apart: ``target``, ``scope`` and ``rest`` of the key
    (None in a list without a prefix), ``value``.
    """
    parser = _parser(action)
    given = parser.parse_args(_options_first(action, words))
    expected = _WORDS[action] if given.mailbox else f"[MAILBOX] {_WORDS[action]}"
    wanted = len(_WORDS[action].split())
    beginning = given.words[0].lower() if given.words else ""
    is_mailbox = not _has_scope(beginning) if action == "list" else len(given.words) > wanted
    if given.mailbox is None and given.words and is_mailbox:
        given.mailbox = given.words.pop(0)
    if not given.user:
        parser.error("-u needs a user's name")
    if len(given.words) > wanted or (len(given.words) < wanted and action != "list"):
        parser.error(f"expected {expected}")
    given.target = _target(action, given)
    key, given.value = (*given.words, None, None)[:2]
    given.scope, given.rest = (None, "") if key is None else _taken_apart(key)
    if action in ("set", "unset"):
        _check_changeable(given.target, given.scope, given.rest)
    return given


def _options_first(action: str, words: list[str]) -> list[str]:
    """
    The same command line with its options in front. doveadm takes them anywhere, argparse does not.
    """
    names = {"-h": "--help", "-u": "--user", "-m": "--mailbox", "-s": "--server", "-p": "--prepend"}
    short, long = "hu:m:s", ["help", "user=", "mailbox=", "server", "db="]
    if action == "list":
        short, long = f"{short}p", [*long, "prepend"]
    try:
        options, others = getopt.gnu_getopt(words, short, long)
    except getopt.GetoptError:
        return words  # argparse says what is wrong with it
    front = []
    for option, value in options:
        name = names.get(option, option)
        front.append(f"{name}={value}" if name in ("--user", "--mailbox", "--db") else name)
    return [*front, "--", *others]


def _target(action: str, given: argparse.Namespace) -> Target:
    doing = "set" if action == "unset" else action
    if given.mailbox == "" and not given.server:
        raise UsageError(
            f"Failed to {doing} attribute: mailbox name cannot be empty; with -s it stands for the user's own"
        )
    if not given.mailbox:
        return Target(USER_MAILBOX, SERVER_PREFIX)
    try:
        return Target(checked_name(given.mailbox))
    except MailboxError as error:
        raise UsageError(f"Failed to open mailbox: {error}") from None


def _has_scope(key: str) -> bool:
    return any(f"{key}/".startswith(scope) for scope in SCOPES)


def _taken_apart(key: str) -> tuple[str, str]:
    """
    Scope and rest of a key that was given; in lower case, which is doveadm's way.

    Raises:
        UsageError: It is in neither scope; in doveadm's words.
    """
    # Of ASCII letters only, as there.
    key = key.translate({upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)})
    for scope in SCOPES:
        if f"{key}/".startswith(scope):
            return scope, key[len(scope) :]
    raise UsageError(f"Invalid metadata key '{key}': Must begin with /private or /shared")


def _check_changeable(target: Target, scope: str, rest: str) -> None:
    try:
        check_changeable(target.mailbox, target.key(scope, rest))
    except MailboxError as error:
        raise UsageError(f"Failed to set attribute: {error}") from None


def _get(store: MetadataStore, given: argparse.Namespace) -> None:
    target: Target = given.target
    key = target.key(given.scope, given.rest)
    value = None if fixed(target.mailbox, key) else store.get(given.user, target.mailbox, key)
    _print(value or "")


def _set(store: MetadataStore, given: argparse.Namespace) -> None:
    target: Target = given.target
    key = target.key(given.scope, given.rest)
    if given.value is None:
        store.unset(given.user, target.mailbox, key)
    else:
        store.set(given.user, target.mailbox, key, given.value)


def _list(store: MetadataStore, given: argparse.Namespace) -> None:
    target: Target = given.target
    # doveadm looks at the rest alone: without one it lists both scopes, whichever was named. The user's
    # own have one in any case, the prefix; of them it lists private ones unless told otherwise.
    scopes = (given.scope or PRIVATE,) if given.rest or target.prefix else SCOPES
    stored = store.list(given.user, target.mailbox)
    for scope in scopes:
        for end in listed(stored, target.mailbox, target.key(scope, given.rest)):
            _print(scope + end if given.prepend else end)


_ACTIONS: dict[str, Callable[[MetadataStore, argparse.Namespace], None]] = {
    "get": _get,
    "set": _set,
    "unset": _set,
    "list": _list,
}


def _print(text: str) -> None:
    # The very bytes, as doveadm: a value may be anything.
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape") + b"\n")
