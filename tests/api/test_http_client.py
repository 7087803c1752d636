"""
``dovecot.http.client`` at an endpoint that shows what comes over the wire: heads, retries, redirects. What is
expected was asked of Dovecot 2.3.19.1.
"""

from __future__ import annotations

import email.utils
import re
import time

import pytest

from luahost import LUA_VERSIONS, Host
from luahost.drivers import DriverEntry
from luahost.events import MessageNew
from tests.api.http_runner import Run
from tests.api.scripted_endpoint import EARLY, HANG, OK, Pieces, ScriptedEndpoint, answer
from tests.conftest import WriteScript


def lost(place: str, *, retried: str = "", sends: int = 1, last: str = "") -> str:
    """
    The reason for a lost connection.
    """
    return (
        f"9005|Connection lost: read((conn:{place},id={sends - 1})) failed: EOF (Request queued T secs ago, "
        f"{retried}{sends} send attempts in T secs, {last}T in http ioloop, T in other ioloops, "
        "connected T secs ago)|"
    )


@pytest.mark.parametrize("lua", LUA_VERSIONS)
def test_the_head_has_dovecots_order(lua: str, run: Run) -> None:
    """
    Dovecot's own fields come first; the script's follow as they were added, each name once.
    """
    with ScriptedEndpoint(OK) as endpoint:
        prepare = (
            "function(r) r:add_header('Zeta', 'z') r:add_header('alpha', 1) r:add_header('zeta', '2') "
            "r:set_payload('hi\\0cut') end"
        )
        url = f"http://us:p%40s@{endpoint.place}/%41/../%7e?a=%41"
        found = run(f"submit('{url}', {{user_agent = 'ua/1'}}, {prepare}, 'POST')", lua=lua)

    assert found.text == "200|OK|ok"
    (head,) = endpoint.heads
    assert re.sub("Date: .*", "Date: D", head).splitlines() == [
        "POST /~?a=%41 HTTP/1.1",
        f"Host: {endpoint.place}",
        "Date: D",
        "Authorization: Basic dXM6cEBz",
        "User-Agent: ua/1",
        "Expect: 100-continue",
        "Content-Length: 2",
        "Connection: Keep-Alive",
        "Zeta: 2",
        "alpha: 1",
    ]
    assert endpoint.bodies == [b"hi"]
    assert dict(found.exchanges[0].headers)["Authorization"] == "***"


SERVERS = """
function dovecot_lua_notify_begin_txn() return true end
function dovecot_lua_notify_event_message_new()
  for _, settings in ipairs({ {}, { user_agent = "script/1" } }) do
    dovecot.http.client(settings):request({ url = os.getenv("URL"), method = "GET" }):submit()
  end
end
"""


@pytest.mark.parametrize(
    ("dialect", "agents"), [("2.4", ["server/1", "script/1"]), ("2.3", [None, "script/1"])]
)
def test_clients_have_the_servers_settings(
    dialect: str, agents: list[str | None], script: WriteScript
) -> None:
    """
    In 2.4 a client has the ``http_client_*`` settings of the server; what the script says wins.
    """
    with ScriptedEndpoint(OK, OK) as endpoint:
        path = script(SERVERS.replace('os.getenv("URL")', f'"{endpoint.url}"'))
        options = {"lua_file": path, "http_client_user_agent": "server/1"}
        host = Host(drivers=[DriverEntry(name="lua", options=options)], dialect=dialect, trusted=True)
        with host.session("bob") as session:
            session.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=1))

    assert [
        email.message_from_string(head.partition("\n")[2])["User-Agent"] for head in endpoint.heads
    ] == agents


def test_a_scripts_header_replaces_dovecots(run: Run) -> None:
    """
    What the script says goes out in its own place, and names that are none do not go out at all.
    """
    with ScriptedEndpoint(OK) as endpoint:
        prepare = (
            "function(r) for _, n in ipairs{'Host', 'date', 'Connection', 'User-Agent', 'X Y', 'Gone'} do "
            "r:add_header(n, 'mine') end r:remove_header('gone') r:remove_header('Nosuch') end"
        )
        run(f"submit('{endpoint.url}', {{user_agent = 'ua/1'}}, {prepare})")

    assert endpoint.heads[0].splitlines() == [
        "GET / HTTP/1.1",
        "Host: mine",
        "date: mine",
        "Connection: mine",
        "User-Agent: mine",
    ]


