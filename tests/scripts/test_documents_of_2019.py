"""
The two scripts of the 2019 document, word for word, in each dialect: what they send and say when the endpoint
answers well, badly, not at all, and when no URL is set.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from luahost import Host, message
from luahost.effects import Effects, Log, NamedEvent, ProcessKilled
from tests.api.web import Web

ROOT = Path(__file__).parents[2]
# Lua shortens long paths in messages, so they are named as from the working directory.
SCRIPTS = Path(os.path.relpath(ROOT / "scripts"))
SIMPLE, EVENTS = SCRIPTS / "notify_simple.lua", SCRIPTS / "notify_events.lua"
HELLO = ROOT / "fixtures" / "messages" / "hello.eml"

NOWHERE = "http://127.0.0.1:1/x"
"""Nothing listens there."""


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    """
    An endpoint whose path chooses the answer.
    """
    with Web() as serving:
        yield serving


def deliver(script: Path, dialect: str, web: Web, url: str | None) -> Effects:
    """
    What comes of one message; ``url`` is a path of the endpoint, another URL, or not set.
    """
    web.seen.clear()
    if url is not None and url.startswith("/"):
        url = f"http://{web.place}{url}"
    settings = {} if url is None else {"push_lua_url": url}
    with Host(script, dialect=dialect, settings=settings).session("bob") as session:
        session.deliver(message.read(HELLO.read_bytes()))
    return session.effects


def told(effects: Effects) -> list[str]:
    """
    The log with its levels, of each message the first line.
    """
    return [f"{log.level}: {log.text.partition(chr(10))[0]}" for log in effects.of(Log)]


def bodies(web: Web) -> list[object]:
    """
    What the endpoint got.
    """
    return [request["body"] for request in web.seen]


MESSAGE = (
    "from=%3d%3futf%2d8%3fq%3fAlice_M%3dC3%3dBCller%3f%3d%20%3calice%40example%2eorg%3e"
    "&to=Bob%20%3cbob%40example%2ecom%3e&subject=Hello%2c%20p%c3%a4iv%c3%a4%c3%a4"
    "&snippet=Hi%20Bob%2c%20are%20you%20there%3f%20I%20am%20in%20the%20caf%c3%a9%20round%20the%20corner"
    "%20until%20two%2e%20Alice&user=bob"
)
MAIL = (
    "mailbox=INBOX&from=%3d%3futf%2d8%3fq%3fAlice_M%3dC3%3dBCller%3f%3d%20%3calice%40example%2eorg%3e"
    "&subject=Hello%2c%20p%c3%a4iv%c3%a4%c3%a4"
)
END_FAILED = "error: lua: lua_pcall(dovecot_lua_notify_end_txn, 2, 0) failed: "

works = pytest.mark.parametrize("dialect", ["documented", "2.3"])


@works
@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("/handler", None),
        ("/status/500", "error: lua-push: Remote error 500 handling push notication"),
        # Not 2: the script divides by 100 and does not cut off the rest.
        ("/status/201", "error: lua-push: Remote error 201 handling push notication"),
    ],
)
def test_the_first_script_posts_the_message(dialect: str, url: str, line: str | None, web: Web) -> None:
    """
    It takes every code but 200 for an error, success with another code too.
    """
    effects = deliver(SIMPLE, dialect, web, url)

    assert bodies(web) == [MESSAGE]
    assert told(effects) == ([] if line is None else [line])


@works
@pytest.mark.parametrize(
    ("url", "line"),
    [
        (NOWHERE, "error: lua-push: connection refused"),
        (None, f"{END_FAILED}{SIMPLE}:25: attempt to index a nil value (local 'reqt')"),
    ],
)
def test_the_first_script_without_an_endpoint(dialect: str, url: str | None, line: str, web: Web) -> None:
    """
    It logs why it could not send; without a URL it fails.
    """
    effects = deliver(SIMPLE, dialect, web, url)

    assert (bodies(web), told(effects)) == ([], [line])
    assert effects.failed is (url is None)


@works
@pytest.mark.parametrize("code", [200, 201, 500])
def test_the_second_script_posts_message_and_mailbox(dialect: str, code: int, web: Web) -> None:
    """
    It logs each code as information. Its ``result_code`` never reaches a named event: the debug line before
    it sends the event. Outside the document numbers are floats: ``recent=1.0``.
    """
    effects = deliver(EVENTS, dialect, web, f"/status/{code}")

    number = "1" if dialect == "documented" else "1.0"
    assert bodies(web) == [MAIL, f"mailbox=INBOX&recent={number}&unseen={number}&messages={number}"]
    assert told(effects) == [
        f"info: lua: Mail notify status {code}",
        f"info: lua: Mailbox notify status {code}",
    ]
    assert [(event.name, event.fields) for event in effects.of(NamedEvent)] == [
        ("lua_notify_mail_finished", {}),
        ("lua_notify_mailbox_finished", {}),
    ]


@works
@pytest.mark.parametrize(
    ("url", "line"),
    [
        (NOWHERE, f"{EVENTS}:56: bad argument #2 to 'add_int' (number expected, got string)"),
        (None, f"{EVENTS}:47: attempt to concatenate a nil value (field 'ep')"),
    ],
)
def test_the_second_script_without_an_endpoint(dialect: str, url: str | None, line: str, web: Web) -> None:
    """
    It fails: where nothing listens LuaSocket answers with words, and the script wants a number.
    """
    effects = deliver(EVENTS, dialect, web, url)

    assert (bodies(web), told(effects)) == ([], [END_FAILED + line])


@pytest.mark.parametrize(("script", "line"), [(SIMPLE, 19), (EVENTS, 24)])
@pytest.mark.parametrize("url", ["/handler", "/status/500", NOWHERE, None])
def test_in_24_both_kill_the_process(script: Path, line: int, url: str | None, web: Web) -> None:
    """
    There is no ``plugin_getenv`` any more, so ``begin_txn`` fails; what it leaves behind kills the process.
    """
    effects = deliver(script, "2.4", web, url)

    words = f"{script}:{line}: attempt to call a nil value (method 'plugin_getenv')"
    # Once for the INBOX that the first delivery makes, once for the message.
    failed = f"error: lua: lua_pcall(dovecot_lua_notify_begin_txn, 1, 1) failed: {words}"
    assert told(effects) == [failed, failed]
    assert [killed.reason for killed in effects.of(ProcessKilled)] == [
        "an error in dovecot_lua_notify_begin_txn left a mail_user behind, and no later transaction ended; "
        "this kills the process in Dovecot 2.4"
    ]
    assert bodies(web) == []
