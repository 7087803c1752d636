"""
The script that hands transactions to a server, in luahost itself: in both dialects, and on every Lua.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from luahost import Host, MailUser, message
from luahost.effects import Log
from luahost.errors import UsageError
from luahost.events import MessageNew
from luahost.host import Session
from luahost.sources.shim import PLACE, Shim, is_of_this_luahost
from luahost.sources.transaction_schema import recorded_transaction
from luahost.store import MemoryStore
from tests.api.scripted_endpoint import HANG, ScriptedEndpoint, answer
from tests.sources.test_transaction_schema import VALIDATOR

MAIL = b"""\
From: =?utf-8?q?B=C3=B6b?= <bob@example.org>
To: \xff\xfe
Subject: =?utf-8?q?caf=C3=A9_=22quoted=22_=5C_back=01?=
Message-ID: <one@example.org>
Date: Tue, 1 Jan 2019 10:00:00 -0230

Hello
"""

CLOSE = "Connection: close"
TAKEN = answer("202 Accepted", CLOSE, body=b'{"ids": ["1-a"]}')

NAME = re.compile(r"\d{10}-\d{13}-[\w.-]{1,150}\.json(\.bad)?")


def run(
    tmp_path: Path, shim: Shim, *, lua: str = "5.4", store: MemoryStore | None = None, mail: bytes = MAIL
) -> list[Log]:
    """
    What the shim logs of an IMAP session.
    """
    script = tmp_path / "shim.lua"
    script.write_text(shim.script(), "utf-8")
    host = Host(script, dialect=shim.dialect, lua=lua, policy="dovecot", http="live")
    user = MailUser("alice@example.org", service="imap", session_id="a/b+c==")
    with host.session(user, store=store) as session:
        operate(session, mail)
    assert not session.effects.failed
    return session.effects.of(Log)


def operate(session: Session, mail: bytes) -> None:
    """
    A delivery, something of which nobody is told, and what was rolled back.
    """
    session.append(message.read(mail), mailbox="INBOX", flags=["\\Seen"])
    session.move("1", to="INBOX")
    session.rollback(MessageNew(mailbox="INBOX", uid=9, uid_validity=9))


def posted(endpoint: ScriptedEndpoint) -> list[dict[str, Any]]:
    """
    The transactions that came, each of the form of the schema.
    """
    found = [json.loads(body) for body in endpoint.bodies]
    for each in found:
        VALIDATOR.validate(each)
        recorded_transaction(each)
    return found


LONG_MS = 30_000
"""Where a test is not about time, a busy machine has enough of it."""

LUAS = (("2.3", "5.1"), ("2.3", "5.3"), ("2.3", "5.4"), ("2.4", "5.4"))
"""Dovecots with some of the Luas that they may have."""


@pytest.mark.parametrize(("dialect", "lua"), LUAS)
def test_what_is_posted(tmp_path: Path, dialect: str, lua: str) -> None:
    """
    Each transaction is posted once, with all that Dovecot says of it, the mailboxes as they are then, the
    METADATA that is asked for, the token and a key of its own; nothing of a text is lost.
    """
    token = tmp_path / "token"
    token.write_text("secret-secret-secret\nanother-another\n")
    store = MemoryStore()
    store.create("alice@example.org", "INBOX", uid_validity=7)
    kept = "/private/vendor/vendor.dovecot/pvt/server/x"
    store.set_metadata("alice@example.org", "INBOX", kept, "y\udcff")
    with ScriptedEndpoint(TAKEN) as endpoint:
        shim = Shim(
            dialect=dialect,
            url=endpoint.url,
            timeout_ms=LONG_MS,
            token_file=str(token),
            metadata=["/private/x", "/shared/none"],
        )
        log = run(tmp_path, shim, lua=lua, store=store)

    saved, *_, rolled_back = posted(endpoint)
    assert log == []
    heads = endpoint.heads
    assert all(head.startswith(f"POST {PLACE} HTTP/1.1") for head in heads)
    assert all("Authorization: Bearer secret-secret-secret" in head for head in heads)
    keys = [key[1] for head in heads if (key := re.search("(?m)^Idempotency-Key: ([!-~]{1,255})\r?$", head))]
    assert len(set(keys)) == len(heads)
    (event,) = saved["events"]
    assert (event["uid"], event["date"], event["tz"]) == (1, 1546345800, -150)
    assert event["subject"] == 'café "quoted" \\ back\x01'
    assert event["from"] == "=?utf-8?q?B=C3=B6b?= <bob@example.org>"
    assert event["to"] == {"bytes": "fffe"}
    assert event["flags"] == ["\\Seen"]
    assert "keywords" not in event
    assert saved["user"]["username"] == "alice@example.org"
    assert (saved["user"]["service"], saved["user"]["session_id"]) == ("imap", "a/b+c==")
    assert "admin" not in saved["user"]
    assert saved["mailboxes"] == {
        "INBOX": {"messages": 1, "recent": 1, "unseen": 0, "uid_next": 2, "uid_validity": 7}
    }
    assert saved["metadata"] == {"/private/x": {"bytes": "79ff"}}
    assert (saved["dialect"], saved["success"]) == (dialect, True)
    assert (rolled_back["events"], rolled_back["success"]) == ([], False)


TEXTS = {
    "ascii": "plain",
    "two, three, four bytes": "é\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff",
    "controls": '\x00\x1f\x7f\t\n"\\/',
    "a lone continuation": "a\udc80b",
    "cut off": "a\udce2\udc82",
    "too long a form": "\udcc0\udc80\udce0\udc80\udc80",
    "half a surrogate pair": "é\udced\udca0\udc80",
    "beyond the last": "\udcf4\udc90\udc80\udc80",
    "a character inside a broken one": "\udce2é\udc82\udcac",
}


@pytest.mark.parametrize("lua", ["5.1", "5.3", "5.4"])
def test_texts(tmp_path: Path, lua: str) -> None:
    """
    What is UTF-8 is a string, and what is none its bytes; either comes back as it was.
    """
    script = tmp_path / "shim.lua"
    with ScriptedEndpoint(TAKEN) as endpoint:
        shim = Shim(dialect="2.3", url=endpoint.url, timeout_ms=LONG_MS, status=False)
        script.write_text(shim.script(), "utf-8")
        host = Host(script, dialect="2.3", lua=lua, policy="dovecot", http="live")
        with host.session("bob") as session:
            for text in TEXTS.values():
                session.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=7, subject=text))

    found = [recorded_transaction(each).events[0] for each in posted(endpoint)]
    assert [event.subject for event in found if isinstance(event, MessageNew)] == list(TEXTS.values())


REFUSALS = {
    "no answer": ([b""], ".json", "warning"),
    "503": (answer("503 Busy", CLOSE, "Retry-After: 1", body=b'{"detail": "full"}'), ".json", "warning"),
    "401": (answer("401 Unauthorized", CLOSE, body=b'{"detail": "a token\n is needed"}'), ".json", "error"),
    "a redirect": (answer("302 Found", CLOSE, "Location: http://127.0.0.1:1/"), ".json", "error"),
    "400": (answer("400 Bad Request", CLOSE, body=b'{"path": "events[0].uid"}'), ".bad", "error"),
    "413": (answer("413 Payload Too Large", CLOSE), ".bad", "error"),
}


@pytest.mark.parametrize(
    ("dialect", "refusal"), [*[("2.3", each) for each in REFUSALS], ("2.4", "503"), ("2.4", "a redirect")]
)
def test_what_is_not_taken(tmp_path: Path, dialect: str, refusal: str) -> None:
    """
    It is tried once and then in the spool directory, whole and named after the time; what no server would
    take has another ending; and the log says so, with the server's words.
    """
    pieces, ending, level = REFUSALS[refusal]
    folder = tmp_path / "spool"
    folder.mkdir()
    with ScriptedEndpoint(pieces) as endpoint:
        log = run(
            tmp_path, Shim(dialect=dialect, url=endpoint.url, timeout_ms=LONG_MS, spool_dir=f"{folder}/")
        )

    files = sorted(folder.iterdir())
    assert [file.read_bytes() for file in files] == endpoint.bodies
    assert all(NAME.fullmatch(file.name) and file.suffix == ending for file in files)
    keys = [re.search("Idempotency-Key: (.*)", head) for head in endpoint.heads]
    assert [file.name.split("-", 2)[2].partition(".json")[0] for file in files] == [
        key[1].strip() for key in keys if key
    ]
    assert {line.level for line in log} == {level}
    assert [str(file) in line.text for file, line in zip(files, log, strict=True)] == [True] * len(files)
    assert all(
        words in log[0].text for words in re.findall(rb"events.*uid|needed|full".decode(), str(pieces))
    )


def test_a_server_that_hangs_costs_no_more_than_the_cap(tmp_path: Path) -> None:
    """
    The transaction is in the spool directory when the time is over; nothing is tried again.
    """
    folder = tmp_path / "spool"
    folder.mkdir()
    with ScriptedEndpoint([HANG]) as endpoint:
        log = run(tmp_path, Shim(dialect="2.3", url=endpoint.url, spool_dir=str(folder), timeout_ms=20))

    # The endpoint may not even have come to read what was given up.
    assert len(endpoint.heads) <= len(list(folder.iterdir())) == len(log) > 2
    assert all("timed out" in line.text or "timeout" in line.text for line in log)


@pytest.mark.parametrize("folder", [None, "missing"])
def test_nothing_is_raised(tmp_path: Path, folder: str | None) -> None:
    """
    Where a transaction can go nowhere an error is logged, and no more.
    """
    spool_dir = None if folder is None else str(tmp_path / folder)

    log = run(tmp_path, Shim(dialect="2.3", url="http://127.0.0.1:9", spool_dir=spool_dir))

    assert {line.level for line in log} == {"error"}
    assert all(line.text.startswith("luahost shim: a transaction is lost") for line in log)
    assert all("Connection refused" in line.text for line in log)
    assert folder is None or all("No such file or directory" in line.text for line in log)


@pytest.mark.parametrize("lua", ["5.1", "5.4"])
def test_files_alone(tmp_path: Path, lua: str) -> None:
    """
    A shim that posts nothing leaves each transaction whole as a line of a file, and says nothing of it; what
    cannot be left there is lost, and an error.
    """
    folder = tmp_path / "spool"
    shim = Shim(dialect="2.3", spool_dir=str(folder), files=True)
    lost = run(tmp_path, shim, lua=lua)
    folder.mkdir()

    assert run(tmp_path, shim, lua=lua) == []

    assert {line.level for line in lost} == {"error"}
    assert all("No such file or directory" in line.text for line in lost)
    files = sorted(folder.iterdir())
    assert all(re.fullmatch(r"\d{9}0-\d+\.lines", file.name) for file in files)
    lines = b"".join(file.read_bytes() for file in files).splitlines()
    assert lines[0::2] == [b""] * len(lost)
    taken = [recorded_transaction(json.loads(line)) for line in lines[1::2]]
    assert len(taken) == len(lost) > 2
    assert taken[-1].success is False


def test_a_line_that_cannot_be_written(tmp_path: Path) -> None:
    """
    Where a file of that name is not the shim's to write to, the transaction has one of its own.
    """
    folder = tmp_path / "spool"
    folder.mkdir()
    uid = MailUser("alice@example.org").uid
    for second in range(int(time.time()) // 10 * 10, int(time.time()) + 120, 10):
        (folder / f"{second}-{-1 if uid is None else uid}.lines").mkdir()

    log = run(tmp_path, Shim(dialect="2.3", spool_dir=str(folder), files=True))

    assert {line.level for line in log} == {"warning"}
    assert all("Is a directory" in line.text for line in log)
    files = [file for file in folder.iterdir() if file.is_file()]
    assert len(files) == len(log) > 2
    assert all(NAME.fullmatch(file.name) and file.suffix == ".json" for file in files)


@pytest.mark.parametrize("how", [{"files": True}, {"url": "unix:/s"}, {"url": "http://127.0.0.1:1"}])
def test_whose_it_is(how: dict[str, Any]) -> None:
    """
    What this luahost makes it knows again; what brings transactions otherwise was made by another.
    """
    source = Shim(dialect="2.3", spool_dir="/a", events=["MessageNew"], **how).script()

    assert is_of_this_luahost(source)
    assert not is_of_this_luahost(source.replace("local function post(", "local  function post("))


def test_only_the_events_that_are_asked_for(tmp_path: Path) -> None:
    """
    Of others Dovecot need not tell; what had none of them is not sent, and a rollback is.
    """
    with ScriptedEndpoint(TAKEN) as endpoint:
        shim = Shim(
            dialect="2.4", url=endpoint.url, timeout_ms=LONG_MS, events=["MessageAppend"], status=False
        )
        run(tmp_path, shim)

    names = [[event["name"] for event in each["events"]] for each in posted(endpoint)]
    assert names == [["MessageAppend"], ["MessageAppend"], []]
    assert all("mailboxes" not in each for each in posted(endpoint))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"events": ["Login"]}, "no event Login"),
    ({"metadata": ["x"]}, "begins with /private/"),
    ({"metadata": ['/private/"']}, "begins with /private/"),
    ({"spool_dir": "x"}, "'x' must begin with /"),
    ({"url": "unix:x"}, "needs unix:/PATH"),
    ({"url": "http://127.0.0.1"}, "a server is http://ADDRESS:PORT"),
    ({"url": "http://127.0.0.1:1/x"}, "a server is http://ADDRESS:PORT"),
    ({"url": "http://[::1"}, "a server is http://ADDRESS:PORT"),
    ({"url": "http://127.0.0.1:99999"}, "a server is http://ADDRESS:PORT"),
    ({"url": "http://a:b@127.0.0.1:1"}, "a token goes into a file"),
    ({"url": "http://localhost:1"}, "write the address of localhost"),
    ({"timeout_ms": 0}, "a timeout is 1 to 60000"),
    ({"files": True}, "--files needs --spool-dir"),
]


@pytest.mark.parametrize(("changes", "words"), WRONG)
def test_what_no_shim_can_be(changes: dict[str, Any], words: str) -> None:
    """
    What would not work in Dovecot is said when the script is made.
    """
    with pytest.raises(UsageError, match=re.escape(words)):
        Shim(dialect="2.3", **changes)


@pytest.mark.parametrize("path", ["/etc/my shim.lua", "/etc/100%.lua", "/etc/shim#2.lua", "/etc/a\nb.lua"])
@pytest.mark.parametrize("dialect", ["2.3", "2.4"])
def test_a_path_that_dovecot_would_take_for_another(dialect: str, path: str) -> None:
    """
    What ends an option or begins a comment or a variable is no part of a script's name: Dovecot would look
    for another file.
    """
    with pytest.raises(UsageError, match="needs a path without spaces, # and %"):
        Shim(dialect=dialect).configuration(path)


def test_a_path_from_nowhere() -> None:
    """
    Dovecot does not look where the shim was printed.
    """
    with pytest.raises(UsageError, match=r"'shim\.lua' must begin with /"):
        Shim(dialect="2.3").configuration("shim.lua")
