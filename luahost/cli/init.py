"""
``luahost init``: a first project to start from.
"""

from __future__ import annotations

import argparse
import os

from luahost.cli.arguments import help_form, setting_argument
from luahost.cli.pickup_folder import PICKUP, make_pickup
from luahost.errors import UsageError
from luahost.folders import make_folders
from luahost.testing.layout import File, first_project, lay_out, project_file
from luahost.timeline import inline

DESCRIPTION = """\
Make a first project in DIR (default: the current folder): a push script, tests of it in YAML and in Python,
and a workflow for GitHub. All of it works as it is. A file that is there already stays as it is.

With --serve: a luahost.yaml for luahost serve instead, and a push script, unless --script names yours. Spool
and pickup folder are beside it; with DIR below /etc in /var/lib/luahost/spool.db and /var/spool/luahost.
"""

EXAMPLES = """\
examples:
  luahost init
  luahost init push && cd push && luahost test
  luahost init --serve /etc/luahost --set push_lua_url=http://127.0.0.1:8080/push
  luahost init --serve /etc/luahost --script /etc/dovecot/push.lua --dovecot 2.3

exit codes: 0 fine, 2 a file cannot be written
"""

CONFIGURATION = "luahost.yaml"

SPOOL = "/var/lib/luahost/spool.db"

WHAT = "what luahost serve runs and how, with comments: look at the settings of the script"

DOVECOTS = ("2.3", "2.4")


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb and its options.
    """
    verb = verbs.add_parser(
        "init",
        help="make a first project: a script, its tests, a workflow; or with --serve what a server needs",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=help_form,
    )
    verb.add_argument("folder", metavar="DIR", nargs="?", default=".", help="where; made if it is not there")
    verb.add_argument("--serve", action="store_true", help="make what luahost serve needs")
    verb.add_argument("--script", metavar="FILE", help="with --serve: run this script")
    verb.add_argument(
        "--dovecot",
        choices=DOVECOTS,
        help=f"with --serve: the Dovecot that the script was written for (default: {DOVECOTS[0]})",
    )
    verb.add_argument(
        "--set",
        metavar="KEY=VALUE",
        dest="settings",
        type=setting_argument,
        action="append",
        default=[],
        help="with --serve: a setting of the script; may be given again",
    )
    verb.set_defaults(act=init)


def init(options: argparse.Namespace) -> int:
    """
    The verb itself; answers the exit code.
    """
    if not options.serve and (options.script or options.dovecot or options.settings):
        raise UsageError("--script, --dovecot and --set go with --serve")
    contents = _served(options) if options.serve else first_project()
    width = max(map(len, contents))
    for laid in lay_out(options.folder, contents):
        print(f"{'made' if laid.made else 'kept'}  {laid.path:{width}}  {laid.what}")
    if options.serve:
        _make_folders(options.folder)
        print(f"next: luahost serve -c {inline(os.path.join(options.folder, CONFIGURATION))}")
        return 0
    there = "" if options.folder == "." else f"cd {inline(options.folder)} && "
    print(f"next: {there}luahost test")
    return 0


def _places(folder: str) -> tuple[str, str]:
    """
    Where the spool is, and the folder that files are taken from: a configuration below ``/etc`` has them
    below ``/var``, another one beside itself.
    """
    if os.path.abspath(folder).startswith("/etc/"):
        return SPOOL, PICKUP
    return os.path.basename(SPOOL), "pickup"


def _make_folders(folder: str) -> None:
    """
    The folders of these places, where they are not there.

    Raises:
        UsageError: One cannot be made.
    """
    spool, pickup = (os.path.join(folder, place) for place in _places(folder))
    where = os.path.dirname(spool)
    if where and not os.path.isdir(where):
        try:
            make_folders(where, 0o700)
        except OSError as error:
            raise UsageError(f"cannot make {where}: {error.strerror}") from None
        print(f"made  {inline(where)}/  what was accepted")
    if (whom := make_pickup(pickup)) is not None:
        print(f"made  {inline(pickup)}/  what Dovecot leaves while no server runs, {whom}")


def _served(options: argparse.Namespace) -> dict[str, File]:
    """
    The files for a server.

    Raises:
        UsageError: There is no such script.
    """
    from luahost.config.starter import EXAMPLE, SCRIPT, starter

    dialect, given = options.dovecot or DOVECOTS[0], dict(options.settings)
    spool, pickup = _places(options.folder)
    if options.script is None:
        content = starter(dialect, {**EXAMPLE, **given}, spool=spool, pickup=pickup)
        return {CONFIGURATION: File(content, WHAT), SCRIPT: project_file(SCRIPT)}
    if os.path.isdir(options.script):
        raise UsageError(f"{options.script} is a folder, not a Lua script")
    if not os.path.isfile(options.script):
        raise UsageError(f"there is no script {options.script}")
    script = os.path.abspath(options.script)
    return {CONFIGURATION: File(starter(dialect, given, script=script, spool=spool, pickup=pickup), WHAT)}
