"""
What NATS has to let luahost do, and no more: the subjects to publish and to subscribe to.

A server that takes and runs transactions needs less than ``luahost cluster setup``, which makes streams. In
NATS a pattern covers whole parts of a subject (docs.nats.io, "Authorization"), so what is asked about streams
names each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from luahost.dataclass import dataclass
from luahost.server.spool.entries import FINISHED
from luahost.server.spool.nats.names import Names

INBOX = "_INBOX.>"
"""Where answers come to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """
    Patterns of subjects.

    Attributes:
        publish: Those that may be published to.

        subscribe: Those that may be subscribed to.
    """

    publish: Sequence[str]
    subscribe: Sequence[str]


def serving(names: Names) -> Permissions:
    """
    What ``luahost serve`` needs, and what the operator's verbs do but ``luahost cluster setup``.
    """
    prefix = names.prefix
    finished = [names.finished(state) for state in FINISHED]
    kept = [names.transactions, names.attempts, names.keys, *finished]
    followed = [names.transactions, names.owners]
    return Permissions(
        publish=[
            names.all_transactions,
            *(names.end(state) for state in FINISHED),
            names.look("*"),
            *(f"$KV.{prefix}_{bucket}.>" for bucket in ("attempts", "keys", "nodes", "owners")),
            "$JS.API.INFO",
            "$JS.API.STREAM.INFO.*",
            *(f"$JS.API.CONSUMER.CREATE.{stream}.>" for stream in followed),
            *(f"$JS.API.CONSUMER.DELETE.{stream}.*" for stream in followed),
            *(f"$JS.ACK.{stream}.>" for stream in followed),
            # Without an answer to this the servers send no more of what is followed, once that is much.
            *(f"$JS.FC.{stream}.>" for stream in followed),
            *(f"$JS.API.DIRECT.GET.{stream}" for stream in (*kept, names.nodes)),
            *(f"$JS.API.DIRECT.GET.{stream}.>" for stream in (*kept, names.nodes)),
            *(f"$JS.API.STREAM.MSG.GET.{stream}" for stream in (*kept, names.nodes)),
            *(f"$JS.API.STREAM.MSG.DELETE.{stream}" for stream in kept),
            *(f"$JS.API.STREAM.PURGE.{stream}" for stream in (*kept, names.nodes)),
            "$SYS.REQ.USER.INFO",
        ],
        subscribe=[INBOX, names.look("*")],
    )


def setting_up(names: Names) -> Permissions:
    """
    What ``luahost cluster setup`` needs.
    """
    return Permissions(
        publish=[
            "$JS.API.INFO",
            "$JS.API.STREAM.INFO.*",
            "$JS.API.STREAM.CREATE.*",
            "$JS.API.STREAM.UPDATE.*",
            f"$JS.API.STREAM.MSG.GET.{names.nodes}",
            "$SYS.REQ.USER.INFO",
        ],
        subscribe=[INBOX],
    )


def configured(permissions: Permissions) -> str:
    """
    Permissions as the configuration of nats-server has them.
    """
    lines = ["permissions {"]
    for name in ("publish", "subscribe"):
        lines += [f"  {name} {{", "    allow: ["]
        lines += [f'      "{subject}"' for subject in getattr(permissions, name)]
        lines += ["    ]", "  }"]
    return "\n".join([*lines, "}"])


def lacking(allowed: Mapping[str, Any] | None, needed: Permissions) -> list[str]:
    """
    What is needed and not allowed: ``publish a.b``.

    Args:
        allowed: What a server says of a user (``$SYS.REQ.USER.INFO``); None if everything is.

        needed: What is.
    """
    found = []
    for kind in ("publish", "subscribe"):
        rules = (allowed or {}).get(kind) or {}
        allow, deny = rules.get("allow"), rules.get("deny") or ()
        for subject in getattr(needed, kind):
            refused = any(overlaps(pattern, subject) for pattern in deny)
            if refused or (allow is not None and not _covered(allow, subject)):
                found.append(f"{kind} {subject}")
    return found


def _covered(patterns: Iterable[str], subject: str) -> bool:
    return any(covers(pattern, subject) for pattern in patterns)


def covers(pattern: str, subject: str) -> bool:
    """
    Whether a pattern takes all that another one takes.
    """
    parts, wanted = pattern.split("."), subject.split(".")
    for number, part in enumerate(parts):
        if part == ">":
            return len(wanted) > number
        if number >= len(wanted) or wanted[number] == ">" or (part != "*" and part != wanted[number]):
            return False
    return len(parts) == len(wanted)


def overlaps(pattern: str, other: str) -> bool:
    """
    Whether there is a subject that both take.
    """
    ours, theirs = pattern.split("."), other.split(".")
    for one, two in zip(ours, theirs, strict=False):
        if ">" in (one, two):
            return True
        if one != two and "*" not in (one, two):
            return False
    return len(ours) == len(theirs)
