"""
``luahost serve``: take transactions over HTTP, keep them on disk, run their scripts, until a signal comes.

What happens is logged on standard error or in a file, a line each, with Dovecot's own lines among them.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from luahost.cli.arguments import SERVED_FILE, check_served_file, help_form
from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.config import read_configuration
from luahost.config.serve_section import LOG_FORMATS, with_spool
from luahost.errors import LuahostError

DESCRIPTION = """\
Run push scripts away from the mail path: POST /v1/transactions takes what a recording has on a line, answers
202 once it is on disk, and a script runs it. What fails is tried again.

The section serve of luahost.yaml says where to listen and what to keep to; its drivers are run.
"""

EXAMPLES = """\
examples:
  luahost serve -c luahost.yaml
  curl -H 'Content-Type: application/x-ndjson' --data-binary @recording.jsonl http://127.0.0.1:8025/v1/transactions

SIGTERM and SIGINT finish what runs and end; a second one ends at once, and loses nothing either. SIGHUP loads
the configuration and the scripts again; that happens by itself when they change.

exit codes: 0 ended as it was asked to, 1 it failed, 2 wrong usage or a bad configuration
"""

SYSTEMD_FILES = ("service", "socket", "sysusers")
"""What ``--systemd`` prints."""

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb and its options.
    """
    verb = verbs.add_parser(
        "serve",
        help="take transactions over HTTP and run their scripts away from the mail path",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=help_form,
    )
    verb.add_argument(
        "-c", "--config", metavar="FILE", default=SERVED_FILE, help="luahost.yaml (default: %(default)s)"
    )
    verb.add_argument(
        "--spool", metavar="SPOOL", help="keep transactions there: a file, or nats://HOST:PORT/PREFIX"
    )
    verb.add_argument(
        "-v", "--verbose", action="store_true", help="log each transaction that is done and each request, too"
    )
    verb.add_argument(
        "--log-format",
        choices=LOG_FORMATS,
        help="lines for people or JSON lines (default: log_format of the section serve, or else text)",
    )
    verb.add_argument(
        "--log-file",
        metavar="FILE",
        help="write the log there and not to standard error; logrotate may move it away at any time",
    )
    verb.add_argument(
        "--systemd",
        choices=SYSTEMD_FILES,
        help="print the unit that runs it, the one of its socket, or its user, and do no more",
    )
    verb.set_defaults(act=serve)


def serve(options: argparse.Namespace, *, clock: Clock = SYSTEM_CLOCK) -> int:
    """
    The verb itself; answers the exit code. ``clock`` is what spool and server take for the time.
    """
    if options.systemd is not None:
        return _print_systemd(options)
    from luahost.cli.server_log import open_log
    from luahost.server.loading import section_of
    from luahost.server.spool.opening import open_spool
    from luahost.server.supervisor import Server
    from luahost.server.systemd import Notifier, passed_sockets
    from luahost.server.tuning import tuned

    check_served_file(options.config)
    configuration = read_configuration(options.config)
    section = section_of(configuration)
    if options.spool is not None:
        configuration.serve = section = with_spool(section, options.spool)
    file = options.log_file or section.log_file
    log = open_log(options.log_format or section.log_format, file, verbose=options.verbose)
    with _told(log, file), tuned(), open_spool(section, clock=clock) as spool:
        passed, notifier = passed_sockets(os.environ), Notifier.of(os.environ)
        server = Server(configuration, spool, passed=passed, notifier=notifier, check=_errors, clock=clock)
        asked = _stopped_by_signals(server.stop)
        signal.signal(signal.SIGHUP, lambda number, frame: server.reload())
        log.info("luahost serves %s on %s", options.config, server.start())
        server.wait()
        log.info("luahost ends; what runs is finished")
        running = server.end()
        if running:
            log.warning("%d transactions were not finished in time and will run again", running)
    if not asked:
        log.error("the HTTP server has ended by itself")
        return 1
    return 0


@contextmanager
def _told(log: logging.Logger, file: str | None) -> Iterator[None]:
    """
    What keeps a server from starting ends the command, which says so on standard error; here it is put into
    the log, where that is a file and somebody looks for it.
    """
    try:
        yield
    except LuahostError as error:
        if file is not None:
            log.error("luahost does not serve: %s", error)
        raise


def _errors(path: str, text: bytes, dialect: str) -> list[str]:
    """
    What ``luahost check`` calls errors in a script.
    """
    from luahost.check import Options, check_text

    found = check_text(path, text, Options(dialects=(dialect,))).findings
    return [f"{path}:{each.line}: {each.message} ({each.rule})" for each in found if each.severity == "error"]


def _print_systemd(options: argparse.Namespace) -> int:
    from luahost.server.systemd.unit_files import CONFIGURATION, this_command, unit_file

    told = options.config != SERVED_FILE
    configuration = os.path.abspath(options.config) if told else CONFIGURATION
    print(unit_file(options.systemd, command=this_command(), configuration=configuration), end="")
    return 0


def _stopped_by_signals(stop: Callable[[], None]) -> list[int]:
    """
    Have signals end the server; the second one ends the process. Answers a list of those that came.
    """
    came: list[int] = []

    def hear(number: int, frame: FrameType | None) -> None:
        came.append(number)
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        stop()

    for number in SIGNALS:
        signal.signal(number, hear)
    return came
