"""
``luahost metadata``: METADATA in a database, read and changed as by ``doveadm mailbox metadata``.

What it prints and refuses is what doveadm of 2.3.19.1 prints and refuses. It looks at the database only:
which mailboxes there are is the business of whoever runs scripts.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from luahost.cli.arguments import help_form
from luahost.cli.metadata_arguments import ACTIONS, Arguments, default_file, parsed
from luahost.errors import UsageError
from luahost.folders import make_folders
from luahost.store.metadata_keys import PRIVATE, SCOPES, fixed, listed

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


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb and its options.
    """
    verb = verbs.add_parser(
        "metadata",
        help="read and change METADATA in a database",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=help_form,
    )
    verb.add_argument("action", metavar="|".join(ACTIONS), choices=ACTIONS, help="each has its own --help")
    verb.add_argument(
        "words", metavar="...", nargs=argparse.REMAINDER, help="options and arguments of the action"
    )
    verb.set_defaults(act=metadata)


def metadata(options: argparse.Namespace) -> int:
    """
    The verb itself; answers the exit code.
    """
    from luahost.store.metadata_sqlite import SqliteMetadata

    arguments = parsed(options.action, options.words)
    file = arguments.db
    if file is None:
        file = default_file()
        if options.action == "set":
            _make_folder(os.path.dirname(file))
    with closing(SqliteMetadata(file)) as store:
        _ACTS[options.action](store, arguments)
    return 0


def _make_folder(folder: str) -> None:
    try:
        make_folders(folder, 0o700)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}; --db names another place") from None


def _get(store: MetadataStore, arguments: Arguments) -> None:
    key = arguments.key()
    value = None if fixed(arguments.mailbox, key) else store.get(arguments.user, arguments.mailbox, key)
    _print(value or "")


def _set(store: MetadataStore, arguments: Arguments) -> None:
    key = arguments.key()
    if arguments.value is None:
        store.unset(arguments.user, arguments.mailbox, key)
    else:
        store.set(arguments.user, arguments.mailbox, key, arguments.value)


def _list(store: MetadataStore, arguments: Arguments) -> None:
    # doveadm looks at the rest alone: without one it lists both scopes, whichever was named. The user's
    # own have one in any case, the prefix; of them it lists private ones unless told otherwise.
    scopes = (arguments.scope or PRIVATE,) if arguments.rest or arguments.own else SCOPES
    stored = store.list(arguments.user, arguments.mailbox)
    for scope in scopes:
        for end in listed(stored, arguments.mailbox, arguments.key(scope)):
            _print(scope + end if arguments.prepend else end)


_ACTS: dict[str, Callable[[MetadataStore, Arguments], None]] = {
    "get": _get,
    "set": _set,
    "unset": _set,
    "list": _list,
}


def _print(text: str) -> None:
    # The very bytes, as doveadm: a value may be anything.
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape") + b"\n")
