"""
The push drivers, and what they are told. Each driver knows its own trade and none of the others.
"""

from luahost.drivers.context import DriverContext
from luahost.drivers.driver import Driver, Registration
from luahost.drivers.driver_list import DriverList
from luahost.drivers.entry import DriverEntry
from luahost.drivers.listing import entries
from luahost.drivers.records import Changed, Record, changes, records

__all__ = [
    "Changed",
    "Driver",
    "DriverContext",
    "DriverEntry",
    "DriverList",
    "Record",
    "Registration",
    "changes",
    "entries",
    "records",
]
