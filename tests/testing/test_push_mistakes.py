"""
Mistakes of who tests a script: each is said in words, and is not the script's error.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from luahost import InputError, MessageNew, UsageError
from luahost.testing import Push

LISTENER = Path(__file__).with_name("listener.lua")


@pytest.mark.parametrize(
    ("mailboxes", "complaint"),
    [
        (
            {"INBOX": {"uidvalidity": 1}},
            'unknown key "uidvalidity" in the mailbox "INBOX"; did you mean ',
        ),
        ({"INBOX": {"messages": [{"flags": []}]}}, "uid is missing"),
        ({"INBOX": {"messages": [{"uid": 1, "flags": ["Seen"]}]}}, 'unknown flag "Seen"; there are '),
        ({"INBOX": {"messages": [{"uid": 0}]}}, "uid"),
        ({"INBOX": {"messages": [1]}}, "a message is a mapping"),
        ({"INBOX": {"messages": {1, 2}}}, "mailboxes have names, lists, numbers and text: "),
        (["a//b"], "Invalid mailbox name: Has adjacent hierarchy separators"),
        ("INBOX", "mailboxes are a list of names or a mapping, not 'INBOX'"),
        (["INBOX", 3], "the name of a mailbox is text, not 3"),
    ],
)
def test_mailboxes_that_cannot_be(mailboxes: Any, complaint: str) -> None:
    """
    What no mailbox can have is said in words.
    """
    with pytest.raises(UsageError) as caught:
        Push(LISTENER, mailboxes=mailboxes)

    assert str(caught.value).startswith(complaint)


def test_doubles_that_are_none() -> None:
    """
    What is no endpoint or clock is not taken for one.
    """
    with pytest.raises(UsageError, match=r"'https://push\.example/' is no luahost\.testing\.endpoint"):
        Push(LISTENER, endpoint="https://push.example/")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"5 is no luahost\.clock\.Clock"):
        Push(LISTENER, clock=5)  # type: ignore[arg-type]


def test_mistakes_of_the_test() -> None:
    """
    What cannot be done is said in words, and is not the script's error.
    """
    with pytest.raises(UsageError, match=r"there is no script nowhere\.lua"), Push("nowhere.lua"):
        pass
    with Push(LISTENER, folder="/nowhere") as push:
        with pytest.raises(InputError, match=r"/nowhere/a\.eml: no such file"):
            push.deliver("a.eml")
        with pytest.raises(InputError, match="/nowhere/Hello: no such file; a message that is written here"):
            push.deliver("Hello")
        with pytest.raises(UsageError, match="a message is there already; subject is for"):
            push.deliver({"subject": "a"}, subject="b")
        with pytest.raises(UsageError, match="a message has no sender; it has subject, from_"):
            push.deliver(sender="a")  # type: ignore[call-arg]
        with pytest.raises(UsageError, match="the header Subject is one line"):
            push.deliver(subject="a\nb")
        with pytest.raises(UsageError, match="Mailbox doesn't exist: Nowhere"):
            push.read("1", mailbox="Nowhere")

    assert push.verdict() == []


@pytest.mark.parametrize(
    ("act", "complaint"),
    [
        (lambda push: push.read("nine"), "a set of messages is like 1:3,5,\\* and not 'nine'"),
        (lambda push: push.read(None), 'messages are named as in IMAP, such as "1:3,5", and not None'),
        (lambda push: push.deliver(3), "a message is the name of a file, its text or its bytes, and not 3"),
        (
            lambda push: push.deliver(flags="\\Seen"),
            r"flags is a list of names, such as \[.*Seen'\], and not",
        ),
        (lambda push: push.deliver(keywords=5), "keywords is a list of names"),
        (lambda push: push.append(flags=[5]), "flags is a list of names, and 5 is none"),
        (lambda push: push.store("1", add="\\Seen"), r"add is a list of names, such as \["),
        (
            lambda push: push.notify("MessageNew"),
            "notify takes events, such as luahost.MessageNew.* not 'Mes",
        ),
        (lambda push: push.notify(MessageNew), "notify takes events, and MessageNew is a kind of them"),
        (lambda push: push.notify(), "notify takes the events of the transaction"),
        (lambda push: push.rollback(), "rollback takes the events of the transaction"),
    ],
)
def test_what_an_act_cannot_take(act: Callable[[Any], None], complaint: str) -> None:
    """
    An act that is given the wrong thing says what it takes, and nothing happens.
    """
    with Push(LISTENER) as push, pytest.raises(UsageError, match=complaint):
        act(push)

    assert push.calls == []


def test_nothing_happens_after_the_end() -> None:
    """
    A session that has ended says so.
    """
    with Push(LISTENER) as push:
        push.close()
        with pytest.raises(UsageError, match="or is over"):
            push.deliver()
