"""
``luahost status``: how the server is doing, and what is in its spool.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from luahost.cli.arguments import help_form
from luahost.cli.spool_arguments import add_place
from luahost.timeline import inline

if TYPE_CHECKING:
    from luahost.server.condition import Condition
    from luahost.server.spool import SpoolControl

DESCRIPTION = """\
Say how luahost serve is doing: whether it runs, what it says of itself (/healthz), and how many transactions
there are of each state.
"""

EXAMPLES = """\
examples:
  luahost status
  luahost status -c /etc/luahost/luahost.yaml --json

ok: all is well; stale: the oldest transaction waits for longer than stale_seconds; broken: nothing can be
written, which it says, or a part of it has failed, which its log says; ending: it finishes what runs;
stopped: no server works on the spool; silent: there is one, and it does not answer.

The spool is that of luahost.yaml in the current folder, of the file after -c, or the one after --spool. Of
one on NATS it is said, too, which machines run what is in it.

exit codes: 0 ok, 1 anything else, 2 wrong usage, a bad configuration or a bad spool
"""


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb and its options.
    """
    verb = verbs.add_parser(
        "status",
        help="say how luahost serve is doing",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=help_form,
    )
    verb.add_argument("--json", action="store_true", help="as a JSON object")
    add_place(verb, _status)


def _status(control: SpoolControl, options: argparse.Namespace) -> int:
    from luahost.config import read_configuration
    from luahost.server.condition import condition_of

    section = None if options.spool else read_configuration(options.config).serve
    found = condition_of(control, section, now=time.time())
    if options.json:
        print(_json(found))
    else:
        for line in lines(found):
            print(line)
    return 0 if found.well else 1


def lines(found: Condition) -> Iterator[str]:
    """
    It for people, a line for each thing.
    """
    from luahost.cli.queue_output import span
    from luahost.server.spool.this_machine import shown_names

    server = found.status
    if found.process is not None:
        place = f" on {found.listen}" if found.listen else ""
        server += f", process {found.process}{place}"
    yield f"server    {server}"
    if found.detail:
        yield f"          {inline(found.detail)}"
    if found.configuration not in (None, "ok"):
        yield f"          configuration {inline(str(found.configuration))}"
    for endpoint in found.endpoints:
        yield f"          endpoint {inline(str(endpoint.get('endpoint')))} {_how_it_is(endpoint)}"
    yield f"spool     {inline(found.spool)}"
    if found.machines:
        named = zip(shown_names(found.machines), found.machines, strict=True)
        names = (f"{inline(name)} (process {machine.process})" for name, machine in named)
        yield f"machines  {', '.join(names)}"
    yield f"oldest    {'none waits' if found.oldest_seconds is None else span(found.oldest_seconds)}"
    for state, number in found.counts.items():
        yield f"{state:<9} {number}"


def _how_it_is(endpoint: Mapping[str, Any]) -> str:
    """
    How an endpoint is that fails, given what ``/healthz`` says of it.
    """
    from luahost.cli.queue_output import span
    from luahost.server.condition import failures_of

    failures = inline(failures_of(endpoint))
    if endpoint.get("state") == "open":
        return f"is down, and left alone for another {span(endpoint.get('wait_seconds') or 0)}: {failures}"
    if endpoint.get("state") == "half_open":
        return f"was down, and is being tried: {failures}"
    return f"fails: {failures}"


def _json(found: Condition) -> str:
    told = {
        "status": found.status,
        "process": found.process,
        "listen": found.listen,
        "spool": found.spool,
        "machines": [{"name": each.name, "process": each.process, "id": each.id} for each in found.machines],
        "oldest_seconds": None if found.oldest_seconds is None else round(found.oldest_seconds, 3),
        "counts": dict(found.counts),
        "detail": found.detail,
        "configuration": found.configuration,
        "endpoints": list(found.endpoints),
    }
    return json.dumps(told)
