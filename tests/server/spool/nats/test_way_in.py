"""
What a connection to NATS is made with, held against real servers: logins and TLS.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from luahost.errors import InputError, UsageError
from tests.certificates import self_signed
from tests.debian import needs
from tests.nats.keys import Key, Trust
from tests.nats.node import Node
from tests.server.spool.nats.connecting import connected, refused, with_user


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


def test_tls_is_not_done_without(nats_server: Node) -> None:
    """
    Where TLS was asked for, nothing is said to a server that has none, a password least of all.
    """
    error = refused(with_user(nats_server.url.replace("nats", "tls"), "bob:s3cret"))

    assert isinstance(error, UsageError)
    assert "it speaks no TLS; give it certificates" in str(error)


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
