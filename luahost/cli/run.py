"""
``luahost run``: run a script on messages or fixtures and show what happened.

Each input has a session of its own, as each delivery has in Dovecot, and all share one mail store.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TextIO

from luahost import sources
from luahost.cli.arguments import help_form
from luahost.cli.hosting import Hosting, hosting
from luahost.cli.script_options import add_lua, add_settings
from luahost.cli.show import Show
from luahost.cli.streams import standard_input
from luahost.dataclass import replace
from luahost.dialects import DEFAULT_DIALECT, DIALECTS
from luahost.egress_policy import POLICIES, EgressPolicy
from luahost.errors import UsageError
from luahost.runtime import Limits
from luahost.store import MemoryStore, MetadataStore
from luahost.timeline import Timeline

ALL = "all"

DESCRIPTION = """\
Run a push script on messages and fixtures, and show everything it did, in order. With -c run the drivers
that a dovecot.conf or luahost.yaml names instead; then every other argument is an INPUT.

INPUT is a message (an .eml file; it is delivered), a YAML fixture, a recording (.jsonl; see luahost
record), or - for one of them on standard input. Without INPUT a sample message is delivered.
"""

EXAMPLES = """\
examples:
  luahost run push.lua --set push_lua_url=http://127.0.0.1:8080/push
  luahost run push.lua mail.eml --user alice -v
  luahost run push.lua mail.eml --http deny --json
  luahost run push.lua mail.eml --dialect 2.4 --mail-log
  luahost run -c /etc/dovecot/dovecot.conf mail.eml --http deny

exit codes: 0 fine, 1 the script failed, 2 wrong usage or bad input
"""


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb and its options.
    """
    verb = verbs.add_parser(
        "run",
        help="run a script on messages and fixtures, and show what it did",
        usage="luahost run [options] SCRIPT [INPUT ...]\n       luahost run [options] -c FILE [INPUT ...]",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=help_form,
    )
    verb.add_argument(
        "operands",
        metavar="SCRIPT [INPUT ...]",
        nargs="*",
        default=[],
        help="the Lua script, unless -c is given; then messages, fixtures, recordings, or -",
    )
    verb.add_argument(
        "-c",
        "--config",
        metavar="FILE",
        help="dovecot.conf (2.3 or 2.4), the output of doveconf -nP, or luahost.yaml: its drivers are run",
    )
    verb.add_argument(
        "--service",
        metavar="NAME",
        help="the Dovecot service that works for the user: lmtp, lda, imap, doveadm "
        "(default: the fixture's, or lmtp)",
    )
    add_settings(verb, "a plugin setting, what user:plugin_getenv(KEY) returns")
    verb.add_argument("--user", metavar="NAME", help="the mail user (default: the fixture's, or bob)")
    verb.add_argument(
        "--dialect",
        choices=[*DIALECTS, ALL],
        help="whose rules the script sees; all: each in turn, and what differs "
        f"(default: {DEFAULT_DIALECT}, with -c the configuration's)",
    )
    add_lua(verb)
    verb.add_argument(
        "--http",
        choices=POLICIES,
        default="live",
        help="live: really send requests; server: only what a server's policy lets out; "
        "deny: refuse each, as if nothing listened (default: %(default)s)",
    )
    verb.add_argument(
        "--allow",
        metavar="HOST[:PORT]",
        action="append",
        default=[],
        help="send requests to this host only: a name, *.NAME, an address, or * for all; may be given again",
    )
    form = verb.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one effect a line, as JSON")
    form.add_argument(
        "--mail-log", action="store_true", help="the lines of Dovecot's mail log and nothing else"
    )
    verb.add_argument(
        "-v", "--verbose", action="store_true", help="Dovecot's debug lines, and HTTP headers, too"
    )
    verb.add_argument(
        "--metadata",
        metavar="FILE",
        help="the database that keeps METADATA beyond this run; see luahost metadata (default: memory)",
    )
    verb.set_defaults(act=run)


def run(options: argparse.Namespace) -> int:
    """
    The verb itself; answers the exit code.
    """
    # Every input is read before the first one runs: a typing error in the last name sends nothing.
    stdin = standard_input()
    script, names = _operands(options)
    inputs = [each for name in names for each in sources.inputs(name, stdin=stdin)] or [sources.sample()]
    hosted = hosting(script, options.config, options.service)
    options.dialect = options.dialect or hosted.dialect
    if options.isolate:
        _say_what_isolation_lacks(options.lua)
    if options.dialect == ALL and options.metadata is not None:
        raise UsageError("--metadata goes with one dialect: what the first one sets, the next one would find")
    if options.dialect != ALL:
        failed = _run_dialect(options, hosted, options.dialect, inputs, _show(options, sys.stdout))
    elif options.json:
        shows = [(name, _show(options, sys.stdout)) for name in DIALECTS]
        failed = any([_run_dialect(options, hosted, name, inputs, show) for name, show in shows])
    else:
        failed = _compare(options, hosted, inputs)
    return 1 if failed else 0


