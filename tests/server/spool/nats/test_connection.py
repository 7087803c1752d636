"""
The connection to NATS, held against real servers.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from luahost.config.nats_place import nats_place
from luahost.errors import InputError, LuahostError, SpoolError, UsageError
from luahost.server.spool.nats.api import ApiError, ask
from luahost.server.spool.nats.connection import Connection
from luahost.server.spool.nats.watch import Watch
from tests.certificates import self_signed
from tests.debian import needs
from tests.nats.keys import Key, Trust
from tests.nats.node import Node, some_ports

SECONDS = 30
"""How long what comes soon may take on a busy machine."""


def connected(url: str) -> bool:
    """
    Whether a connection is made and JetStream answers.
    """
    with Connection(nats_place(url)) as connection:
        told = connection.call(ask(connection.client, "INFO")).result(SECONDS)
        return connection.connected and "streams" in told


def refused(url: str) -> LuahostError:
    """
    What is raised in the place of a connection.
    """
    with pytest.raises(LuahostError) as caught, Connection(nats_place(url)):
        pass
    return caught.value


def with_user(url: str, who: str) -> str:
    """
    A URL with a login.
    """
    return url.replace("//", f"//{who}@")


def test_one_that_answers_is_enough(nats_server: Node) -> None:
    """
    Servers that are down do not matter as long as another one answers.
    """
    down = ",".join(f"127.0.0.1:{ports.client}" for ports in some_ports(2))

    assert connected(f"nats://{down},127.0.0.1:{nats_server.ports.client}")


def test_nobody_answers() -> None:
    """
    Servers that are down are named, and another try may help.
    """
    first, second = (ports.client for ports in some_ports(2))

    error = refused(f"nats://127.0.0.1:{first},127.0.0.1:{second}")

    assert isinstance(error, SpoolError)
    assert f"127.0.0.1:{min(first, second)}" in str(error)
    assert "nothing listens there" in str(error)
    assert "is nats-server running there?" in str(error)


def test_servers_that_come_later(tmp_path: Path) -> None:
    """
    With patience, servers that start a little later than we do are waited for.
    """
    node = Node(tmp_path)
    place = nats_place(node.url)
    with ThreadPoolExecutor(1) as thread:
        with socket.create_server(("127.0.0.1", node.ports.client)) as listener:
            connecting = thread.submit(Connection, place, patience_seconds=SECONDS)
            # It has tried, and nobody was there who could have let it in.
            listener.accept()[0].close()
        with node, connecting.result(SECONDS) as connection:
            assert connection.connected


def test_password(tmp_path: Path) -> None:
    """
    A password is taken from the URL or a file; a wrong one is told, and that trying again does not help.
    """
    (tmp_path / "password").write_text("right\n", "utf-8")
    with Node(tmp_path / "nats", more="authorization { user: bob, password: right }") as node:
        assert connected(with_user(node.url, "bob:right"))
        assert connected(f"{node.url}?user=bob&password_file={tmp_path}/password")
        for url in (with_user(node.url, "bob:wrong"), node.url):
            error = refused(url)

            assert isinstance(error, UsageError)
            assert "Authorization Violation; creds, nkey, user or token" in str(error)
            assert "wrong" not in str(error)


def test_token(tmp_path: Path) -> None:
    """
    A token is taken from the URL or a file.
    """
    (tmp_path / "token").write_text("s3cret\n", "utf-8")
    with Node(tmp_path / "nats", more="authorization { token: s3cret }") as node:
        assert connected(with_user(node.url, "s3cret"))
        assert connected(f"{node.url}?token_file={tmp_path}/token")
        assert "Authorization Violation" in str(refused(with_user(node.url, "other")))


def test_nkey(tmp_path: Path) -> None:
    """
    The seed in a file proves who we are; another one does not.
    """
    known, other = Key.user(), Key.user()
    (tmp_path / "known.nk").write_text(known.seed + "\n", "ascii")
    (tmp_path / "other.nk").write_text(other.seed + "\n", "ascii")
    with Node(tmp_path / "nats", more=f"authorization {{ users: [{{nkey: {known.public}}}] }}") as node:
        assert connected(f"{node.url}?nkey={tmp_path}/known.nk")
        assert "Authorization Violation" in str(refused(f"{node.url}?nkey={tmp_path}/other.nk"))


def test_creds(tmp_path: Path) -> None:
    """
    A credentials file proves who we are; one of another operator, or one that has run out, does not.
    """
    trust = Trust()
    (tmp_path / "good.creds").write_text(trust.creds(), "ascii")
    (tmp_path / "old.creds").write_text(trust.creds(seconds=-60), "ascii")
    (tmp_path / "other.creds").write_text(Trust().creds(), "ascii")
    with Node(tmp_path / "nats", more=trust.configuration) as node:
        assert connected(f"{node.url}?creds={tmp_path}/good.creds")
        for name in ("old", "other"):
            assert "Authorization Violation" in str(refused(f"{node.url}?creds={tmp_path}/{name}.creds"))


@pytest.mark.parametrize(
    ("option", "content", "words"),
    [
        ("creds", "nothing\n", "this is no credentials file of NATS"),
        ("nkey", "nothing\n", "there is no seed of a user in it"),
        ("nkey", "SU" + "A" * 56 + "\n", "the seed in it is damaged"),
        ("nkey", None, "No such file"),
        ("token_file", None, "No such file"),
        ("ca", None, "No such file"),
        ("ca", "nothing\n", "no certificate or crl found"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, option: str, content: str | None, words: str) -> None:
    """
    A file that is none of its kind is told before anybody is asked.
    """
    file = tmp_path / "file"
    if content is not None:
        file.write_text(content, "ascii")

    error = refused(f"nats://127.0.0.1:1?{option}={file}")

    assert isinstance(error, InputError | UsageError)
    assert words in str(error)
    assert str(file) in str(error)


@needs("openssl")
def test_tls(tmp_path: Path) -> None:
    """
    With TLS the server's certificate must be one of the authorities that are named, and ours one of its own.
    """
    server = self_signed(tmp_path / "server.pem", "IP:127.0.0.1")
    ours = self_signed(tmp_path / "ours.pem", "DNS:luahost")
    tls = f'tls {{ cert_file: "{server}", key_file: "{server}", ca_file: "{ours}", verify: true }}'
    with Node(tmp_path / "nats", more=tls) as node:
        assert connected(f"{node.url}?ca={server}&certificate={ours}")
        assert connected(f"{node.url.replace('nats', 'tls')}?ca={server}&certificate={ours}")
        stranger = refused(f"{node.url}?ca={ours}&certificate={ours}")
        nobody = refused(f"{node.url}?ca={server}")

    assert "TLS failed: certificate verify failed" in str(stranger)
    assert "ca names the authority" in str(stranger)
    assert "certificate and key" in str(nobody)


@needs("openssl")
def test_tls_is_taken_where_it_is_offered(tmp_path: Path) -> None:
    """
    A server that leaves TLS to its clients is spoken to with it if it was asked for.
    """
    server = self_signed(tmp_path / "server.pem", "IP:127.0.0.1")
    tls = f'tls {{ cert_file: "{server}", key_file: "{server}" }}\nallow_non_tls: true'
    with Node(tmp_path / "nats", more=tls) as node:
        assert connected(node.url)
        assert connected(f"{node.url}?ca={server}")
        assert "certificate verify failed" in str(refused(node.url.replace("nats", "tls")))


@needs("openssl")
def test_handshake_first(tmp_path: Path) -> None:
    """
    A server that says nothing before TLS is met in the same way.
    """
    server = self_signed(tmp_path / "server.pem", "IP:127.0.0.1")
    tls = f'tls {{ cert_file: "{server}", key_file: "{server}", handshake_first: true }}'
    node = Node(tmp_path / "nats", more=tls)
    try:
        # It greets nobody who does not begin with TLS.
        node.launch()
        node.await_health()
        assert connected(f"{node.url}?ca={server}&handshake_first=yes")
    finally:
        node.kill()


@needs("openssl")
def test_a_server_with_tls_that_ends(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """
    A server with TLS that goes away leaves nothing in the log but that it is gone.
    """
    server = self_signed(tmp_path / "server.pem", "IP:127.0.0.1")
    lost = threading.Event()
    node = Node(tmp_path / "nats", more=f'tls {{ cert_file: "{server}", key_file: "{server}" }}')
    with node, Connection(nats_place(f"{node.url}?ca={server}")) as connection:
        connection.on_lost(lost.set)
        node.stop()
        assert lost.wait(SECONDS)

    assert {record.name for record in caplog.records} == {"luahost.server"}


def test_tls_is_not_done_without(nats_server: Node) -> None:
    """
    Where TLS was asked for, nothing is said to a server that has none, a password least of all.
    """
    error = refused(with_user(nats_server.url.replace("nats", "tls"), "bob:s3cret"))

    assert isinstance(error, UsageError)
    assert "it speaks no TLS; give it certificates" in str(error)


def test_no_jetstream(tmp_path: Path) -> None:
    """
    A server without JetStream is told, and what its configuration needs.
    """
    node = Node(tmp_path, jetstream=False)
    with node:
        error = refused(node.url)

    assert isinstance(error, UsageError)
    assert f"nats-server at 127.0.0.1:{node.ports.client} has no JetStream" in str(error)
    assert "jetstream { store_dir" in str(error)


def test_no_jetstream_for_the_account(tmp_path: Path) -> None:
    """
    So is one that has it, but not for our account.
    """
    accounts = "accounts { mail { users: [{user: bob, password: x}] }, other { jetstream: enabled } }"
    with Node(tmp_path, more=accounts) as node:
        error = refused(with_user(node.url, "bob:x"))

    assert "has no JetStream for this account" in str(error)


def test_nothing_is_allowed(tmp_path: Path) -> None:
    """
    A user who may not even ask JetStream is told what NATS says of that.
    """
    users = "authorization { users: [{user: bob, password: x, permissions: {publish: nothing}}] }"
    with Node(tmp_path, more=users) as node:
        error = refused(with_user(node.url, "bob:x"))

    assert isinstance(error, UsageError)
    assert 'refuses: permissions violation for publish to "$js.api.info"' in str(error)


@contextmanager
def greeting(line: bytes) -> Iterator[str]:
    """
    Where somebody greets with this line, answers one PING, and no more. Answers the URL.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as lines:
                connection.sendall(line)
                for said in lines:
                    if said.startswith(b"PING"):
                        connection.sendall(b"PONG\r\n")

        serving = threading.Thread(target=serve)
        serving.start()
        yield f"nats://127.0.0.1:{listener.getsockname()[1]}"
        serving.join(SECONDS)


