"""
``luahost init``: a first project to start from.
"""

from __future__ import annotations

import argparse

from luahost.testing.layout import TEMPLATES, lay_out
from luahost.timeline import inline

DESCRIPTION = """\
Make a first project in DIR (default: the current folder): a push script, tests of it in YAML and in Python,
and a workflow for GitHub. All of it works as it is. A file that is there already stays as it is.
"""

EXAMPLES = """\
examples:
  luahost init
  luahost init push && cd push && luahost test

exit codes: 0 fine, 2 a file cannot be written
"""


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb and its options.
    """
    verb = verbs.add_parser(
        "init",
        help="make a first project: a script, its tests, a workflow that runs them",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("folder", metavar="DIR", nargs="?", default=".", help="where; made if it is not there")
    verb.set_defaults(act=init)


def init(options: argparse.Namespace) -> int:
    """
    The verb itself; answers the exit code.
    """
    width = max(map(len, TEMPLATES))
    for laid in lay_out(options.folder):
        print(f"{'made' if laid.made else 'kept'}  {laid.path:{width}}  {laid.what}")
    there = "" if options.folder == "." else f"cd {inline(options.folder)} && "
    print(f"next: {there}luahost test")
    return 0
