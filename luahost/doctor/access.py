"""
Who may do what with a file: a user's rights on every folder of its path, by the modes of each.

Asked for another user than the one who asks, so it cannot be tried; access control lists are not read, and
where one stands in the way the answer says that it does.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import stat
from dataclasses import dataclass

from luahost.errors import UsageError

READ, WRITE, ENTER = 4, 2, 1

_WORDS = {READ: "read", WRITE: "write", ENTER: "enter", WRITE | ENTER: "write"}
_ACL = "system.posix_acl_access"


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


def refusal(path: str, want: int, who: Who) -> str | None:
    """
    Why somebody may not do something with a file or folder; None if it may. What is not there is refused.

    Args:
        path: The file or folder.

        want: ``READ``, ``WRITE``, ``ENTER`` or several of them.

        who: Who wants to.
    """
    path = os.path.abspath(path)
    folder = "/"
    for name in path.strip("/").split("/")[:-1]:
        folder = os.path.join(folder, name)
        if words := _refused(folder, ENTER, who):
            return words
    return _refused(path, want, who)


def _refused(path: str, want: int, who: Who) -> str | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return f"{path} is not there"
    except OSError as error:
        return f"{path}: {error.strerror}"
    if who.uid == 0:
        return None
    if who.uid == found.st_uid:
        given = found.st_mode >> 6
    elif found.st_gid in who.groups:
        given = found.st_mode >> 3
    else:
        given = found.st_mode
    if want & ~given & 7 == 0:
        return None
    return f"{who.name} may not {_WORDS.get(want, 'use')} {path} ({mode_words(found)}){_acl(path)}"


def _acl(path: str) -> str:
    try:
        has = _ACL in os.listxattr(path)
    except OSError:
        return ""
    return ", unless its access control list says so" if has else ""


def mode_words(found: os.stat_result) -> str:
    """
    Owner, group and mode, as ``ls -l`` has them.
    """
    owner, group = str(found.st_uid), str(found.st_gid)
    with contextlib.suppress(KeyError):
        owner = pwd.getpwuid(found.st_uid).pw_name
    with contextlib.suppress(KeyError):
        group = grp.getgrgid(found.st_gid).gr_name
    return f"{stat.filemode(found.st_mode)} {owner} {group}"
