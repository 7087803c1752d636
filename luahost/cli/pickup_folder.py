"""
The folder in which mail processes leave what the server does not take: made for them, where it is not there.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from luahost.errors import UsageError
from luahost.folders import make_folders

if TYPE_CHECKING:
    from luahost.doctor import Who

PICKUP = "/var/spool/luahost"
"""Where it is unless told otherwise."""

FOR_ALL = 0o1733
"""Everybody may put files there, and nobody but the owner may see or remove those of others."""

FOR_ONE = 0o700


def make_pickup(path: str) -> str | None:
    """
    Make the folder; answers for whom, in words. None if it is there already.

    It is for the user that this machine's Dovecot keeps mail as; where that is another one for each user, it
    is for everybody.

    Raises:
        UsageError: It cannot be made.
    """
    if os.path.isdir(path):
        return None
    from luahost.doctor.dovecot import installed_dovecot

    owner: Who | None = None
    try:
        side = installed_dovecot()
        owner = side.mail if side is not None else None
    except UsageError:
        # Its configuration is bad, which is for Dovecot to say; who keeps mail is not known then.
        owner = None
    theirs = owner is not None and os.geteuid() in (0, owner.uid)
    try:
        make_folders(path)
        os.chmod(path, FOR_ONE if theirs else FOR_ALL)
        if owner is not None and os.geteuid() == 0:
            os.chown(path, owner.uid, -1)
    except OSError as error:
        raise UsageError(f"cannot make {path}: {error.strerror}") from None
    return f"for {owner.name}" if owner is not None and theirs else "for the users of this machine"