def _operands(options: argparse.Namespace) -> tuple[str | None, list[str]]:
    """
    The script, None with ``-c``, and the names of the inputs.
    """
    if options.config is not None:
        return None, options.operands
    if not options.operands:
        raise UsageError("run needs a SCRIPT, or -c with a configuration; luahost run --help says more")
    return options.operands[0], options.operands[1:]


def _say_what_isolation_lacks(lua: str) -> None:
    """
    Say on standard error which of its walls do not stand on this system.
    """
    from luahost.runtime.worker_state import lockdown_report

    for wall, reason in lockdown_report(lua).missing.items():
        print(f"luahost: isolation here is without {wall!r}: {reason}", file=sys.stderr)


def _show(options: argparse.Namespace, stream: TextIO) -> Show:
    if options.json:
        from luahost.cli.json_lines import JsonLines

        return JsonLines(stream)
    if options.mail_log:
        from luahost.cli.mail_log import MailLog

        return MailLog(stream, named=options.dialect == ALL)
    return Timeline(stream, verbose=options.verbose, timed=options.dialect != ALL)


def _run_dialect(
    options: argparse.Namespace, hosted: Hosting, dialect: str, inputs: Sequence[sources.Input], show: Show
) -> bool:
    """
    Run the script on every input in one dialect. Whether it failed.
    """
    with _metadata(options.metadata) as metadata:
        return _run_inputs(options, hosted, dialect, inputs, show, MemoryStore(metadata=metadata))


@contextmanager
def _metadata(file: str | None) -> Iterator[MetadataStore | None]:
    """
    What keeps METADATA, None for the mail store's own choice.
    """
    if file is None:
        yield None
        return
    from luahost.store.metadata_sqlite import SqliteMetadata

    with closing(SqliteMetadata(file)) as metadata:
        metadata.check()
        yield metadata


def _run_inputs(
    options: argparse.Namespace,
    hosted: Hosting,
    dialect: str,
    inputs: Sequence[sources.Input],
    show: Show,
    store: MemoryStore,
) -> bool:
    """
    The same, with a mail store. Whether it failed.
    """
    failed = False
    policy = _policy(options)
    said: set[str] = set()
    show.head(hosted.title, dialect=dialect, lua=options.lua)
    for source in inputs:
        user = hosted.mail_user(source, options.user)
        source.prepare(store, user.username)
        for words in hosted.notes(user, dialect):
            if words not in said:
                show.note(words)
            said.add(words)
        host = hosted.host(
            user,
            {**source.settings, **dict(options.settings)},
            dialect=dialect,
            lua=options.lua,
            http=policy,
            trusted=options.trusted,
            isolate=options.isolate,
            limits=Limits(**dict(options.limits)),
            debug=options.verbose,
            listener=show.effect,
        )
        show.input(source.name, user.username)
        with host.session(user, store=store) as session:
            for step in source.steps:
                step.perform(session)
                # They have been shown; of a long recording they would fill the memory.
                failed = session.effects.failed or failed
                session.effects.take()
        failed = failed or session.effects.failed
        show.missing_settings(session.settings_missing)
        for setting in session.drivers_skipped:
            show.note(f"{setting} was not started: a driver before it failed, which ends the list in Dovecot")
        for setting, reason in session.drivers_silent:
            show.note(f"{setting} sent nothing: {reason}")
    show.end()
    if session.script_unread is not None:
        raise UsageError(hosted.unread(*session.script_unread))
    return failed


def _compare(options: argparse.Namespace, hosted: Hosting, inputs: Sequence[sources.Input]) -> bool:
    """
    Run every dialect; show the first whole, and of the others what differs from it.
    """
    import difflib

    failed = False
    first: list[str] = []
    for name in DIALECTS:
        text = io.StringIO()
        failed |= _run_dialect(options, hosted, name, inputs, _show(options, text))
        lines = text.getvalue().splitlines()
        if not first:
            first = lines
            print(text.getvalue(), end="")
            continue
        # The first line of each names its dialect.
        changes = list(difflib.unified_diff(first[1:], lines[1:], n=1, lineterm=""))[2:]
        print(f"\n{lines[0]}: " + ("what differs" if changes else "no difference"))
        for line in changes:
            print("  ---" if line.startswith("@@") else line)
    return failed


def _policy(options: argparse.Namespace) -> EgressPolicy:
    """
    Where requests may go.
    """
    policy = POLICIES[options.http]
    if not options.allow:
        return policy
    if not policy.lets_out:
        raise UsageError(f"--allow goes with --http live or server; --http {options.http} allows nobody")
    return replace(policy, hosts=tuple(options.allow))
