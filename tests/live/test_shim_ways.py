"""
The ways of ``luahost shim`` to a server, and what becomes of what a server does not take, in a real Dovecot.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from luahost.config import read_configuration
from luahost.exchange import Request
from luahost.server.spool import SqliteSpool
from luahost.server.supervisor import Server
from luahost.sources.shim import Shim
from luahost.testing import Answer
from luahost.testing.endpoint.loopback import Loopback
from tests.certificates import self_signed
from tests.debian import needs
from tests.live.dovecot import PACKAGES, Dovecot
from tests.live.mail import message_bytes
from tests.live.releases import TESTED

pytestmark = needs(*PACKAGES, "openssl")

CAP_MS = 20_000
"""A busy machine has more time than mail."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """
    A folder that Dovecot's processes may enter, and write into.
    """
    with tempfile.TemporaryDirectory(prefix="luahost-ways-") as made:
        Path(made).chmod(0o777)
        yield Path(made)


def printed(folder: Path, name: str, url: str) -> str:
    """
    The driver of a shim as it is printed, which leaves in ``NAME`` what the server does not take.
    """
    return _driver(folder, name, {f"{folder}/{name}.lua": _shim(folder, name, url).script().encode()})


def installed(folder: Path, name: str, url: str) -> str:
    """
    The same of one that is installed.
    """
    return _driver(folder, name, _shim(folder, name, url).installed(f"{folder}/{name}.lua"))


def _shim(folder: Path, name: str, url: str) -> Shim:
    return Shim(dialect=TESTED.dialect, url=url, spool_dir=f"{folder}/left/{name}", timeout_ms=CAP_MS)


def _driver(folder: Path, name: str, files: dict[str, bytes]) -> str:
    left = folder / "left" / name
    left.mkdir(parents=True)
    left.chmod(0o777)
    for path, content in files.items():
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_bytes(content)
    return f"lua:file={folder}/{name}.lua"


def left(folder: Path) -> dict[str, list[str]]:
    """
    The ends of the names of what each shim has left.
    """
    return {
        each.name: sorted(file.name.partition(".json")[2] for file in each.iterdir())
        for each in (folder / "left").iterdir()
    }


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[SqliteSpool]:
    """
    A server at a unix socket, which mail processes may use.
    """
    (folder / "push.lua").write_text("function dovecot_lua_notify_begin_txn() end")
    file = folder / "luahost.yaml"
    serve = {"listen": f"unix:{folder}/socket", "spool": "spool.db"}
    file.write_text(json.dumps({"drivers": [{"driver": "lua", "file": "push.lua"}], "serve": serve}))
    configuration = read_configuration(str(file))
    assert configuration.serve is not None
    with contextlib.closing(SqliteSpool(configuration.serve.spool)) as spool:
        server = Server(configuration, spool)
        server.start()
        try:
            (folder / "socket").chmod(0o666)
            yield spool
        finally:
            server.end()


def test_unix_and_https(folder: Path) -> None:
    """
    Through LuaSocket, and with the authorities that Dovecot is configured with, a server has a transaction
    before the delivery is over, of shims that are printed and of those that are installed.
    """
    came: list[str] = []

    def reply(sent: Request) -> Answer:
        came.append(json.loads(sent.body)["user"]["username"])
        return Answer(202)

    certificate = self_signed(folder / "both.pem", "IP:127.0.0.1")
    certificate.with_suffix(".crt").chmod(0o644)
    with serving(folder) as spool, Loopback(reply, certificate=certificate) as endpoint:
        ways = {"unix": f"unix:{folder}/socket", "https": endpoint.url}
        drivers = [
            made(folder, f"{made.__name__}-{way}", url)
            for way, url in ways.items()
            for made in (printed, installed)
        ]
        more = f"ssl_client_ca_file = {certificate.with_suffix('.crt')}"
        with Dovecot({}, drivers=drivers, more=more, release=TESTED) as dovecot:
            dovecot.deliver("bob", message_bytes("n01"))
            in_spool = [each.user for each in spool.transactions()]
            assert dovecot.errors == []

    assert in_spool == came
    assert set(came) == {"bob"}
    assert not any(left(folder).values())


def test_what_is_not_taken(folder: Path) -> None:
    """
    What a server finds wrong is kept under a name that no server picks up, everything else until one takes
    it. It is an error unless the server is busy or away.
    """
    urls = {"away": "http://127.0.0.1:1", "nowhere": f"unix:{folder}/none"}
    with contextlib.ExitStack() as endpoints:
        for status in (301, 400, 401, 413, 500, 503):
            reply = functools.partial(_answer, status)
            urls[str(status)] = endpoints.enter_context(Loopback(reply)).url
        drivers = [printed(folder, name, url) for name, url in urls.items()]
        with Dovecot({}, drivers=drivers, release=TESTED) as dovecot:
            dovecot.deliver("bob", message_bytes("n01"))
            log = "\n".join(dovecot.log)

    refused = {"400", "413"}
    assert {name: set(ends) for name, ends in left(folder).items()} == {
        name: {".bad" if name in refused else ""} for name in urls
    }
    said = rf"(Warning|Error): luahost shim: .*{folder}/left/(\w+)/\S+: (?:/\S+: |the server answered )?(\w+)"
    assert {(name, level, first_word) for level, name, first_word in re.findall(said, log)} == {
        *((status, "Error", status) for status in ("301", "400", "401", "413", "500")),
        ("503", "Warning", "503"),
        ("away", "Warning", "connect"),
        ("nowhere", "Warning", "No"),
    }


def _answer(status: int, sent: Request) -> Answer:
    return Answer(status)
