"""
The hosts that a configuration names: those in the URLs of its settings and of its drivers' options.

A server sends to these and no others unless it is told otherwise, so that a script that is taken over cannot
reach whatever the server can.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost import patterns
from luahost.config.settings import Settings
from luahost.egress_policy import EgressPolicy
from luahost.errors import EndpointError, UsageError
from luahost.exchange import Place

_URL = patterns.compile(r"https?://[^\s\"'<>]+")


def named_hosts(settings: Settings) -> tuple[str, ...]:
    """
    Each ``host:port``, in the order of the settings, whose variables have been replaced.
    """
    return tuple(dict.fromkeys(host for text in _texts(settings) for host in _hosts_in(text)))


def _texts(settings: Settings) -> Iterator[str]:
    yield from settings.script_settings().values()
    for entry in settings.drivers():
        yield from entry.options.values()
        yield from (entry.lua_settings or {}).values()


def _hosts_in(text: str) -> Iterator[str]:
    for url in _URL.findall(text):
        try:
            named = Place.of(url).peer()
            EgressPolicy(hosts=(named,))
        except (EndpointError, UsageError):
            # What is no host cannot be sent to, either.
            continue
        yield named
