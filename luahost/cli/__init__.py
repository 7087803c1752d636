"""
The command ``luahost``. One file for each verb; the only code that prints.

Exit codes: 0 fine, 1 a script failed, 2 wrong usage or bad input.
"""

import sys


def main(arguments: list[str] | None = None) -> int:
    """
    Run the command line and answer the exit code.
    """
    words = sys.argv[1:] if arguments is None else arguments
    if words == ["--version"]:
        # Before anything is imported: this is how others probe for luahost.
        from luahost import __version__

        try:
            # Where it is closed, print says nothing.
            print(f"luahost {__version__}", flush=True)
        except OSError as error:
            from luahost.cli import streams

            streams.prepare()
            return streams.unwritten(error)
        return 0
    # While Lua runs, Python hears no signal, and while it imports it has only a traceback for one. With the
    # default action Ctrl-C stops both, and endless loops.
    import gc
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Until the command begins: of all that is imported nothing is garbage, and to look through it takes long.
    gc.disable()
    from luahost.cli.command import run_command

    return run_command(words)
