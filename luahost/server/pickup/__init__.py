"""
The way in for files: what a shim could not bring by HTTP it has written into a directory, and the server
takes it from there.

``directory.py`` knows what files there are and what becomes of them, ``growing.py`` follows those that grow,
``taking.py`` puts what is there into the spool, and ``pickup.py`` is the thread in which that happens.
"""

from luahost.server.pickup.directory import Directory
from luahost.server.pickup.pickup import Pickup

__all__ = ["Directory", "Pickup"]
