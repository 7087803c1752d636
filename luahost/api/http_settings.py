"""
The settings that a script gives ``dovecot.http.client``: what is taken, and what is refused in which words.

Until 2.3 they are Lua values of their own types under names of Dovecot's C code, and what Dovecot does
not know it does not see. In 2.4 they are the server's ``http_client_*`` settings as text, and parsed like
a configuration file. Which of the two tables holds, and the rules that go with it, is a dialect's switch.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from itertools import chain
from operator import length_hint

from luahost.api.http_options import NATIVE, TEXT, HttpSettings, Option
from luahost.api.http_url import UrlError, parse_url
from luahost.api.time_interval import milliseconds
from luahost.dataclass import replace
from luahost.dialects import Dialect
from luahost.events import UINT32_MAX
from luahost.runtime import Plain, text

Given = tuple[bytes, bytes, Plain]
"""A setting as the script gives it: name, Lua type, and value if that is plain."""


class HttpSettingError(ValueError):
    """
    What is wrong with a setting, in Dovecot's words.
    """


WITHOUT_LIMIT = frozenset({"infinite", "unlimited"})

UINT64_MAX = 2**64 - 1


def read_settings(given: Sequence[Given], dialect: Dialect) -> HttpSettings:
    """
    The settings that a script gives.

    Raises:
        HttpSettingError: A name or value that Dovecot refuses.
    """
    native, length = dialect.http_settings == "native", sum(map(length_hint, chain.from_iterable(given)))
    return (_remembered if length <= LONGEST_KEPT else _settings)(tuple(given), native)


LONGEST_KEPT = 1000
"""Bytes of settings that are read once: sessions of one script give the same ones each time."""


def _settings(given: tuple[Given, ...], native: bool) -> HttpSettings:
    if native:
        return _native(given)
    settings = text_settings(given)
    if settings.tls.files:
        settings = replace(settings, tls=replace(settings.tls, chosen_by_script=True))
    return settings


_remembered = functools.lru_cache(maxsize=32)(_settings)


def _native(given: Sequence[Given]) -> HttpSettings:
    values = {text(name): (text(lua_type), value) for name, lua_type, value in given}
    found: dict[str, object] = {}
    for option in NATIVE:
        if option.name not in values:
            continue
        lua_type, value = values[option.name]
        taken = _native_value(option, lua_type, value)
        # 0 asks for the default.
        if option.target is not None and (taken or option.kind == "boolean"):
            found[option.target] = not taken if option.reverse else taken
    return HttpSettings(**found)  # type: ignore[arg-type]  # the table has each target's kind


def _native_value(option: Option, lua_type: str, value: Plain) -> object:
    if option.kind == "boolean":
        if lua_type != "boolean":
            raise HttpSettingError(f"{option.name}: boolean expected")
        return value
    if option.kind == "url":
        if not isinstance(value, bytes):
            return ""
        try:
            parse_url(c_text(value))
        except UrlError as error:
            raise HttpSettingError(f"{option.name} is invalid: {error}") from None
        return c_text(value)
    if option.kind == "string":
        if not isinstance(value, bytes):
            raise HttpSettingError(f"{option.name}: string expected")
        return c_text(value)
    if (
        lua_type != "number"
        or not isinstance(value, int | float)
        or not 0 <= value <= UINT32_MAX
        or value % 1 != 0
    ):
        raise HttpSettingError(f"{option.name}: non-negative number expected")
    return value / 1000 if option.kind == "milliseconds" else int(value)


def text_settings(given: Sequence[Given], defaults: HttpSettings | None = None) -> HttpSettings:
    """
    The server's ``http_client_*`` settings without that in front, and its TLS settings for clients, as text.

    Args:
        given: The settings.

        defaults: What holds where none is given; None for Dovecot's own.

    Raises:
        HttpSettingError: A name or value that Dovecot refuses.
    """
    base = defaults or HttpSettings()
    options = {option.name: option for option in TEXT}
    found: dict[str, object] = {}
    tls: dict[str, object] = {}
    texts: dict[str, str] = {}
    for name, _, value in given:
        option = options.get(text(name))
        if option is None:
            raise HttpSettingError(f"{c_text(name)} is unknown setting")
        words = c_text(value) if isinstance(value, bytes) else ""
        texts[option.name] = words
        if option.target is not None:
            into = tls if option.name.startswith("ssl_") else found
            into[option.target] = _parsed(option, words)
        else:
            _parsed(option, words)
    settings = replace(base, **found, tls=replace(base.tls, **tls))  # type: ignore[arg-type]  # as above
    if (wrong := _wrong_together(settings, texts)) is not None:
        raise HttpSettingError(f"http_client settings: Invalid settings: {wrong}")
    return settings


def _wrong_together(settings: HttpSettings, texts: dict[str, str]) -> str | None:
    """
    What 2.4 says of settings that are well-formed, the first of it; None if nothing.
    """
    if settings.proxy_url:
        try:
            parse_url(settings.proxy_url, shows_character=True)
        except UrlError as error:
            return f"Invalid http_client_proxy_url: {error}"
    if _count(texts.get("request_max_attempts", "1")) == 0:
        return "request_max_attempts must not be 0"
    for name in ("max_pipelined_requests", "max_parallel_connections"):
        if _count(texts.get(name, "1")) == 0:
            return f"http_client_{name} must not be 0"
    if settings.connect_backoff_time == 0:
        return "http_client_connect_backoff_time_msecs must not be 0"
    shortest, longest = (
        round(1000 * each) for each in (settings.connect_backoff_time, settings.connect_backoff_max_time)
    )
    if longest < shortest:
        # The two numbers stand in each other's place.
        return (
            f"http_client_connect_backoff_time_msecs ({longest}) must not be smaller than "
            f"http_client_connect_backoff_max_time_msecs ({shortest})"
        )
    if "request_timeout" in texts and settings.request_timeout == 0:
        return "http_client_request_timeout_msecs must not be 0"
    return None


def _parsed(option: Option, value: str) -> object:
    """
    A value as 2.4 parses it from its text.
    """
    try:
        if option.kind == "boolean":
            return _boolean(value)
        if option.kind == "time":
            return _time(value)
        if option.kind == "count":
            return _count(value)
        if option.kind == "size":
            return _size(value)
    except ValueError as error:
        name = option.name if option.name.startswith("ssl_") else f"http_client_{option.name}"
        raise HttpSettingError(
            "http_client settings: Failed to parse configuration: "
            f"Failed to override configuration from hardcoded: Invalid {name}={value}: {error}"
        ) from None
    return (value or None) if option.kind == "tls" else value


def _boolean(value: str) -> bool:
    if value.lower() in ("yes", "y", "1"):
        return True
    if value.lower() == "no":
        return False
    raise ValueError(f"Invalid boolean value: {value} (use yes or no)")


def _count(value: str) -> int:
    if value in WITHOUT_LIMIT:
        return UINT32_MAX
    if value.startswith("-") and value[1:].isdigit():
        raise ValueError(f"Invalid number {value}: Number too small")
    if not value.isascii() or not value.isdigit():
        raise ValueError(f"Invalid number {value}: Not a valid number")
    if int(value) > UINT32_MAX:
        raise ValueError(f"Invalid number {value}: Number too large")
    return int(value)


def _size(value: str) -> int:
    match = re.fullmatch("(?i)([0-9]+) *(?:b|([kmgt])(?:i?b?)?)?", value)
    if value in WITHOUT_LIMIT:
        return UINT64_MAX
    if match is None or int(match[1]) > UINT64_MAX:
        raise ValueError(f"Invalid size: {value}")
    size = int(match[1]) << 10 * (" kmgt".index((match[2] or " ").lower()))
    if size > UINT64_MAX:
        raise ValueError(f"Size is too large: {value}")
    return size


def _time(value: str) -> float:
    return (UINT32_MAX if value in WITHOUT_LIMIT else milliseconds(value)) / 1000


def c_text(value: bytes) -> str:
    """
    Lua's bytes up to the first NUL, which is all that Dovecot sees of them.
    """
    return text(value.partition(b"\0")[0])
