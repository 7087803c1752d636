"""
The settings of ``dovecot.http.client``, by version: what is taken, and what is refused in which words.
"""

from __future__ import annotations

import pytest

from luahost.api.http_options import NATIVE, TEXT, HttpSettings
from luahost.api.http_settings import HttpSettingError, read_settings
from luahost.dialects import dialect
from tests.api.http_runner import Run

CLIENT = "select(2, pcall(function() return type(dovecot.http.client({settings})) end))"
REFUSED = "Invalid HTTP client setting: "
INVALID = f"{REFUSED}http_client settings: Invalid settings: "
CONFIGURATION = (
    f"{REFUSED}http_client settings: Failed to parse configuration: "
    "Failed to override configuration from hardcoded: "
)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ("{}", "table"),
        ("{nosuch = {}, [1] = 'x', [true] = 1}", "table"),
        ("{request_timeout_msecs = 5.0}", "table"),
        ("{request_timeout_msecs = '5'}", "request_timeout_msecs: non-negative number expected"),
        ("{request_timeout_msecs = 5.5}", "request_timeout_msecs: non-negative number expected"),
        ("{request_timeout_msecs = -1}", "request_timeout_msecs: non-negative number expected"),
        ("{request_timeout_msecs = 0/0}", "request_timeout_msecs: non-negative number expected"),
        ("{request_timeout_msecs = 4294967296}", "request_timeout_msecs: non-negative number expected"),
        ("{max_redirects = true}", "max_redirects: non-negative number expected"),
        ("{debug = 1}", "debug: boolean expected"),
        ("{no_auto_retry = 'yes'}", "no_auto_retry: boolean expected"),
        ("{user_agent = 5}", "user_agent: string expected"),
        ("{rawlog_dir = {}}", "rawlog_dir: string expected"),
        ("{proxy_url = 5}", "table"),
        ("{proxy_url = '', debug = 1, max_redirects = -1}", "max_redirects: non-negative number expected"),
        ("{proxy_url = ''}", "proxy_url is invalid: Relative HTTP URL not allowed"),
        ("{proxy_url = 'http://x y/'}", "proxy_url is invalid: Invalid host identifier"),
        (
            "setmetatable({}, {__index = {max_redirects = 'x'}})",
            "max_redirects: non-negative number expected",
        ),
    ],
)
def test_native_settings(lua: str, settings: str, text: str, run: Run) -> None:
    """
    2.3 wants values of the right type, and does not look at what it does not know. Asked of 2.3.19.1.
    """
    found = run(CLIENT.format(settings=settings), lua=lua).text

    assert found == (text if text == "table" else REFUSED + text)


@pytest.mark.parametrize("name", [option.name for option in NATIVE])
def test_every_native_setting_is_looked_at(name: str, run: Run) -> None:
    """
    A function is no value for any of them, but for the proxy, which then is none.
    """
    found = run(CLIENT.format(settings=f"{{{name} = print}}")).text

    assert found.startswith("table" if name == "proxy_url" else f"{REFUSED}{name}: ")


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ("{}", "table"),
        ("{request_timeout = '300ms', auto_retry = 'no', request_max_attempts = 3}", "table"),
        ("{ssl_client_require_valid_cert = 'no', ssl_min_protocol = 'TLSv1.2'}", "table"),
        ("{request_max_attempts = '2'}", "table"),
        ("{timeout = 10}", f"{REFUSED}timeout is unknown setting"),
        ("{'x'}", f"{REFUSED}1 is unknown setting"),
        ("{max_redirects = 2}", f"{REFUSED}max_redirects is unknown setting"),
        ("{no_auto_retry = true}", f"{REFUSED}no_auto_retry is unknown setting"),
        (
            "{request_timeout = 500}",
            f"{CONFIGURATION}Invalid http_client_request_timeout=500: "
            "Time interval '500' is missing units (add e.g. 's' for seconds)",
        ),
        (
            "{auto_retry = 'maybe'}",
            f"{CONFIGURATION}Invalid http_client_auto_retry=maybe: "
            "Invalid boolean value: maybe (use yes or no)",
        ),
        (
            "{request_max_attempts = 'two'}",
            f"{CONFIGURATION}Invalid http_client_request_max_attempts=two: "
            "Invalid number two: Not a valid number",
        ),
        (
            "{request_max_attempts = 0}",
            f"{REFUSED}http_client settings: Invalid settings: request_max_attempts must not be 0",
        ),
        (
            "{request_max_attempts = 0, max_pipelined_requests = 0, proxy_url = 'x'}",
            f"{INVALID}Invalid http_client_proxy_url: Relative HTTP URL not allowed",
        ),
        (
            "{max_pipelined_requests = 0, max_parallel_connections = 0}",
            f"{INVALID}http_client_max_pipelined_requests must not be 0",
        ),
        ("{max_parallel_connections = 0}", f"{INVALID}http_client_max_parallel_connections must not be 0"),
        ("{connect_backoff_time = '0'}", f"{INVALID}http_client_connect_backoff_time_msecs must not be 0"),
        (
            "{connect_backoff_max_time = '20ms', request_timeout = '0'}",
            f"{INVALID}http_client_connect_backoff_time_msecs (20) must not be smaller than "
            "http_client_connect_backoff_max_time_msecs (100)",
        ),
        ("{request_timeout = '0ms'}", f"{INVALID}http_client_request_timeout_msecs must not be 0"),
        ("{request_timeout = 'infinite', request_max_attempts = 'unlimited'}", "table"),
        ("{response_hdr_max_size = '10 KiB', socket_send_buffer_size = 'unlimited'}", "table"),
        (
            "{response_hdr_max_size = '1.5k'}",
            f"{CONFIGURATION}Invalid http_client_response_hdr_max_size=1.5k: Invalid size: 1.5k",
        ),
        (
            "{response_hdr_max_size = '99999999999G'}",
            f"{CONFIGURATION}Invalid http_client_response_hdr_max_size=99999999999G: "
            "Size is too large: 99999999999G",
        ),
    ],
)
def test_text_settings(lua: str, settings: str, text: str, run: Run) -> None:
    """
    2.4 parses text like its configuration file, and refuses what it does not know.
    """
    assert run(CLIENT.format(settings=settings), dialect="2.4", lua=lua).text == text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5s", 5.0),
        ("5 secs", 5.0),
        ("300ms", 0.3),
        ("300 msecs", 0.3),
        ("2m", 120.0),
        ("2mins", 120.0),
        ("1h", 3600.0),
        ("1d", 86400.0),
        ("1 week", 604800.0),
        ("infinite", 4294967.295),
        ("0", 0.0),
    ],
)
def test_times(text: str, seconds: float) -> None:
    """
    A time is a number with the beginning of a unit.
    """
    given = [(b"request_absolute_timeout", b"string", text.encode())]

    assert read_settings(given, dialect("2.4")) == HttpSettings(request_absolute_timeout=seconds)


@pytest.mark.parametrize("text", ["5x", "s", "-5s", "1.5s", ""])
def test_times_that_are_none(text: str) -> None:
    """
    What is no time is refused.
    """
    with pytest.raises(HttpSettingError, match=f"Invalid time interval: {text}$"):
        read_settings([(b"request_timeout", b"string", text.encode())], dialect("2.4"))


def test_the_dialects_have_different_names() -> None:
    """
    Only names without a unit or a negation are the same in both.
    """
    both = {option.name for option in NATIVE} & {option.name for option in TEXT}

    assert both == {"user_agent", "rawlog_dir", "proxy_url", "max_connect_attempts"}
