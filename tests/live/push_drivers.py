"""
Push drivers in ``dovecot.conf``, as either release has them. Tests name them in 2.3's words:
``lua:file=/push.lua``, ``dlog``, ``ox:url=http://…/ cache_lifetime=0 user_from_metadata``, and without
variables: a ``%`` is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_NAMES_2_4 = {
    "file": "lua_file",
    "url": "push_notification_ox_url",
    "cache_lifetime": "push_notification_ox_cache_ttl",
    "user_from_metadata": "push_notification_ox_user_from_metadata",
    "timeout_msecs": "http_client_request_timeout",
    "max_retries": "http_client_request_max_attempts",
}


def listed(drivers: Sequence[str]) -> str:
    """
    The settings of 2.3, in a block of their own.
    """
    settings = (
        f"  push_notification_driver{number if number > 1 else ''} = {driver.replace('%', '%%')}\n"
        for number, driver in enumerate(drivers, 1)
    )
    return "".join(["plugin {\n", *settings, "}\n"])


def named(drivers: Sequence[str]) -> str:
    """
    The blocks of 2.4, which has them in the order of this text.
    """
    return "".join(_block(f"driver_{number}", driver) for number, driver in enumerate(drivers, 1))


def _block(name: str, driver: str) -> str:
    kind, _, options = driver.partition(":")
    settings = (f"  {setting} = {value}\n" for setting, value in _settings(options.split()))
    return "".join([f"push_notification {name} {{\n  driver = {kind}\n", *settings, "}\n"])


def _settings(options: Sequence[str]) -> Iterator[tuple[str, str]]:
    for option in options:
        name, _, value = option.partition("=")
        if name == "timeout_msecs":
            value += " ms"
        elif name == "max_retries":
            value = str(int(value) + 1)
        yield _NAMES_2_4[name], value or "yes"
