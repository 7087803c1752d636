"""
``luahost shim``: print the script with which a real Dovecot hands its transactions to ``luahost serve``.
"""

from __future__ import annotations

import argparse
import sys

from luahost.cli.arguments import help_form
from luahost.cli.pickup_folder import PICKUP
from luahost.cli.shim_install import FOLDER, install

DESCRIPTION = """\
Print a Lua push script for a real Dovecot. It collects each transaction, with its user and the status of
mailboxes, and posts it once to luahost serve, at the end. Mail waits for that no longer than --timeout-ms.
What the server has not taken by then goes into --spool-dir, where the server picks it up: pickup in
luahost.yaml.

The script's head has what belongs into dovecot.conf; --conf prints that alone, and --install puts both into
Dovecot's folder.
"""

EXAMPLES = """\
examples:
  luahost shim --dovecot 2.3 --spool-dir /var/spool/luahost > /etc/dovecot/luahost-shim.lua
  luahost shim --dovecot 2.3 --conf /etc/dovecot/luahost-shim.lua > /etc/dovecot/conf.d/11-luahost.conf
  luahost shim --dovecot 2.3 --install && doveadm reload
  luahost shim --dovecot 2.4 --url unix:/run/luahost/socket --events MessageNew

docs/operating.md says more.
"""


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb and its options.
    """
    from luahost.sources.shim import SHIM_DIALECTS, TIMEOUT_MS, URL

    verb = verbs.add_parser(
        "shim",
        help="print the script with which a real Dovecot feeds luahost serve",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=help_form,
    )
    verb.add_argument("--dovecot", choices=SHIM_DIALECTS, required=True, help="the Dovecot that is to run it")
    verb.add_argument(
        "--url",
        default=URL,
        help="the server: http://ADDRESS:PORT, https://ADDRESS:PORT, or unix:/PATH, which needs LuaSocket "
        "(default: %(default)s)",
    )
    verb.add_argument(
        "--spool-dir",
        metavar="DIR",
        help="where transactions go that the server does not take; else they are lost",
    )
    verb.add_argument(
        "--files",
        action="store_true",
        help="post nothing: all transactions go into files in --spool-dir, and mail waits for no server",
    )
    verb.add_argument(
        "--timeout-ms",
        metavar="N",
        type=int,
        default=TIMEOUT_MS,
        help="how long mail may wait for the server, at most (default: %(default)s)",
    )
    verb.add_argument(
        "--token-file", metavar="FILE", help="a file with the server's token, which mail processes can read"
    )
    verb.add_argument(
        "--metadata",
        metavar="KEY",
        nargs="+",
        action="extend",
        default=[],
        help="send this METADATA of the user along, too, such as /private/vendor/push",
    )
    verb.add_argument(
        "--no-status", dest="status", action="store_false", help="do not send the status of mailboxes along"
    )
    verb.add_argument(
        "--events",
        metavar="NAME,NAME",
        type=lambda words: [word.strip() for word in words.split(",") if word.strip()],
        default=[],
        help="send these events only",
    )
    verb.add_argument(
        "--conf", metavar="PATH", help="print what belongs into dovecot.conf for a script at PATH, instead"
    )
    verb.add_argument(
        "--install",
        metavar="FOLDER",
        nargs="?",
        const=FOLDER,
        help=f"write both where Dovecot reads them, and make the spool directory (default: {FOLDER}; "
        f"--spool-dir is {PICKUP} then unless told otherwise)",
    )
    verb.set_defaults(act=shim)


def shim(options: argparse.Namespace) -> int:
    """
    Print the script or the configuration, or install both.
    """
    from luahost.sources.shim import Shim

    chosen = Shim(
        dialect=options.dovecot,
        url=options.url,
        spool_dir=options.spool_dir or (PICKUP if options.install else None),
        timeout_ms=options.timeout_ms,
        token_file=options.token_file,
        metadata=options.metadata,
        status=options.status,
        events=options.events,
        files=options.files,
    )
    if options.install:
        return install(chosen, options.install)
    text = chosen.script() if options.conf is None else chosen.configuration(options.conf)
    # The very bytes: a path may be no UTF-8.
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    return 0
