"""
The URL of a spool on NATS.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.config.nats_place import Access, NatsPlace, is_nats, nats_place, read_secrets
from luahost.errors import InputError, UsageError
from tests.config.conftest import Configure


def beside(path: str) -> str:
    """
    The path of a file, as a luahost.yaml in ``/etc`` means it.
    """
    return f"/etc/{path}"


GOOD = {
    "nats://n1": NatsPlace(servers=(("n1", 4222),)),
    "nats://n1/": NatsPlace(servers=(("n1", 4222),)),
    "nats://n1:1,n2:2,[::1]:3/push": NatsPlace(servers=(("n1", 1), ("n2", 2), ("::1", 3)), prefix="push"),
    "nats://n1,nats://n2": NatsPlace(servers=(("n1", 4222), ("n2", 4222))),
    "tls://n1": NatsPlace(servers=(("n1", 4222),), access=Access(tls=True)),
    "nats://bob:s%40%3A@n1": NatsPlace(servers=(("n1", 4222),), access=Access(user="bob", password="s@:")),
    "nats://s3cret@n1": NatsPlace(servers=(("n1", 4222),), access=Access(token="s3cret")),
    "nats://n1?creds=c&ca=d/ca.pem&handshake_first=yes&replicas=1&partitions=4": NatsPlace(
        servers=(("n1", 4222),),
        access=Access(creds="/etc/c", ca="/etc/d/ca.pem", handshake_first=True),
        replicas=1,
        partitions=4,
    ),
}


@pytest.mark.parametrize("url", GOOD)
def test_good(url: str) -> None:
    """
    Servers, prefix and the way in, with files beside the one in which the URL stands.
    """
    assert nats_place(url, beside=beside) == GOOD[url]


BAD = {
    "nats://": "a spool on NATS is nats://HOST:PORT",
    "http://n1": "a spool on NATS is nats://HOST:PORT",
    "nats://n1/a/b": "a spool on NATS is nats://HOST:PORT",
    "nats://n1:0": "'n1:0' is no HOST:PORT",
    "nats://n1:99999": "'n1:99999' is no HOST:PORT",
    "nats://n1,,n2": "'' is no HOST:PORT",
    "nats://n1/a%20b": "the prefix 'a%20b'",
    "nats://n1?creds=": "creds= is nothing that the URL",
    "nats://n1?replicas=2": "replicas=2 is nothing that the URL",
    "nats://n1?partitions=0": "partitions=0 is nothing that the URL",
    "nats://n1?password=x": "it may say creds, nkey, user, password_file, token_file, ca",
    "nats://n1?creds=a&creds=b": "creds stands in the URL of the spool twice",
    "nats://n1?creds=a&nkey=b": "there is one way to log in, and not creds and nkey",
    "nats://t@n1?token_file=b": "token and token_file are the same thing",
    "nats://n1?user=bob": "user needs password_file",
    "nats://n1?password_file=p": "a password needs a user",
    "nats://bob:x@n1?password_file=p": "password and password_file are the same thing",
}


@pytest.mark.parametrize("url", BAD)
def test_bad(url: str) -> None:
    """
    What is no such URL, or does not go together, is refused in words.
    """
    with pytest.raises(UsageError) as caught:
        nats_place(url)

    assert BAD[url] in str(caught.value)


@pytest.mark.parametrize("url", ["nats://bob:s3cret@n1", "nats://s3cret@n1"])
def test_secrets_are_not_shown(url: str) -> None:
    """
    Neither as text nor in what Python shows is there a password or a token.
    """
    place = nats_place(url)

    assert "s3cret" not in f"{place} {place!r}"


def test_secrets_are_not_repeated() -> None:
    """
    Nor are they in the words about a URL that is none.
    """
    with pytest.raises(UsageError) as caught:
        nats_place("nats://bob:s3cret@n1/a/b")

    assert "s3cret" not in str(caught.value)


def test_text_can_be_read_again() -> None:
    """
    As text a place is a URL of the same servers.
    """
    place = nats_place("tls://n1,[::1]:9/push")

    assert str(place) == "tls://n1:4222,[::1]:9/push"
    assert nats_place(str(place)) == place


def test_what_is_on_nats() -> None:
    """
    A file is a file, whatever it is called.
    """
    assert is_nats("nats://n1")
    assert is_nats("tls://n1")
    assert not is_nats("spool.db")
    assert not is_nats("/var/lib/nats://x")


def test_in_a_configuration(configure: Configure) -> None:
    """
    The part ``cluster`` adds to the URL, and what the section shows of it holds no secret.
    """
    Path("etc").mkdir()
    text = "serve:\n  spool: nats://bob:s3cret@n1/push\n  cluster: {ca: ca.pem, partitions: 8}\n"
    section = configure(text, "etc/luahost.yaml").serve

    assert section is not None
    assert section.spool == "nats://n1:4222/push"
    assert section.nats == NatsPlace(
        servers=(("n1", 4222),),
        prefix="push",
        access=Access(user="bob", password="s3cret", ca="etc/ca.pem"),
        partitions=8,
    )


def test_secrets_are_in_files(tmp_path: Path) -> None:
    """
    A password or a token is the first line of its file.
    """
    file = tmp_path / "secret"
    file.write_text("s3cret \nmore\n", "utf-8")

    assert read_secrets(Access(user="bob", password_file=str(file))).password == "s3cret"
    assert read_secrets(Access(token_file=str(file))).token == "s3cret"
    assert read_secrets(Access(creds="c")) == Access(creds="c")


@pytest.mark.parametrize(
    ("content", "words"), [(b"\n", "nothing stands in its first line"), (b"\xff\n", "this is no text")]
)
def test_no_secret_in_a_file(tmp_path: Path, content: bytes, words: str) -> None:
    """
    A file without a secret is named.
    """
    file = tmp_path / "secret"
    file.write_bytes(content)

    with pytest.raises(InputError, match=words) as caught:
        read_secrets(Access(token_file=str(file)))

    assert caught.value.file == str(file)


def test_no_file(tmp_path: Path) -> None:
    """
    A file that is not there is named.
    """
    with pytest.raises(InputError, match="No such file"):
        read_secrets(Access(token_file=str(tmp_path / "none")))