@pytest.mark.parametrize(
    ("dialect", "arguments", "expects"),
    [("2.3", "'x'", True), ("2.4", "'x'", False), ("2.4", "'x', false", False), ("2.4", "'x', true", True)],
)
def test_who_expects_100_continue(dialect: str, arguments: str, expects: bool, run: Run) -> None:
    """
    Every payload of 2.3 asks whether it is wanted, in 2.4 those that are told to.
    """
    with ScriptedEndpoint(OK) as endpoint:
        run(f"submit('{endpoint.url}', nil, function(r) r:set_payload({arguments}) end)", dialect=dialect)

    assert ("Expect: 100-continue" in endpoint.heads[0]) == expects
    assert endpoint.bodies == [b"x"]


def test_a_payload_that_is_not_wanted_is_not_sent(run: Run) -> None:
    """
    An endpoint that answers instead of saying 100 gets no payload.
    """
    with ScriptedEndpoint([EARLY, *answer("403 Forbidden", body=b"no")]) as endpoint:
        found = run(f"submit('{endpoint.url}', nil, function(r) r:set_payload('x') end, 'POST')")

    assert found.text == "403|Forbidden|no"
    assert endpoint.bodies == [b""]


@pytest.mark.parametrize(
    ("first", "settings", "text"),
    [
        ([], "max_attempts = 2", "200|OK (1 retries in T secs)|ok"),
        ([HANG], "max_attempts = 2, request_timeout_msecs = 500", "200|OK (1 retries in T secs)|ok"),
        (answer("408 Late"), "max_attempts = 2, no_auto_retry = true", "200|OK (1 retries in T secs)|ok"),
        (answer("408 Late"), "", "408|Late|"),
        (answer("500 Bad"), "max_attempts = 2", "500|Bad|"),
        (answer("503 Busy"), "max_attempts = 2", "503|Busy|"),
        (answer("503 Busy", "Retry-After: 0"), "max_attempts = 2", "503|Busy|"),
        (answer("503 Busy", "Retry-After: soon"), "max_attempts = 2", "503|Busy|"),
    ],
)
def test_retries(first: Pieces, settings: str, text: str, run: Run) -> None:
    """
    Lost connections, timeouts and 408 are tried again; other statuses are the answer.
    """
    with ScriptedEndpoint(first, OK) as endpoint:
        found = run(f"submit('{endpoint.url}', {{{settings}}})")

    assert found.text == text
    assert len(found.exchanges) == len(endpoint.heads)


@pytest.mark.parametrize(
    ("status", "seconds", "settings", "again"),
    [
        ("503 Busy", 0, "max_attempts = 2", True),
        ("503 Busy", 0, "max_attempts = 2, no_auto_retry = true", False),
        ("503 Busy", 0, "", False),
        ("503 Busy", -30, "max_attempts = 2", False),
        ("503 Busy", 60, "max_attempts = 2, max_auto_retry_delay_secs = 2", False),
        ("503 Busy", 90, "max_attempts = 2", False),
        ("503 Busy", 5, "max_attempts = 2, request_timeout_msecs = 4000", False),
        ("503 Busy", 3, "max_attempts = 2, request_timeout_msecs = 500", False),
        ("500 Bad", 0, "max_attempts = 2", False),
        ("429 Many", 0, "max_attempts = 2", False),
    ],
)
def test_retry_after(status: str, seconds: int, settings: str, again: bool, run: Run) -> None:
    """
    A 503 is tried again when its Retry-After comes: a date, or seconds after its own Date. Unless there is a
    limit it may be as far away as an attempt may last, in whole seconds.
    """
    # A second ahead, so that the time has not passed before the answer is read.
    then = email.utils.formatdate(time.time() + 1 + seconds, usegmt=True)
    retry_after = f"Retry-After: {then}" if seconds else f"Retry-After: 0\r\nDate: {then}"
    with ScriptedEndpoint(answer(status, retry_after), OK) as endpoint:
        found = run(f"submit('{endpoint.url}', {{{settings}}})")

    assert found.text.startswith("200|OK (1 retries" if again else status.replace(" ", "|"))