def test_a_server_that_is_too_old() -> None:
    """
    Debian's nats-server 2.9 lacks what a spool needs, and that is told before anything is asked of it.
    """
    with greeting(
        b'INFO {"server_id":"x","version":"2.9.10","max_payload":1048576,"headers":true}\r\n'
    ) as url:
        error = refused(url)

    assert isinstance(error, UsageError)
    assert "2.9.10; a spool needs 2.12 or later" in str(error)


def test_what_answers_is_no_nats_server() -> None:
    """
    Something else at that port is told as such.
    """
    with greeting(b"220 mail.example.org ESMTP\r\n") as url:
        assert "what answers is no NATS server" in str(refused(url))


def test_the_package_is_missing() -> None:
    """
    Without nats-py the error says what to install.
    """
    program = (
        "import sys; sys.modules['nats'] = None\n"
        "from luahost.config.nats_place import nats_place\n"
        "from luahost.server.spool.nats.connection import Connection\n"
        "try: Connection(nats_place('nats://127.0.0.1:1'))\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert (
        said == "UsageError a spool on NATS needs the Python package nats: pip install 'luahost[cluster]'\n"
    )


def test_a_server_that_comes_back(nats_node: Node) -> None:
    """
    A lost connection is told, nothing is sent or kept meanwhile, and it comes back with the server.
    """
    lost, back = threading.Event(), threading.Event()
    with Connection(nats_place(nats_node.url)) as connection:
        connection.on_lost(lost.set)
        connection.on_reconnect(back.set)
        nats_node.kill()

        assert lost.wait(SECONDS)
        assert not connection.connected
        with pytest.raises(connection.failures):
            connection.call(connection.client.publish("x", b"y")).result(SECONDS)
        with pytest.raises(SpoolError):
            connection.call(ask(connection.client, "INFO")).result(SECONDS)

        nats_node.start()
        assert back.wait(SECONDS)
        assert connection.connected
        assert "streams" in connection.call(ask(connection.client, "INFO")).result(SECONDS)


