"""
``dovecot.http``: clients with settings of either version, requests to a server that answers as the URL says,
and to what is no server.
"""

from __future__ import annotations

import re
from random import Random

from tests.live.chunks.words import NO_INTEGERS, ODD, argument, arguments, call, chunk, method, text, tried
from tests.snippets.generator import lua_string

PATHS = [
    *(
        "ok",
        "ok",
        "echo",
        "echo",
        "echoclose",
        "empty",
        "204",
        "status/200",
        "status/404",
        "status/500",
        "status/503",
    ),
    *(
        "status/201",
        "status/304",
        "status/299",
        "status/408",
        "status/599",
        "status/401",
        "reason",
        "redirect/301",
    ),
    *(
        "redirect/302",
        "redirect/307",
        "redirect/308",
        "redirectrel/302",
        "loop",
        "noloc",
        "close",
    ),
    *(
        "garbage",
        "short",
        "chunked",
        "http10",
        "binary",
        "nosuch",
        "echo?a=b&c=d",
        "echo?%41",
        "a/../echo",
        "%65cho",
    ),
    *("./echo", "echo;x", "echo/%2F", "retry", "status/300", "status/305"),
]
URLS = [
    *(
        "",
        "/echo",
        "echo",
        "http:",
        "http://",
        "http:///",
        "ftp://127.0.0.1/",
        "https",
        "http:/x",
        "mailto:a@b",
    ),
    *(
        "@/echo#x",
        "@/echo#",
        "@/a b",
        "@/é",
        "@/a\\b",
        "@/%zz",
        "@/%",
        "@/%4",
        "@/echo?a b",
        "@/echo?é",
        "@/[x]",
        "@",
    ),
    *(
        "HTTP://127.0.0.1:1/",
        "http://127.0.0.1:1",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:x/",
    ),
    *(
        "http://[::1",
        "http://[::1]:1/",
        "http://[x]/",
        "http://user@127.0.0.1:1/",
        "http://us er@127.0.0.1:1/",
        "x\0y",
    ),
    *(
        "@/echo\0x",
        "@/{}",
        "@/<x>",
        '@/"',
        "@/|",
        "@/^",
        "@/`",
        "@/~",
        "@/a\nb",
        " @/echo",
        "@/echo ",
        "@/echo?",
    ),
    *(
        "http://127.0.0.1:/",
        "http://%31/",
        "http://a_b/",
        "http://a b/",
        "@?x",
        "@/?x?y",
        "http:?x",
        "http://?x",
        "://",
    ),
    *(
        "http://[::1]x/",
        "http://:80/",
        "http://u:p@:80/",
        "http://127.0.0.1:1:2/",
        "1http://x/",
        "h-t+t.p://x/",
        "http://@/",
    ),
]
METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "ODD", "get", "BAD", "5"]
HEADERS = [
    *(
        "X-Mine",
        "x-mine",
        "Content-Type",
        "Accept",
        "User-Agent",
        "Authorization",
        "X-Empty",
        "Date",
        "Host",
        "Connection",
    ),
]
VALUES = ["'one'", "'two'", "''", "'application/json'", "5", "1.5", "'é'", "'a\\tb'", "'x, y'", "'a\\0b'"]
PAYLOADS = ["'payload'", "''", "'a\\0b'", "5", "('x'):rep(5000)", "'é'", "'{\"a\": 1}'", "'one\\ntwo'"]