def test_attempts_run_out(run: Run) -> None:
    """
    The last failure is told with the number of attempts.
    """
    with ScriptedEndpoint([]) as endpoint:
        found = run(f"submit('{endpoint.url}', {{max_attempts = 3, connect_backoff_time_msecs = 1}})")

    assert found.text == lost(
        endpoint.place, retried="2 times retried, ", sends=3, last="T in last attempt, "
    )
    assert [exchange.status for exchange in found.exchanges] == [None, None, None]


def test_connections_are_tried_again(run: Run) -> None:
    """
    A refused connection is tried max_connect_attempts times, however many attempts a request has.
    """
    settings = "max_connect_attempts = 3, connect_backoff_time_msecs = 1"
    refused = "9003|connect(127.0.0.1:1) failed: Connection refused"

    assert run(f"submit('http://127.0.0.1:1/', {{{settings}}})").text == f"{refused} (3 attempts in T secs)|"
    assert run("submit('http://127.0.0.1:1/', {max_attempts = 3})").text == f"{refused}|"
    assert run("submit('http://[::1]:1/')").text == refused.replace("127.0.0.1", "[::1]") + "|"


@pytest.mark.parametrize(
    ("status", "method", "then", "body"),
    [
        ("300 Many", "POST", "POST", b"x"),
        ("301 Moved", "POST", "POST", b"x"),
        ("302 Found", "POST", "POST", b"x"),
        ("303 Other", "POST", "GET", b""),
        ("303 Other", "HEAD", "HEAD", b"x"),
        ("307 Temporary", "PUT", "PUT", b"x"),
        ("308 Permanent", "POST", "POST", b"x"),
    ],
)
def test_redirects_keep_the_request(status: str, method: str, then: str, body: bytes, run: Run) -> None:
    """
    Method, payload, headers and credentials go along, and the request line has the whole URL; only 303
    makes a GET of it.
    """
    with ScriptedEndpoint(OK) as there, ScriptedEndpoint([]) as here:
        here.answers = [answer(status, f"Location: {there.url}/to?q")]
        prepare = "function(r) r:add_header('X', '1') r:set_payload('x') end"
        run(f"submit('http://u:p@{here.place}/', {{max_redirects = 1}}, {prepare}, '{method}')")

    head = there.heads[0]
    assert head.startswith(f"{then} {there.url}/to?q HTTP/1.1\r\nHost: {there.place}\r\n")
    assert "\r\nAuthorization: Basic dTpw\r\n" in head
    assert head.endswith("\r\nX: 1")
    assert there.bodies == [body]


@pytest.mark.parametrize(
    ("location", "most", "reason"),
    [
        ("{url}/to", 0, "Redirect refused"),
        ("{url}/to", 2, "Redirected more than 2 times"),
        ("/to", 0, "Invalid redirect location: Relative HTTP URL not allowed"),
        ("ftp://x/", 1, "Invalid redirect location: Not an HTTP URL"),
        ("{url}/a b", 1, "Invalid redirect location: Path component contains invalid character"),
        ("http://a:b@h/", 1, "Invalid redirect location: HTTP URL does not allow `userinfo@' part"),
        ("", 1, "Invalid redirect location: Relative HTTP URL not allowed"),
    ],
)
def test_redirects_that_fail(location: str, most: int, reason: str, run: Run) -> None:
    """
    9004 says why; the effect has the answer and the reason.
    """
    with ScriptedEndpoint([]) as endpoint:
        endpoint.answers[0] = answer("302 Found", f"Location: {location.format(url=endpoint.url)}", body=b"b")
        found = run(f"submit('{endpoint.url}', {{max_redirects = {most}}})")

    assert found.text == f"9004|{reason}|"
    assert (found.exchanges[-1].status, found.exchanges[-1].error) == (302, reason)
