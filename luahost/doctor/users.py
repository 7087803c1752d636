"""
Users of the system, as far as rights go.
"""

from __future__ import annotations

import contextlib
import os
import pwd

from luahost.dataclass import dataclass
from luahost.errors import UsageError


@dataclass(frozen=True, slots=True)
class Who:
    """
    A user of the system.

    Attributes:
        name: As people call it.

        uid: Its number.

        groups: The numbers of its groups.
    """

    name: str
    uid: int
    groups: frozenset[int]

    @classmethod
    def named(cls, name: str) -> Who:
        """
        The user of this name, or with this number.

        Raises:
            UsageError: There is none.
        """
        try:
            found = pwd.getpwuid(int(name)) if name.isdigit() else pwd.getpwnam(name)
        except (KeyError, OverflowError):
            raise UsageError(f"there is no user {name} on this machine") from None
        return cls(found.pw_name, found.pw_uid, frozenset(os.getgrouplist(found.pw_name, found.pw_gid)))

    @classmethod
    def numbered(cls, uid: int) -> Who:
        """
        The user of this number, who need not have a name.
        """
        with contextlib.suppress(KeyError):
            return cls.named(pwd.getpwuid(uid).pw_name)
        return cls(str(uid), uid, frozenset())

    @classmethod
    def myself(cls) -> Who:
        """
        Who asks.
        """
        uid = os.geteuid()
        groups = frozenset({os.getegid(), *os.getgroups()})
        return cls(cls.numbered(uid).name, uid, groups)


ANYBODY = Who("a user of this machine", 0xFFFF_FFFE, frozenset())
"""Somebody who owns nothing and is in no group: what such a one may do everybody may."""