SETTINGS = {
    "2.3": {
        "user_agent": ["'me'", "'me/1.0 (x)'", "''"],
        "request_timeout_msecs": ["2000", "2000.0", "'2000'", "0", "5000"],
        "request_absolute_timeout_msecs": ["3000", "0"],
        "connect_timeout_msecs": ["1000"],
        "soft_connect_timeout_msecs": ["100"],
        "max_attempts": ["1", "2", "0", "3", "2.0", "1.5", "-1", "'2'"],
        "max_connect_attempts": ["1", "2", "0"],
        "connect_backoff_time_msecs": ["1", "10"],
        "connect_backoff_max_time_msecs": ["20"],
        "max_redirects": ["0", "1", "3"],
        "no_auto_redirect": ["true", "false"],
        "no_auto_retry": ["true", "false"],
        "debug": ["true", "false"],
        "max_auto_retry_delay_secs": ["1", "0"],
        "max_idle_time_msecs": ["100"],
        "proxy_url": ["'x'", "''", "5", "'http://'", "'ftp://x/'", "'/x'", "'http://127.0.0.1:1/ x'"],
        "nosuch": ["1", "{}"],
        "request_timeout": ["'5s'"],
    },
    "2.4": {
        "user_agent": ["'me'", "'me/1.0 (x)'", "''", "5"],
        "request_timeout": ["'2s'", "'2000ms'", "'2 secs'", "'1m'", "'infinite'"],
        "read_request_timeout": ["'2s'"],
        "write_request_timeout": ["'3s'", "0"],
        "request_absolute_timeout": ["'3s'", "'0'", "'infinite'", "'3 S'", "'3seconds'"],
        "connect_timeout": ["'1s'", "'0s'"],
        "soft_connect_timeout": ["'100ms'"],
        "request_max_attempts": ["1", "2", "'2'", "3"],
        "read_request_max_attempts": ["2", "0"],
        "write_request_max_attempts": ["2", "1"],
        "delete_request_max_attempts": ["'1'"],
        "max_connect_attempts": ["1", "2", "0"],
        "connect_backoff_time": ["'1ms'", "'10 ms'"],
        "connect_backoff_max_time": ["'200ms'"],
        "request_max_redirects": ["0", "1", "3"],
        "auto_redirect": ["'yes'", "'no'", "'YES'", "'y'", "1"],
        "auto_retry": ["'yes'", "'no'"],
        "max_auto_retry_delay": ["'1s'"],
        "max_idle_time": ["'100ms'"],
        "max_parallel_connections": ["1"],
        "max_pipelined_requests": ["1", "4"],
        "response_hdr_max_size": ["'10k'", "100000", "'10 kB'", "'1M'"],
        "response_hdr_max_fields": ["100"],
        "socket_send_buffer_size": ["'10k'", "0"],
        "proxy_url": ["''"],
        "proxy_ssl_tunnel": ["'yes'"],
        "dns_ttl": ["'1m'"],
        "rawlog_dir": ["''"],
    },
}
"""What is given to a client, by dialect, as Lua; nothing that takes long."""

WRONG_IN_2_4 = {
    "request_timeout": ["2000", "'5'", "'0'", "'x'", "'-1s'", "''"],
    "request_absolute_timeout": ["''", "'3x'"],
    "request_max_attempts": ["0", "'x'", "-1", "1.5", "2.0", "2^32", "''", "'2 '"],
    "auto_redirect": ["'maybe'", "0", "''", "'n'", "'true'"],
    "connect_backoff_time": ["0", "'0'", "'100s'"],
    "connect_backoff_max_time": ["'20ms'", "'0'"],
    "max_parallel_connections": ["0", "'x'"],
    "max_pipelined_requests": ["0"],
    "response_hdr_max_size": ["'x'", "''", "'1.5k'", "'5 T iB'", "'99999999999G'"],
    "response_hdr_max_fields": ["'x'"],
    "proxy_url": ["'x'", "5", "'http://'", "'ftp://x/'", "'/x'", "'http://127.0.0.1:1/ x'"],
    "dns_ttl": ["5"],
    "nosuch": ["1"],
    "request_timeout_msecs": ["5000"],
    "max_attempts": ["2"],
    "debug": ["'yes'"],
}
"""One of these at most: of several Dovecot names the first in a table, whose order is another each time."""

LOOKS = [
    "return members(@), getmetatable(@)",
    "return type(@), #@, @.nosuch, @ == @",
    "@.mine = 5 return @.mine",
    "return @ .. 'x'",
    "return @:nosuch()",
]
RESPONSE = [
    "return all(response:status())",
    "return math.type(response:status()), response:status(), response:reason()",
    "return all(response:reason())",
    "return all(response:payload())",
    "return response:status(1)",
    "return response.payload()",
    "return response.reason(5)",
    *(LOOK.replace("@", "response") for LOOK in LOOKS),
]
ANSWERED = [
    "X-Test",
    "x-test",
    "Server",
    "Content-Length",
    "Content-Type",
    "Location",
    "Nosuch",
    "",
    "Connection",
]


