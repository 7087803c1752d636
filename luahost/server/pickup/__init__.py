"""
The way in for files: what a shim could not bring by HTTP it has written into a directory, and the server
takes it from there.

``directory.py`` knows what files there are and what becomes of them, ``pickup.py`` puts them into the spool.
"""

from luahost.server.pickup.directory import Directory
from luahost.server.pickup.pickup import Pickup

__all__ = ["Directory", "Pickup"]
