"""
``luahost config show``: the settings for push as they are for a service, each with the place that it is from.
"""

from __future__ import annotations

import argparse
import os

from luahost.cli.arguments import help_form
from luahost.config import (
    Configuration,
    Settings,
    check_plugins,
    missing_lua_plugin,
    push_of,
    read_configuration,
)
from luahost.config.quoting import quoted
from luahost.errors import UsageError
from luahost.store import MailUser
from luahost.timeline import inline

SYSTEM_FILE = "/etc/dovecot/dovecot.conf"

DESCRIPTION = """\
Show what a configuration says about push notifications: every setting for a service, with file and line, and
whether push is on. Secrets are hidden. Settings of other parts of Dovecot are not shown.
"""

EXAMPLES = f"""\
examples:
  luahost config show
  luahost config show -c dovecot.conf --service imap
  luahost config show -c luahost.yaml --user bob@example.org

Without -c it is luahost.yaml in the current folder, or else {SYSTEM_FILE}.
With --user variables such as %u are replaced.

exit codes: 0 fine, 2 wrong usage, or a configuration with which Dovecot would not run
"""


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb and its options.
    """
    verb = verbs.add_parser("config", help="show what a configuration says about push notifications")
    actions = verb.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    action = actions.add_parser(
        "show",
        help="the settings for a service, each with the place that it is from",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=help_form,
    )
    action.add_argument(
        "-c", "--config", metavar="FILE", help="dovecot.conf, the output of doveconf -nP, or luahost.yaml"
    )
    action.add_argument(
        "--service", metavar="NAME", help="lmtp, lda, imap, doveadm (default: luahost.yaml's, or lmtp)"
    )
    action.add_argument("--user", metavar="NAME", help="replace variables as for this user")
    action.set_defaults(act=show)


def show(options: argparse.Namespace) -> int:
    """
    The verb itself; answers the exit code.
    """
    configuration = read_configuration(options.config or _usual_file())
    settings = configuration.settings(options.service)
    if options.user is not None:
        settings = settings.expanded(MailUser(options.user, service=settings.service))
    for line in _lines(configuration, settings):
        print(line)
    check_plugins(settings)
    return 0


def _usual_file() -> str:
    for file in ("luahost.yaml", SYSTEM_FILE):
        if os.path.exists(file):
            return file
    raise UsageError(f"neither luahost.yaml nor {SYSTEM_FILE} is there; name a configuration with -c")


def _lines(configuration: Configuration, settings: Settings) -> list[str]:
    """
    All there is to say; a setting's value is quoted as Dovecot would need it.
    """
    lines = [f"# {inline(settings.file)}: {settings.syntax}, for {settings.service}"]
    lines += [f"# {inline(str(note))}" for note in settings.notes]
    lines.append(f"# {inline(_push(configuration, settings))}")
    shown = [
        (f"{inline(name)} = {inline(quoted(value))}".rstrip(), origin)
        for name, value, origin in settings.shown()
    ]
    width = min(max((len(text) for text, _ in shown), default=0), 60)
    lines += [f"{text:{width}}  # {inline(str(origin))}" if origin else text for text, origin in shown]
    return lines


def _push(configuration: Configuration, settings: Settings) -> str:
    push = push_of(settings)
    if not push.on:
        on = ", ".join(configuration.services_with_push())
        return f"{push.why}; it is on for {on or 'no service'}"
    return missing_lua_plugin(settings, settings.dialect) or push.why
