"""
``luahost cluster``: set up a spool on NATS JetStream, and look at it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from luahost.cli.arguments import SERVED_FILE, check_served_file, help_form
from luahost.dataclass import asdict
from luahost.errors import UsageError
from luahost.timeline import inline

if TYPE_CHECKING:
    from luahost.config.nats_place import NatsPlace
    from luahost.server.spool.nats.overview import Overview, Stream
    from luahost.server.spool.nats.setup import Plan

DESCRIPTION = """\
Set up a spool on NATS JetStream, which several machines share, and say how it is doing.

The spool is that of luahost.yaml in the current folder, of the file after -c, or the URL after --spool,
such as nats://n1:4222,n2:4222,n3:4222/luahost.
"""

SETUP = """\
Make the streams and buckets that a spool needs, or change those that are there: as many copies
as replicas says (3), and as many partitions as partitions says (64), in the part cluster of luahost.yaml. It
says what it does, may be done again at any time, and removes nothing; what would lose something is refused.
"""

SHOW = """\
Say which streams there are, who leads them, how far their copies are, and which machines run transactions.
"""

PERMISSIONS = """\
Print the permissions that a user of NATS needs, as nats-server.conf has them: for luahost serve and all other
verbs, or for luahost cluster setup. Nobody is asked.
"""

EXAMPLES = """\
examples:
  luahost cluster setup -c /etc/luahost/luahost.yaml --dry-run
  luahost cluster setup -c /etc/luahost/luahost.yaml
  luahost cluster show --json

exit codes: 0 fine, 1 the cluster does not answer, or (show) a copy is missing or behind, 2 wrong usage, or it
is not set up
"""

PATIENCE_SECONDS = 15.0
"""Servers that elect a leader need up to ten."""


def add_to(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the verb and its options.
    """
    verb = verbs.add_parser(
        "cluster",
        help="set up a spool on NATS JetStream, and look at it",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=help_form,
    )
    actions = verb.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    form = help_form
    setup = actions.add_parser(
        "setup", help="make what a spool needs", description=SETUP, formatter_class=form
    )
    setup.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    setup.set_defaults(act=_setup)
    show = actions.add_parser("show", help="say how it is doing", description=SHOW, formatter_class=form)
    show.set_defaults(act=_show)
    permissions = actions.add_parser(
        "permissions", help="print what NATS has to let it do", description=PERMISSIONS, formatter_class=form
    )
    permissions.add_argument("--setup", action="store_true", help="those that luahost cluster setup needs")
    permissions.set_defaults(act=_permissions)
    for action in (setup, show):
        action.add_argument("--json", action="store_true", help="as a JSON object")
    for action in (setup, show, permissions):
        place = action.add_mutually_exclusive_group()
        place.add_argument(
            "-c", "--config", metavar="FILE", default=SERVED_FILE, help="luahost.yaml (default: %(default)s)"
        )
        place.add_argument("--spool", metavar="URL", help="the spool itself")


def _place(options: argparse.Namespace) -> NatsPlace:
    """
    The spool that is meant.

    Raises:
        UsageError: It is none on NATS.
    """
    from luahost.config import read_configuration
    from luahost.config.nats_place import nats_place

    if options.spool:
        return nats_place(options.spool)
    check_served_file(options.config)
    section = read_configuration(options.config).serve
    if section is None or section.nats is None:
        spool = "no section serve" if section is None else f"its spool in a file, {section.spool}"
        raise UsageError(
            f"{options.config} has {spool}; a cluster is spool: nats://HOST:4222,HOST:4222/luahost"
        )
    return section.nats


def _setup(options: argparse.Namespace) -> int:
    from luahost.server.spool.nats.connection import Connection
    from luahost.server.spool.nats.setup import carry_out, plan

    place = _place(options)
    with Connection(place, name="luahost cluster setup", patience_seconds=PATIENCE_SECONDS) as connection:
        planned = connection.call(plan(connection)).result()
        if not options.dry_run:
            connection.call(carry_out(connection, planned)).result()
    if options.json:
        print(_planned_json(place, planned))
    else:
        for line in _planned_lines(place, planned, done=not options.dry_run):
            print(line)
    return 0


