"""
Random chunks of Lua with ``dovecot.*`` in a real Dovecot and in luahost.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from luahost import MailUser
from tests.api.web import Web
from tests.debian import needs
from tests.live.chunks import runs
from tests.live.chunks.events import event_chunk
from tests.live.chunks.functions import function_chunk
from tests.live.chunks.http import http_chunk
from tests.live.chunks.mailboxes import mailbox_chunk
from tests.live.chunks.users import odd_user_chunk, user_chunk
from tests.live.dovecot import PACKAGES, Dovecot, mail_owner
from tests.live.releases import TESTED

pytestmark = needs(*PACKAGES)

COUNT = int(os.environ.get("FUZZ_CHUNKS", "60"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))

BATCH = 100

KINDS: dict[str, Callable[[Random], str]] = {
    "functions": function_chunk,
    "events": event_chunk,
    "users": lambda rng: user_chunk(rng, TESTED.dialect),
    "mailboxes": mailbox_chunk,
    "http": lambda rng: http_chunk(rng, TESTED.dialect),
    "crashes": odd_user_chunk,
}


EXPORT = {
    "2.3": """\
mail_attribute_dict = file:%h/dovecot-attributes
event_exporter api {
  format = json
  format_args = time-rfc3339
  transport = log
}
""",
    "2.4": """\
mail_attribute {
  dict file {
    path = %{home}/dovecot-attributes
  }
}
event_exporter api {
  driver = log
  format = json
  time_format = rfc3339
}
""",
}
METRIC = """\
metric api {
  exporter = api
  exporter_include = name categories fields
  filter = category=lua
}
"""


class Arena:
    """
    A server, a folder for luahost, and users who come one after the other.
    """

    def __init__(self, server: Dovecot, folder: Path, web: Web) -> None:
        self.server = server
        self.folder = folder
        self.web = web
        self._users = (f"user{number}" for number in itertools.count(1))

    def differences(self, chunks: list[str]) -> list[str]:
        """
        What luahost does otherwise, and if that is nothing the requests that are others.
        """
        user, owner = next(self._users), mail_owner()
        home = f"{self.server.folder}/home/{user}"
        mail_user = MailUser(user, home=home, uid=owner.pw_uid, gid=owner.pw_gid, service="imap")
        theirs, sessions = runs.InDovecot(self.server, self.web, user).run(chunks)
        asked = self._requests()
        ours = runs.InLuahost(self.folder, self.web, mail_user, TESTED.dialect).run(chunks, sessions)
        asks = self._requests()
        found = runs.differences(chunks, theirs, ours)
        if not found:
            pairs = itertools.zip_longest(asked, asks)
            found = [f"\n  of Dovecot: {one}\n  of luahost: {two}" for one, two in pairs if one != two]
        return found

    def _requests(self) -> list[dict[str, object]]:
        seen, self.web.seen[:] = self.web.seen.copy(), []
        return seen


@pytest.fixture(scope="module")
def arena() -> Iterator[Arena]:
    """
    One server for all chunks.
    """
    with tempfile.TemporaryDirectory(prefix="luahost-") as folder, Web() as web:
        script = Path(folder, runs.SCRIPT)
        script.write_text(runs.script(), "ascii")
        with server(script) as dovecot:
            yield Arena(dovecot, Path(folder), web)


def server(script: Path) -> Dovecot:
    """
    One with this script.
    """
    return Dovecot(
        runs.PLUGIN if TESTED.dialect == "2.3" else {},
        files=[script],
        drivers=[f"lua:file=@folder@/{script.name}"],
        more=EXPORT[TESTED.dialect] + METRIC,
        release=TESTED,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_does_what_it_does_in_dovecot(arena: Arena, kind: str) -> None:
    """
    Random chunks give, raise, log and send what they do in a real server, and kill the process where they do
    there.
    """
    rng = Random(SEED)
    # A crash takes a tenth of a second.
    count = COUNT if kind != "crashes" else COUNT // 10
    chunks = [KINDS[kind](rng) for _ in range(count)]

    found = [each for at in range(0, count, BATCH) for each in arena.differences(chunks[at : at + BATCH])]

    assert "".join(sorted(found, key=len)[:20]) == ""
