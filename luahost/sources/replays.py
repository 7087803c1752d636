"""
What stands under ``replay``: a recording beside the fixture, or what one user did in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from luahost.dataclass import dataclass
from luahost.documents.quoting import quoted
from luahost.documents.values import Reader, Value, beside, record, text
from luahost.documents.yaml_tree import ScalarNode
from luahost.sources.files import contents
from luahost.sources.replay import Replay
from luahost.sources.steps import Step

if TYPE_CHECKING:
    from luahost.host import Session


@dataclass(frozen=True, slots=True)
class ReplayAll:
    """
    Transactions that once happened, one after the other, to whoever's session it is.
    """

    replays: tuple[Replay, ...]

    def perform(self, session: Session) -> None:
        """
        Let them happen again.
        """
        for replay in self.replays:
            replay.perform(session)


_REPLAY: Mapping[str, Reader[Any]] = {"recording": text, "user": text}


def replay(value: Value) -> Step:
    """
    The path of a recording, from the fixture's folder; or a mapping of it and whose transactions to take.
    """
    if isinstance(value.node, ScalarNode):
        return _replay(value, text(value), None)
    found = record(value, _REPLAY, where="in replay", required=["recording"])
    return _replay(value, found["recording"], found.get("user"))


def _replay(value: Value, written: str, user: str | None) -> Step:
    # A fixture without it need not wait for the schema.
    from luahost.sources.recording import read_lines

    path = beside(value, written)
    data = contents(path, blame=lambda words: value.error(f"replay {quoted(path, longest=500)}: {words}"))
    lines = read_lines(data, file=path)
    users = sorted({line.transaction.user["username"] for line in lines})
    if user is None and len(users) > 1:
        raise value.error(
            f"{quoted(path, longest=500)} has transactions of {len(users)} users; say whose with "
            f"{{recording: …, user: {users[0]}}}"
        )
    if user is not None and user not in users:
        raise value.error(f"{quoted(path, longest=500)} has no transaction of the user {quoted(user)}")
    chosen = [line for line in lines if user in (None, line.transaction.user["username"])]
    return ReplayAll(tuple(Replay(line.transaction, path, line.number) for line in chosen))
