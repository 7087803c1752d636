"""
What an argument of ``luahost run`` is taken for, and what is said if it is nothing.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luahost import message, sources
from luahost.errors import InputError
from luahost.sources import Deliver, Input, MailboxState

MESSAGE = b"From: Alice <alice@example.org>\nSubject: Hi\n\nHello\n"
FIXTURE = b"user: carol\nwhen:\n  - MailboxCreate: {mailbox: Work}\n"
NOTHING = io.BytesIO()

NOBODY = 65534


def is_fixture(found: Input) -> bool:
    return found.user is not None


@pytest.mark.parametrize(
    ("name", "data", "fixture"),
    [
        ("hello.eml", MESSAGE, False),
        ("HELLO.EML", MESSAGE, False),
        ("looks-like-a-fixture.eml", FIXTURE, False),
        ("one.yaml", FIXTURE, True),
        ("one.yml", FIXTURE, True),
        ("ONE.YML", FIXTURE, True),
        ("1560937320.M1P2.host:2,S", MESSAGE, False),
        ("message", MESSAGE, False),
        ("fixture", FIXTURE, True),
        ("fixture", b"user : carol\nwhen: [MailboxCreate: {mailbox: Work}]\n", True),
        ("fixture", b"\xef\xbb\xbf" + FIXTURE, True),
        ("fixture", b"# by hand\n\n  # twice\n%YAML 1.1\n--- # here\n" + FIXTURE, True),
        ("fixture", FIXTURE.replace(b"\n", b"\r\n"), True),
        ("fixture", b"\r\n \n" + FIXTURE, True),
        ("message", b"User: carol\nWhen: now\n\nHello\n", False),
        ("message", b"user:carol\n\nHello\n", False),
        ("message", b"users: carol\n\nHello\n", False),
        ("message", b"\n" + MESSAGE, False),
        ("message", b"\xff\x00", False),
        ("message", b"\n", False),
    ],
)
def test_a_file_is_a_fixture_by_its_name_or_else_by_its_first_key(
    tmp_path: Path, name: str, data: bytes, fixture: bool
) -> None:
    """
    The name's ending decides; without a known one, a first key of fixtures makes a fixture.
    """
    path = tmp_path / name
    path.write_bytes(data)

    assert is_fixture(sources.read(str(path), stdin=NOTHING)) is fixture


@pytest.mark.parametrize(("data", "fixture"), [(MESSAGE, False), (FIXTURE, True)])
def test_standard_input_may_be_either(data: bytes, fixture: bool) -> None:
    """
    ``-`` reads a message or a fixture from standard input.
    """
    found = sources.read("-", stdin=io.BytesIO(data))

    assert is_fixture(found) is fixture
    assert found.name == "-"


def test_a_message_is_one_delivery_to_inbox(tmp_path: Path) -> None:
    """
    A message brings no user and no settings, only its delivery to an INBOX that is there.
    """
    path = tmp_path / "hello.eml"
    path.write_bytes(MESSAGE)

    assert sources.read(str(path), stdin=NOTHING) == Input(
        name=str(path),
        user=None,
        settings={},
        mailboxes={"INBOX": MailboxState()},
        steps=(Deliver(message=message.read(MESSAGE), mailbox="INBOX", flags=(), keywords=()),),
    )


def test_the_sample_is_a_delivery_from_alice_to_bob() -> None:
    """
    The built-in sample has everything that a script may want to show.
    """
    found = sources.sample()

    assert found.name == "sample.eml"
    (step,) = found.steps
    assert isinstance(step, Deliver)
    assert step.message == {
        "date": 1560928320,
        "tz": 120,
        "from_": "=?UTF-8?Q?Alice_Mei=C3=9Fner?= <alice@example.org>",
        "to": "Bob <bob@example.com>",
        "subject": "Lunch on Friday?",
        "snippet": "Hi Bob, the new café by the river opens this week. Shall we try it on Friday at half past"
        " twelve? My treat, if you bring the photos from the trip. See you, Alice",
        "message_id": "<20190619071200.5b1c2@mail.example.org>",
        "from_address": "alice@example.org",
        "from_display_name": "Alice Meißner",
        "to_address": "bob@example.com",
        "to_display_name": "Bob",
        "headers": {
            "from": "=?UTF-8?Q?Alice_Mei=C3=9Fner?= <alice@example.org>",
            "to": "Bob <bob@example.com>",
            "subject": "Lunch on Friday?",
        },
    }


@contextmanager
def without_privileges() -> Iterator[None]:
    """
    Root may read everything, so for a moment be nobody.
    """
    was_root = os.geteuid() == 0
    if was_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if was_root:
            os.seteuid(0)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.eml", "no such file"),
        ("hello.eml/part", "no such file"),
        ("folder", "this is a directory; name one of the files in it"),
        ("empty.eml", "the file is empty; a message or a fixture is needed"),
        ("empty.yaml", "the file is empty; a message or a fixture is needed"),
        ("n" * 300, "cannot be read: File name too long"),
        ("nul\0.eml", "no file can have this name"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_input_error(tmp_path: Path, name: str, words: str) -> None:
    """
    What cannot be opened is named together with the reason.
    """
    tmp_path.joinpath("folder").mkdir()
    for empty in ("empty.eml", "empty.yaml"):
        tmp_path.joinpath(empty).touch()
    tmp_path.joinpath("hello.eml").write_bytes(MESSAGE)
    path = f"{tmp_path}/{name}"

    with pytest.raises(InputError) as caught:
        sources.read(path, stdin=NOTHING)

    assert str(caught.value) == f"{path}: {words}"
    assert (caught.value.file, caught.value.line, caught.value.exit_code) == (path, None, 2)


def test_a_file_without_permission_is_an_input_error(tmp_path: Path) -> None:
    """
    What may not be read is told apart from what is not there.
    """
    path = tmp_path / "secret.eml"
    path.write_bytes(MESSAGE)
    path.chmod(0)

    with without_privileges(), pytest.raises(InputError) as caught:
        sources.read(str(path), stdin=NOTHING)

    words = "no permission to read it; change its mode, or give it on standard input"
    assert str(caught.value) == f"{path}: {words}"


def test_empty_standard_input_is_an_input_error() -> None:
    """
    Nothing on standard input is rather a broken pipeline than an empty message.
    """
    with pytest.raises(InputError) as caught:
        sources.read("-", stdin=io.BytesIO())

    assert str(caught.value) == "-: standard input is empty; a message or a fixture is needed"


def test_standard_input_that_cannot_be_read_is_an_input_error(tmp_path: Path) -> None:
    """
    ``luahost run push.lua - >&0`` leaves something that is open, and not for reading.
    """
    descriptor = os.open(tmp_path / "output", os.O_WRONLY | os.O_CREAT)

    with os.fdopen(descriptor, "rb") as stdin, pytest.raises(InputError) as caught:
        sources.read("-", stdin=stdin)

    assert str(caught.value) == "-: standard input cannot be read: Bad file descriptor"


@given(
    st.binary(min_size=1).filter(
        lambda data: not data.lstrip().startswith((b"user", b"settings", b"mail", b"when"))
    )
)
def test_a_message_is_never_refused(data: bytes) -> None:
    """
    Any bytes that are no fixture are a message.
    """
    assert not is_fixture(sources.read("-", stdin=io.BytesIO(data)))


def test_a_message_is_read_without_pyyaml() -> None:
    """
    Only a fixture pays for loading PyYAML.
    """
    program = "import sys, luahost.sources; luahost.sources.sample(); print('yaml' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)

    assert done.stdout == "False\n"