def settings(rng: Random, dialect: str) -> str:
    """
    The table for a client.
    """
    known = SETTINGS[dialect]
    names = rng.sample([*known], rng.choice([0, 0, 1, 1, 2, 3]))
    given = [f"{name} = {rng.choice(known[name])}" for name in names]
    if rng.random() < 0.03 and dialect == "2.3":
        given.append(f"{rng.choice([*known])} = {rng.choice([*ODD, *NO_INTEGERS])}")
    if dialect == "2.4" and rng.random() < 0.2:
        wrong = rng.choice([*WRONG_IN_2_4])
        given = [each for each in given if not each.startswith(f"{wrong} =")]
        given.append(f"{wrong} = {rng.choice(WRONG_IN_2_4[wrong])}")
    # Whatever a chunk asks for, it is over soon.
    if dialect == "2.3" and "request_timeout_msecs" not in names:
        given.append("request_timeout_msecs = 5000")
    return "{" + ", ".join(given) + "}"


def url(rng: Random) -> str:
    """
    Where a request goes.
    """
    drawn = rng.random()
    if drawn < 0.75:
        return lua_string(f"@HTTP@/{rng.choice(PATHS)}")
    if drawn < 0.97:
        drawn_url = rng.choice(URLS)
        return lua_string(re.sub("^( ?)@(?=[/?]|$)", r"\1@HTTP@", drawn_url))
    return argument(rng, "any")


def order(rng: Random) -> str:
    """
    The table for a request.
    """
    parts = [f"url = {url(rng)}"]
    if rng.random() < 0.5:
        named = lua_string(rng.choice(METHODS)) if rng.random() < 0.95 else rng.choice([*ODD, "5", "1.5"])
        parts.append(f"method = {named}")
    if rng.random() < 0.05:
        parts.append("other = 5")
    if rng.random() < 0.03:
        parts = parts[1:]
    return "{" + ", ".join(parts) + "}"


def prepared(rng: Random) -> list[str]:
    """
    What is done with a request before it is sent.
    """
    statements = []
    for _ in range(rng.choice([0, 0, 1, 2, 3])):
        name, odd = lua_string(rng.choice(HEADERS)), rng.random() < 0.06
        if rng.random() < 0.75:
            given = [name, rng.choice(VALUES)]
            statements.append(
                method(rng, "request", "add_header", [name, argument(rng, "any")] if odd else given)
            )
        else:
            # Where a script gives and removes a header that Dovecot has by itself, Dovecot sends none.
            given = [lua_string(rng.choice(["X-Mine", "x-mine", "Accept", "Content-Type", "Nosuch"]))]
            statements.append(
                method(rng, "request", "remove_header", arguments(rng, ("any",)) if odd else given)
            )
    if rng.random() < 0.3:
        given = [rng.choice(PAYLOADS)]
        if rng.random() < 0.1:
            given.append(rng.choice(["true", "false", "nil"]))
        statements.append(method(rng, "request", "set_payload", given))
    if rng.random() < 0.1:
        statements.append(tried(rng.choice(LOOKS).replace("@", rng.choice(["client", "request"]))))
    return statements


def http_chunk(rng: Random, dialect: str) -> str:
    """
    A client, a request and what came of it.
    """
    if rng.random() < 0.1:
        # The user is a table of settings, too, whose first one is another each time.
        given = [each if each != "user" else "nil" for each in arguments(rng, ("any",))]
        return chunk(call(rng, "dovecot.http.client", given))
    if rng.random() < 0.15:
        made = f"local client = dovecot.http.client({settings(rng, dialect)})"
        return chunk(made, method(rng, "client", "request", arguments(rng, ("any",))))
    asked = rng.sample(ANSWERED, 2)
    return chunk(
        f"local ok, client = pcall(dovecot.http.client, {settings(rng, dialect)})",
        "if not ok then return client end",
        f"local made, request = pcall(client.request, client, {order(rng)})",
        "if not made then return request end",
        *prepared(rng),
        "local response = request:submit()",
        "got[#got + 1] = { response:status(), response:reason(), response:payload() }",
        *(method(rng, "response", "header", [lua_string(name)]) for name in asked),
        tried(rng.choice(RESPONSE)),
        f"try(function() return response:header({text(rng)}) end)" if rng.random() < 0.1 else "",
    )
