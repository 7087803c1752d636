"""
Who may do what with a file: a user's rights on every folder of its path, by the modes and access control
lists of each.

It is asked for another user than the one who asks, so it cannot be tried.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import stat

from luahost.doctor.access_lists import access_list
from luahost.doctor.users import Who

READ, WRITE, ENTER = 4, 2, 1

_WORDS = {READ: "read", WRITE: "write", ENTER: "enter", WRITE | ENTER: "write"}


def hidden(path: str) -> bool:
    """
    Whether who asks cannot even see whether something is there: its folder is somebody else's.
    """
    try:
        os.stat(path)
    except PermissionError:
        return True
    except OSError:
        return False
    return False


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
    acl = access_list(path)
    if allowed(want, who, found) if acl is None else acl.allows(want, who, found):
        return None
    more = ", and its access control list" if acl is not None else ""
    return f"{who.name} may not {_WORDS.get(want, 'use')} {path} ({mode_words(found)}{more})"


def allowed(want: int, who: Who, found: os.stat_result) -> bool:
    """
    Whether a mode allows something: as the owner, in the group, or as all others, whichever comes first.
    """
    if who.uid == found.st_uid:
        given = found.st_mode >> 6
    elif found.st_gid in who.groups:
        given = found.st_mode >> 3
    else:
        given = found.st_mode
    return want & ~given & 7 == 0


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
