"""
The list of drivers in the settings of 2.3's ``plugin { }``.

::

    push_notification_driver = lua:file=/etc/dovecot/push.lua
    push_notification_driver2 = dlog

Found by asking Dovecot 2.3.19.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count

from luahost.dialects import Dialect
from luahost.drivers.entry import DriverEntry

SERIES = "push_notification_driver"
OLD_SERIES = "push_notification_backend"


def entries(settings: Mapping[str, str], dialect: Dialect) -> list[DriverEntry]:
    """
    The entries, those of the old series last.

    The names are counted on from the second, ``push_notification_driver``, ``…driver2``, ``…driver3``, up to
    the first that is not set. An empty one ends the list too, but by the documents it is only left out.

    Args:
        settings: Plugin settings, with their variables expanded.

        dialect: Whose rules.
    """
    return [
        *_series(SERIES, settings, dialect, old=False),
        *_series(OLD_SERIES, settings, dialect, old=True),
    ]


def entry(setting: str, value: str, *, old_series: bool = False) -> DriverEntry:
    """
    One entry: ``DRIVER``, or ``DRIVER:OPTIONS`` with blanks between options. An option is ``key=value``, or
    ``key`` alone; of two with one key the later counts.
    """
    name, colon, text = value.partition(":")
    options = dict(option.partition("=")[::2] for option in text.split(" ") if option)
    return DriverEntry(
        name=name, options=options, setting=setting, text=text if colon else None, old_series=old_series
    )


def _series(base: str, settings: Mapping[str, str], dialect: Dialect, *, old: bool) -> Iterator[DriverEntry]:
    for number in count(1):
        setting = base if number == 1 else f"{base}{number}"
        value = settings.get(setting)
        if value is None or (not value and dialect.empty_driver_ends_list):
            return
        if value:
            yield entry(setting, value, old_series=old)