def _planned_lines(place: NatsPlace, planned: Plan, *, done: bool) -> Iterator[str]:
    width = max((len(change.name) for change in planned.changes), default=0)
    for change in planned.changes:
        yield f"{change.name:<{width}}  {change.words}"
    wanted = planned.wanted
    words = f"{wanted.partitions} partitions, {wanted.replicas} {_replicas(wanted.replicas)}"
    if not planned.changes:
        yield f"{place} is set up: {words}"
    elif done:
        yield f"{place} is set up now: {words}"
    else:
        yield f"{place} would be set up: {words}; nothing was done"


def _replicas(number: int) -> str:
    return "replica" if number == 1 else "replicas"


def _planned_json(place: NatsPlace, planned: Plan) -> str:
    changes = [{"name": each.name, "new": each.is_new, "change": each.words} for each in planned.changes]
    return json.dumps({"spool": str(place), **asdict(planned.wanted), "changes": changes})


def _permissions(options: argparse.Namespace) -> int:
    from luahost.server.spool.nats.names import Names
    from luahost.server.spool.nats.permissions import configured, serving, setting_up

    names = Names(_place(options).prefix)
    print(configured(setting_up(names) if options.setup else serving(names)))
    return 0


def _show(options: argparse.Namespace) -> int:
    from luahost.server.spool.nats.connection import Connection
    from luahost.server.spool.nats.overview import overview

    place = _place(options)
    with Connection(place, name="luahost cluster show", patience_seconds=PATIENCE_SECONDS) as connection:
        found = connection.call(overview(connection)).result()
    if options.json:
        print(_json(place, found))
    else:
        for line in lines(place, found):
            print(line)
    return 0 if found.well else 1


def lines(place: NatsPlace, found: Overview) -> Iterator[str]:
    """
    It for people.
    """
    from luahost.server.spool.this_machine import shown_names

    where = f"cluster {found.cluster}" if found.cluster else "no cluster"
    yield f"spool       {place}"
    yield f"server      {inline(found.server)}, nats-server {found.version}, {inline(where)}"
    if (how := found.declared) is None:
        yield "set up      the servers do not say"
    else:
        yield f"set up      {how.partitions} partitions, {how.replicas} {_replicas(how.replicas)}"
        yield f"handed out  {found.handed_out} of {how.partitions} partitions"
    width = max(len(stream.name) for stream in found.streams)
    for stream in found.streams:
        held = f"{_number(stream.messages):>8} messages  {_size(stream.bytes):>9}"
        yield f"{stream.name:<{width}}  {held}  {_copies(stream)}"
    machines = found.machines or ()
    for name, machine in zip(shown_names(machines), machines, strict=True):
        version = f"luahost {machine.version}, " if machine.version else ""
        parts = (
            f"{len(machine.partitions)} partitions ({ranges(machine.partitions)})"
            if machine.partitions
            else "no partitions"
        )
        yield f"machine     {inline(name)}: {version}{parts}, {machine.running} running"
    if found.machines is None:
        yield "machine     the servers do not say"
    elif not found.machines:
        yield "machine     none runs transactions"


def _copies(stream: Stream) -> str:
    told = [f"leader {inline(stream.leader)}" if stream.leader else "NO LEADER"]
    for replica in stream.replicas:
        state = "OFFLINE" if not replica.online else "" if replica.current else f"{replica.lag} BEHIND"
        told.append(f"{inline(replica.server)} {state}".rstrip())
    if (missing := stream.wanted - 1 - len(stream.replicas)) > 0:
        told.append(f"{missing} MISSING")
    return ", ".join(told)


def ranges(numbers: Sequence[int]) -> str:
    """
    ``0-3, 7`` for 0, 1, 2, 3 and 7.
    """
    told: list[list[int]] = []
    for number in numbers:
        if told and told[-1][-1] == number - 1:
            told[-1][1:] = [number]
        else:
            told.append([number])
    return ", ".join("-".join(map(str, each)) for each in told)


def _number(number: int | None) -> str:
    return "?" if number is None else str(number)


def _size(number: int | None) -> str:
    if number is None:
        return "?"
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 10_000:
            return f"{number} {unit}"
        number //= 1024
    return f"{number} TiB"


def _json(place: NatsPlace, found: Overview) -> str:
    told = asdict(found)
    how = told.pop("declared") or {}
    streams = [
        {**each, "well": stream.well} for each, stream in zip(told.pop("streams"), found.streams, strict=True)
    ]
    return json.dumps({"spool": str(place), "well": found.well, **told, **how, "streams": streams})
