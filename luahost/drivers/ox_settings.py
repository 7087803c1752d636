"""
The OX driver's options: those of 2.3's ``ox:url=… cache_lifetime=…`` and those of 2.4's blocks.

Both kinds are read in every dialect, so that a configuration of one version can be tried with the other's
ways. What is wrong with a value is said in Dovecot's words, with the URL's user and password hidden.

Sources: the documents' "Configuration Options"; Dovecot 2.3.19.1 for every refusal, limit and default of 2.3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from luahost.api import time_interval
from luahost.api.http_options import HttpSettings
from luahost.api.http_settings import HttpSettingError, text_settings
from luahost.api.http_url import HttpUrl, UrlError, parse_url
from luahost.dataclass import dataclass, replace
from luahost.dialects import Dialect
from luahost.drivers.entry import DriverEntry
from luahost.errors import EndpointError, UsageError
from luahost.events import UINT32_MAX
from luahost.exchange import HIDDEN
from luahost.tls import Tls, tls_context

DEFAULT_CACHE_LIFETIME_SECONDS = 60

NO_TIMEOUT_SECONDS = 60.0
"""What Dovecot's HTTP client takes a timeout of 0 for."""

BUDGET_MAX_SECONDS = 1e6
"""Longer than anyone waits, and short enough for timers."""

URL = ("url", "ox_url", "push_notification_ox_url")
CACHE = "cache_lifetime"
CACHE_OF_BLOCK = ("cache_ttl", "ox_cache_ttl", "push_notification_ox_cache_ttl")
USER_FROM_METADATA = "user_from_metadata"
USER_FROM_METADATA_OF_BLOCK = ("ox_user_from_metadata", "push_notification_ox_user_from_metadata")