def test_a_server_that_keeps_nothing(nats_server: Node) -> None:
    """
    A server that answers, and keeps nothing of what it is given, is left for another one.
    """
    back = threading.Event()
    port = nats_server.ports.client
    with Connection(nats_place(f"nats://127.0.0.1:{port},localhost:{port}")) as connection:
        connection.on_reconnect(back.set)
        watch = Watch(silent_seconds=0.05)
        connection.call(watch.look(connection.client))
        watch.not_kept()

        assert back.wait(SECONDS)


def test_a_login_that_is_refused_later(tmp_path: Path) -> None:
    """
    A server that does not know us any more is tried until it does again.
    """
    login = "authorization {{ user: bob, password: {} }}"
    lost, back = threading.Event(), threading.Event()
    node = Node(tmp_path, more=login.format("right"))
    with node, Connection(nats_place(with_user(node.url, "bob:right"))) as connection:
        connection.on_lost(lost.set)
        connection.on_reconnect(back.set)
        node.more = login.format("other")
        node.reload()
        assert lost.wait(SECONDS)

        node.more = login.format("right")
        node.reload()
        assert back.wait(SECONDS)


def test_the_api_refuses(nats_server: Node, nats_prefix: str) -> None:
    """
    What JetStream does not find is told with its own number.
    """
    with Connection(nats_place(nats_server.url)) as connection, pytest.raises(ApiError) as caught:
        connection.call(ask(connection.client, f"STREAM.INFO.{nats_prefix}")).result(SECONDS)

    assert caught.value.not_found
    assert (caught.value.code, caught.value.err_code) == (404, 10059)
    assert str(caught.value) == "stream not found (10059)"


def test_a_closed_connection(nats_server: Node) -> None:
    """
    Nothing can be asked of a connection that is closed; closing it again does nothing.
    """
    connection = Connection(nats_place(nats_server.url))
    connection.close()
    connection.close()

    with pytest.raises(SpoolError, match="is closed"):
        connection.call(ask(connection.client, "INFO"))
