"""
``dovecot.http.client`` in wrong hands: arguments, objects, and what kills Dovecot's process.
"""

from __future__ import annotations

import pytest

from luahost import DIALECTS
from tests.api.http_runner import Run
from tests.api.scripted_endpoint import OK, ScriptedEndpoint

FAILS = "(function() local client = dovecot.http.client({{}}) local url = '{url}' {setup} " + (
    "local ok, words = pcall(function() {call} end) return words end)()"
)
REQUEST = "local request = client:request({ url = url })"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("dovecot.http.client()", "expected 1 arguments, got 0"),
        ("client:request()", "expected 2 arguments, got 1"),
        ("client:request({}, 1)", "expected 2 arguments, got 3"),
        ("client:request({})", "cannot create request: url not specified"),
        ("client:request({ url = 5 })", "Failed to parse url 5: Relative HTTP URL not allowed"),
        ("client.request(5, {})", "Bad argument #1, expected struct http_client got number"),
        ("request.add_header(nil, 'a', 'b')", "Bad argument #1, expected struct http_client_request got nil"),
        ("request:add_header('a')", "expected 3 arguments, got 2"),
        ("request:submit(1)", "expected 1 arguments, got 2"),
    ],
)
def test_arguments(lua: str, call: str, words: str, run: Run) -> None:
    """
    Counts and self are checked in Dovecot's words, without a place.
    """
    expression = FAILS.format(url="http://127.0.0.1:1/", setup=REQUEST, call=call)

    assert run(expression, lua=lua).text == words


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("client:request(5)", "bad argument #1 to 'request' (table expected, got number)"),
        ("request:add_header({}, 'x')", "bad argument #1 to 'add_header' (string expected, got table)"),
        ("request:add_header('x', true)", "bad argument #2 to 'add_header' (string expected, got boolean)"),
        ("request:remove_header({})", "bad argument #1 to 'remove_header' (string expected, got table)"),
        ("request:set_payload(nil)", "bad argument #1 to 'set_payload' (string expected, got nil)"),
        ("client:request({ url = true })", "bad argument #-2 to 'request' (string expected, got boolean)"),
        ("dovecot.http.client(5)", "bad argument #1 to 'client' (table expected, got number)"),
    ],
)
def test_types(lua: str, call: str, words: str, run: Run) -> None:
    """
    A wrong type is told with the script's own line.
    """
    found = run(FAILS.format(url="http://127.0.0.1:1/", setup=REQUEST, call=call), lua=lua).text

    assert found.endswith(f"push.lua:11: {words}")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("request:submit() request:submit()", "submit() after submit()"),
        ("request:submit() request:add_header('a', 'b')", "add_header() after submit()"),
        ("request:submit() request:remove_header('a')", "remove_header() after submit()"),
        ("request:submit() request:set_payload('a')", "set_payload() after submit()"),
        ("request:set_payload('') request:set_payload('a')", "a second set_payload() for one request"),
        ("request:add_header('A', 'b\\r\\nC: d')", "a line break in the value of header A"),
        ("request:add_header('A:', 'b')", "add_header() with 'A:' as a name"),
        ("client.request({}, {})", "this table is no struct http_client"),
        ("client.request(request, {})", "this table is no struct http_client"),
    ],
)
def test_what_kills_the_process(dialect: str, call: str, words: str, run: Run) -> None:
    """
    Each is an effect of its own and a Lua error, in every dialect.
    """
    with ScriptedEndpoint(OK) as endpoint:
        found = run(FAILS.format(url=endpoint.url, setup=REQUEST, call=call), dialect=dialect)

    assert len(found.killed) == 1
    assert found.killed[0].startswith(f"{words}; this kills the process in Dovecot")
    assert found.text == f"luahost: {found.killed[0]}"


@pytest.mark.parametrize(
    ("dialect", "settings", "killed"),
    [
        ("2.3", "event_parent = dovecot.event()", "http.client() with an event_parent"),
        ("2.3", "event_parent = {}", "this table is no struct event"),
        ("2.4", "event_parent = {}", "this table is no struct event"),
        ("2.4", "auto_retry = true", "http.client() with a boolean as the value of auto_retry"),
        ("2.4", "user_agent = {}", "http.client() with a table as the value of user_agent"),
    ],
)
def test_settings_that_kill_the_process(dialect: str, settings: str, killed: str, run: Run) -> None:
    """
    So do some settings, by version.
    """
    call = f"dovecot.http.client({{ {settings} }})"
    found = run(FAILS.format(url="", setup="", call=call), dialect=dialect)

    assert [reason.partition(";")[0] for reason in found.killed] == [killed]


def test_event_parent_where_it_works(run: Run) -> None:
    """
    Its prefixes stand before the client's log lines; what is no table is ignored.
    """
    short = [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
    with ScriptedEndpoint(short) as endpoint:
        parent = "event_parent = dovecot.event():append_log_prefix('mine: ')"
        found = run(f"submit('{endpoint.url}', {{ {parent} }})", dialect="2.4")
        ignored = run(f"submit('{endpoint.url}', {{ event_parent = 'x' }})", dialect="2.4")

    assert found.log[0].startswith("lua: mine: ERROR: REQUEST PAYLOAD READ ERROR: ")
    assert ignored.log[0].startswith("lua: ERROR: REQUEST PAYLOAD READ ERROR: ")


def test_requests_keep_apart(run: Run) -> None:
    """
    Two requests of one client have headers and payloads of their own.
    """
    with ScriptedEndpoint(OK) as endpoint:
        run(
            f"(function() local c, url = dovecot.http.client({{}}), '{endpoint.url}' "
            "local a, b = c:request({ url = url .. '/a' }), c:request({ url = url .. '/b' }) "
            "a:set_payload('1') b:add_header('X', 'b') b:submit() a:submit() return '' end)()"
        )

    assert [head.partition(" HTTP")[0] for head in endpoint.heads] == ["GET /b", "GET /a"]
    assert endpoint.bodies == [b"", b"1"]
    assert "X: b" not in endpoint.heads[1]