class OxSettingError(ValueError):
    """
    What is wrong with an option, in Dovecot's words.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class OxSettings:
    """
    How one OX driver works.

    Attributes:
        cache_lifetime_seconds: How long METADATA that was found is not asked for again.

        user_from_metadata: Whether the user that is told of is that of METADATA.

        http: How requests are sent.
    """

    cache_lifetime_seconds: int = DEFAULT_CACHE_LIFETIME_SECONDS
    user_from_metadata: bool = False
    http: HttpSettings


def read_url(entry: DriverEntry, dialect: Dialect) -> HttpUrl:
    """
    Where notifications go.

    Raises:
        OxSettingError: There is no URL, or none that Dovecot takes.
    """
    url = _text(entry.options, *URL)
    if url is None or (dialect.ox_block and not url):
        missing = "push_notification_ox_url is missing or empty"
        raise OxSettingError(missing if dialect.ox_block else "Driver requires the url parameter")
    try:
        return parse_url(url, shows_character=dialect.http_url_shows_character)
    except UrlError as error:
        if dialect.ox_block:
            raise OxSettingError(f"Invalid {URL[-1]} '{masked(url)}': {error}") from None
        raise OxSettingError(f"Failed to parse OX REST URL {masked(url)}: {error}") from None


def shown_url(entry: DriverEntry, dialect: Dialect) -> str:
    """
    The URL for the log. 2.3.19.1 writes it as it is configured, password and all; here that is hidden.
    """
    url = _text(entry.options, *URL) or ""
    if dialect.ox_block:
        return str(parse_url(url))
    return re.sub("^((?:[^:/@]*:)?//)[^/?#]*@", rf"\1{HIDDEN}@", url)


def masked(url: str) -> str:
    """
    A URL that is none, with whatever could be user and password hidden: all up to the last ``@``, or a host
    with more than a port behind it, which is what a blank in the password leaves.
    """
    if "@" not in url:
        return re.sub("^((?:[^:/]*:)?//)[^/?#]*:[^/?#]*[^/?#0-9].*", rf"\1{HIDDEN}", url, flags=re.DOTALL)
    return re.sub(r"^((?:[^:/@]*:)?//)?.*@", rf"\1{HIDDEN}@", url, flags=re.DOTALL)


def read_settings(entry: DriverEntry, dialect: Dialect) -> OxSettings:
    """
    All the other options.

    Raises:
        OxSettingError: A value that Dovecot refuses.
    """
    return OxSettings(
        cache_lifetime_seconds=_cache_lifetime(entry.options, dialect),
        user_from_metadata=_user_from_metadata(entry.options, dialect),
        http=_http(entry.options, dialect),
    )


def check_at_start(entry: DriverEntry, dialect: Dialect) -> None:
    """
    What Dovecot 2.4 refuses when it reads its configuration. A URL that is not there is no such thing.

    Raises:
        UsageError: The server would not start.
    """
    try:
        if _text(entry.options, *URL):
            read_url(entry, dialect)
        read_settings(entry, dialect)
    except OxSettingError as error:
        raise UsageError(
            f"{entry.setting}: {error}; Dovecot 2.4 does not start with this configuration"
        ) from None


def _text(options: Mapping[str, str], *names: str) -> str | None:
    """
    The option that has one of these names.
    """
    return next((options[name] for name in names if name in options), None)


def _cache_lifetime(options: Mapping[str, str], dialect: Dialect) -> int:
    text = _text(options, *CACHE_OF_BLOCK)
    of_block = dialect.ox_block or text is not None
    text = text if text is not None else options.get(CACHE)
    milliseconds = DEFAULT_CACHE_LIFETIME_SECONDS * 1000
    if text is not None:
        milliseconds = _cache_milliseconds(text, of_block=of_block)
    if dialect.ox_block and milliseconds == 0:
        raise OxSettingError(f"{CACHE_OF_BLOCK[-1]} must not be 0")
    return milliseconds if dialect.ox_cache_in_milliseconds else milliseconds // 1000


def _cache_milliseconds(text: str, *, of_block: bool) -> int:
    try:
        return time_interval.milliseconds(text) if of_block else time_interval.seconds(text) * 1000
    except ValueError as error:
        words = f"Invalid {CACHE_OF_BLOCK[-1]}={text}" if of_block else f"Failed to parse OX {CACHE} {text}"
        raise OxSettingError(f"{words}: {error}") from None


def _user_from_metadata(options: Mapping[str, str], dialect: Dialect) -> bool:
    if USER_FROM_METADATA in options and not dialect.ox_block:
        return True
    text = _text(options, USER_FROM_METADATA, *USER_FROM_METADATA_OF_BLOCK)
    if not text:
        # No block can have a bare word, so one is of 2.3 and says yes.
        return text is not None
    answers = {"yes": True, "y": True, "1": True, "no": False}
    if text.lower() not in answers:
        words = f"Invalid boolean value: {text} (use yes or no)"
        raise OxSettingError(f"Invalid {USER_FROM_METADATA_OF_BLOCK[-1]}={text}: {words}")
    return answers[text.lower()]


def _http(options: Mapping[str, str], dialect: Dialect) -> HttpSettings:
    retries = _number(options, "max_retries", dialect.ox_max_retries)
    timeout_seconds = _number(options, "timeout_msecs", dialect.ox_timeout_msecs) / 1000
    base = HttpSettings(
        # Dovecot's number has 32 bits, and 0 attempts are one.
        max_attempts=(retries + 1) % (UINT32_MAX + 1),
        request_timeout=timeout_seconds or NO_TIMEOUT_SECONDS,
        tls=_tls(options),
    )
    given = [
        (name.removeprefix("http_client_").encode(), b"string", value.encode("utf-8", "surrogateescape"))
        for name, value in options.items()
        if name.startswith(("http_client_", "ssl_client_"))
    ]
    try:
        settings = text_settings(given, base)
    except HttpSettingError as error:
        raise OxSettingError(str(error)) from None
    return replace(settings, request_absolute_timeout=budget_seconds(settings))


def _number(options: Mapping[str, str], name: str, default: int) -> int:
    """
    A whole number of 32 bits. What is none asks for the default, without a word.
    """
    text = options.get(name, "")
    return int(text) if re.fullmatch("[0-9]+", text, re.ASCII) and int(text) <= UINT32_MAX else default


def budget_seconds(settings: HttpSettings) -> float:
    """
    How long one notification may take, all its attempts together: the pauses between them are short.
    """
    if settings.request_absolute_timeout:
        return settings.request_absolute_timeout
    timeout_seconds = settings.write_request_timeout or settings.request_timeout
    attempts = max(settings.write_max_attempts or settings.max_attempts, 1)
    return min(attempts * (timeout_seconds + settings.connect_backoff_time), BUDGET_MAX_SECONDS)


def _tls(options: Mapping[str, str]) -> Tls:
    """
    Whom to trust: the system's authorities, or those of the file ``ca_file``, which Dovecot does not have.
    """
    ca_file = options.get("ca_file")
    if not ca_file:
        return Tls()
    tls = Tls(cafile=ca_file)
    try:
        tls_context(tls)
    except EndpointError as error:
        raise OxSettingError(f"Failed to read ca_file {ca_file}: {error.detail}") from None
    return tls
