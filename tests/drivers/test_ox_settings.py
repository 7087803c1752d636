"""
The options of the OX driver. Those of 2.3 and what is wrong with them were asked of Dovecot 2.3.19.1.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.dialects import DIALECTS
from luahost.drivers import DriverEntry, ox_settings
from luahost.drivers.ox_settings import OxSettingError, OxSettings
from luahost.effects import Log
from luahost.errors import UsageError
from luahost.host import Host, Session

URL = "http://127.0.0.1:8009/notify"


def entry(**options: str) -> DriverEntry:
    """
    An OX driver with these options.
    """
    return DriverEntry(name="ox", options=options, setting="push_notification_driver2")


def read(dialect: str, **options: str) -> OxSettings:
    """
    The options as the dialect reads them.
    """
    return ox_settings.read_settings(entry(url=URL, **options), DIALECTS[dialect])


def opened(dialect: str, **options: str) -> tuple[Session, list[tuple[str, str, str]]]:
    """
    A session with the driver, and what it logs at its beginning.
    """
    host = Host(drivers=[entry(**options)], dialect=dialect, debug=True, http="deny")
    with host.session("bob") as session:
        return session, [(log.level, log.prefix, log.text) for log in session.effects.of(Log)]


def test_lines_of_a_good_start() -> None:
    """
    The URL and the cache's lifetime are told with debugging on; user and password are hidden.
    """
    session, log = opened("2.3", url="http://lo%67in:pa%40ss@127.0.0.1:8009/x?q=a@b", cache_lifetime="5m")

    assert log == [
        (
            "debug",
            "push-notification-ox: ",
            "push-notification-ox: Using URL http://***@127.0.0.1:8009/x?q=a@b",
        ),
        ("debug", "push-notification-ox: ", "push-notification-ox: Using cache lifetime: 300"),
    ]
    assert session.settings_missing == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "Driver requires the url parameter"),
        ({"URL": URL}, "Driver requires the url parameter"),
        ({"url": ""}, "Failed to parse OX REST URL : Relative HTTP URL not allowed"),
        ({"url": "foo"}, "Failed to parse OX REST URL foo: Relative HTTP URL not allowed"),
        (
            {"url": "http:foo"},
            "Failed to parse OX REST URL http:foo: Absolute HTTP URL requires `//' after `http:'",
        ),
        (
            {"url": "https://"},
            "Failed to parse OX REST URL https://: HTTP URL does not allow empty host identifier",
        ),
        (
            {"url": "http://h/%zz"},
            "Failed to parse OX REST URL http://h/%zz: Expecting hex digit after '%', but found 'z'",
        ),
    ],
)
@pytest.mark.parametrize("dialect", ["documented", "2.3"])
def test_a_bad_url(options: dict[str, str], words: str, dialect: str) -> None:
    """
    Without a good URL the driver is off, and one line says why.
    """
    assert opened(dialect, **options)[1] == [("error", "", f"ox: {words}")]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("ftp://login:secret@h/", "ftp://***@h/"),
        ("http://login:secret@h/a#f", "http://***@h/a#f"),
        ("http://login:sec/ret@h/", "http://***@h/"),
        ("http://login:sec#ret@h/", "http://***@h/"),
        ("http://login:sec?ret@h:99999/", "http://***@h:99999/"),
        ("http://login:sec@ret@h:x/", "http://***@h:x/"),
        ("//login:secret@:1/", "//***@:1/"),
        ("login:secret@h", "***@h"),
        ("http://login:secret", "http://***"),
        ("http://login:9ret9/x", "http://***"),
        ("http:/login:secret@h", "***@h"),
    ],
)
def test_a_bad_url_keeps_its_secret(url: str, shown: str) -> None:
    """
    Whatever could be user and password is hidden in the line about a bad URL.
    """
    ((_, _, words),) = opened("2.3", url=url)[1]

    assert words.startswith(f"ox: Failed to parse OX REST URL {shown}: ")
    assert "ret" not in words


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("5", "Time interval '5' is missing units (add e.g. 's' for seconds)"),
        ("", "Invalid time interval: "),
        ("1500ms", "Milliseconds not supported for this setting: 1500ms"),
    ],
)
def test_a_bad_cache_lifetime(given: str, why: str) -> None:
    """
    The URL has been told of by then.
    """
    log = opened("2.3", url=URL, cache_lifetime=given)[1]

    assert log[0][2] == f"push-notification-ox: Using URL {URL}"
    assert log[1:] == [("error", "", f"ox: Failed to parse OX cache_lifetime {given}: {why}")]


@pytest.mark.parametrize("given", ["", "abc", "-1", "2s", "1.5", "99999999999", "²"])
@pytest.mark.parametrize("dialect", ["documented", "2.3"])
def test_numbers_that_are_none(given: str, dialect: str) -> None:
    """
    They give the default without a word: one retry, two seconds.
    """
    http = read(dialect, max_retries=given, timeout_msecs=given).http

    assert (http.max_attempts, http.request_timeout) == (2, 2.0)


def test_numbers() -> None:
    """
    One attempt more than retries; no timeout is that of Dovecot's HTTP client.
    """
    http = read("2.3", max_retries="0", timeout_msecs="1500").http
    assert (http.max_attempts, http.request_timeout) == (1, 1.5)

    http = read("2.3", max_retries="4294967295", timeout_msecs="0").http
    assert (http.max_attempts, http.request_timeout) == (0, 60.0)


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        ({}, 2 * 2.1),
        ({"max_retries": "0", "timeout_msecs": "500"}, 0.6),
        ({"max_retries": "4294967295"}, 2.1),
        ({"max_retries": "4294967294"}, 1e6),
    ],
)
def test_budget(options: dict[str, str], seconds: float) -> None:
    """
    All attempts together have their timeouts and a short pause for each.
    """
    assert read("2.3", **options).http.request_absolute_timeout == pytest.approx(seconds)


@pytest.mark.parametrize("given", ["", "yes", "no"])
@pytest.mark.parametrize("dialect", ["documented", "2.3"])
def test_user_from_metadata_by_its_presence(given: str, dialect: str) -> None:
    """
    Its value does not matter.
    """
    assert read(dialect, user_from_metadata=given).user_from_metadata
    assert not read(dialect).user_from_metadata


@pytest.mark.parametrize("prefix", ["", "ox_", "push_notification_ox_"])
def test_names_of_blocks(prefix: str) -> None:
    """
    2.4's settings may have their prefixes or not; switches are yes or no.
    """
    options = {f"{prefix}url": URL, f"{prefix}cache_ttl": "30s", f"{prefix}user_from_metadata": "no"}
    block, dialect = entry(**options), DIALECTS["2.4"]

    assert str(ox_settings.read_url(block, dialect)) == URL
    assert ox_settings.read_settings(block, dialect).cache_lifetime_seconds == 30_000
    assert not ox_settings.read_settings(block, dialect).user_from_metadata
    options[f"{prefix}user_from_metadata"] = "yes"
    assert ox_settings.read_settings(entry(**options), dialect).user_from_metadata


def test_a_block_elsewhere() -> None:
    """
    A block of 2.4 means the same in the other dialects, but that a second of its cache is a second.
    """
    settings = read("documented", ox_cache_ttl="1500ms", ox_user_from_metadata="no")

    assert settings.cache_lifetime_seconds == 1
    assert not settings.user_from_metadata


def test_an_entry_of_2_3_in_the_ways_of_2_4() -> None:
    """
    Its options hold; what it does not say is as in 2.4.
    """
    settings = read("2.4", user_from_metadata="", max_retries="3")

    assert settings.user_from_metadata
    assert (settings.http.max_attempts, settings.http.request_timeout) == (4, 60.0)


def test_http_client_settings_of_a_block() -> None:
    """
    They say how requests are sent; without them 2.4 waits a minute and tries once.
    """
    http = read("2.4").http
    assert (http.max_attempts, http.request_timeout) == (1, 60.0)

    http = read(
        "2.4",
        http_client_request_timeout="2s",
        http_client_request_max_attempts="3",
        ssl_client_ca_file="/ca.pem",
    ).http
    assert (http.max_attempts, http.request_timeout, http.tls.cafile) == (3, 2.0, "/ca.pem")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ox_cache_ttl": "0"}, "push_notification_ox_cache_ttl must not be 0"),
        (
            {"ox_cache_ttl": "5"},
            "Invalid push_notification_ox_cache_ttl=5: Time interval '5' is missing units "
            "(add e.g. 's' for seconds)",
        ),
        (
            {"ox_url": "http://u:p@h/a b"},
            "Invalid push_notification_ox_url 'http://***@h/a b': "
            "Path component contains invalid character ' '",
        ),
        (
            {"ox_user_from_metadata": "maybe"},
            "Invalid push_notification_ox_user_from_metadata=maybe: "
            "Invalid boolean value: maybe (use yes or no)",
        ),
    ],
)
def test_what_2_4_refuses_at_its_start(options: dict[str, str], words: str) -> None:
    """
    The host cannot be made, as the server does not start.
    """
    with pytest.raises(UsageError) as caught:
        opened("2.4", **options)

    assert str(caught.value) == (
        f"push_notification_driver2: {words}; Dovecot 2.4 does not start with this configuration"
    )


def test_no_url_in_2_4() -> None:
    """
    The driver is off; the server starts.
    """
    assert opened("2.4")[1] == [("error", "", "ox: push_notification_ox_url is missing or empty")]


def test_the_url_in_2_4() -> None:
    """
    2.4 shows it without user and password.
    """
    log = opened("2.4", ox_url="http://u:p@h/x")[1]

    assert [text for _, _, text in log] == [
        "push-notification-ox: Using URL http://h/x",
        "push-notification-ox: Using cache lifetime: 60000",
        "push-notification-ox: Using user sent by OX endpoint",
    ]


def test_ca_file(tmp_path: Path) -> None:
    """
    A file of authorities that cannot be used is told of at the beginning, not with each message.
    """
    missing, empty = tmp_path / "missing.pem", tmp_path / "empty.pem"
    empty.write_text("")

    assert opened("2.3", url=URL, ca_file=str(missing))[1][-1] == (
        "error",
        "",
        f"ox: Failed to read ca_file {missing}: error loading CA locations (No such file or directory)",
    )
    with pytest.raises(OxSettingError, match="no certificate or crl found"):
        read("2.3", ca_file=str(empty))
