"""
The folder from which the server takes what Dovecot's shim leaves there: mail processes make files, which are
theirs alone, and the server has to read and remove them.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time

from luahost.doctor.access import ENTER, READ, WRITE, hidden, refusal
from luahost.doctor.access_lists import DEFAULT, access_list
from luahost.doctor.check import Check, Subject
from luahost.doctor.users import ANYBODY, Who

NAME = "pickup"

MANY_FILES = 1000
"""More of them than a server takes in a second or two."""

ENDINGS = (".json", ".jsonl", ".lines")

FORGOTTEN_SECONDS = 600.0
"""A server that runs takes files long before."""

GUARDS = ("protected_symlinks", "protected_hardlinks", "protected_fifos", "protected_regular")
"""What keeps users of a shared folder from having each other's processes write elsewhere, or into a file that
they can read (proc_sys_fs(5))."""

_FILES = Subject("files")


def pickup_check(path: str, server: Who, mail: Who | None, *, system: str = "/proc/sys/fs") -> Check:
    """
    Whether both sides can use it.

    Args:
        path: The folder.

        server: Who serves.

        mail: As whom mail processes run; None if that is different for each user, or nobody knows.

        system: Where the kernel tells of its settings for files.
    """
    place, makers = os.path.abspath(path), mail or ANYBODY
    if hidden(path):
        return _FILES.warn(NAME, f"you may not look at {path}", "ask as root or as the server's user")
    if not os.path.isdir(path):
        return _FILES.fail(NAME, f"there is no folder {path}", "luahost shim --install makes it")
    keeps = _lets_nobody_remove_others(path, server, mail)
    # -R: what lies there already has only the rights that it was made with.
    lists = f"setfacl -R -m u:{server.name}:rwX,d:u:{server.name}:rwX {place}"
    if keeps:
        lists = f"chown {server.name} {place} && {lists}"
    if refused := refusal(path, READ | WRITE | ENTER, server):
        return _FILES.fail(NAME, refused, lists)
    if refused := refusal(path, WRITE | ENTER, makers):
        advice = (
            f"chown {makers.name} {place}"
            if mail
            else f"chmod 1733 {place}, or --mail-user says who they are"
        )
        return (_FILES.fail if mail else _FILES.warn)(NAME, refused, advice)
    if not _reads_what_others_make(path, server, mail):
        words = (
            f"{server.name} may not read what {makers.name} leaves in {path}: files are their maker's alone"
        )
        return _FILES.fail(NAME, words, f"{lists}; or serve as that user")
    if keeps:
        words = f"{server.name} may not remove what {makers.name} leaves in {path}: it is sticky"
        return _FILES.fail(NAME, words, lists)
    try:
        names = os.listdir(path)
    except OSError:
        # It is another one's, who asks may not look.
        names = []
    if shut := sum(_is_shut(os.path.join(path, name), server) for name in names):
        words = f"{server.name} may not read {shut} of the files in {path}, which nobody takes as long"
        return _FILES.fail(NAME, words, lists)
    waiting = [name for name in names if name.endswith(ENDINGS[:2])]
    bad = [name for name in names if name.endswith(".bad")]
    if bad:
        words = f"{len(bad)} of the files in {path} could not be taken (.bad)"
        return _FILES.warn(NAME, words, "the server's log says why; remove them when you have seen to it")
    if len(waiting) > MANY_FILES:
        words = f"{len(waiting)} files wait in {path}"
        return _FILES.warn(NAME, words, "is the server running? luahost status")
    if forgotten := sum(_age(os.path.join(path, name)) > FORGOTTEN_SECONDS for name in names):
        words = f"{forgotten} files have waited in {path} for more than {FORGOTTEN_SECONDS / 60:.0f} minutes"
        return _FILES.warn(NAME, words, "is the server running? luahost status")
    if mail is None and (unguarded := _unguarded(path, system)):
        advice = f"chmod +t {place} && sysctl -w " + " ".join(f"fs.{name}=1" for name in GUARDS)
        return _FILES.warn(NAME, unguarded, advice)
    return _FILES.ok(NAME, f"{path}, {len(waiting)} files wait" if waiting else path)


def _is_shut(path: str, server: Who) -> bool:
    """
    Whether the server may not read a file that it is to take, such as one that was left before the folder's
    list let the server in.
    """
    wanted = path.endswith(ENDINGS) and not os.path.basename(path).startswith(".")
    # It may just have been taken.
    return wanted and refusal(path, READ, server) is not None and os.path.exists(path)


def _age(path: str) -> float:
    """
    For how many seconds a file that the server is to take has not changed; 0 for any other.
    """
    try:
        return time.time() - os.stat(path).st_mtime if path.endswith(ENDINGS) else 0.0
    except OSError:
        # It has just been taken, or who asks may not look.
        return 0.0


def _unguarded(path: str, system: str) -> str | None:
    """
    Why one user could have another's mail processes write to a file elsewhere or of the user's own, as names
    of files that grow are known to all; None if nobody can.
    """
    mode = os.stat(path).st_mode
    if not mode & stat.S_IWOTH:
        return None
    if not mode & stat.S_ISVTX:
        return f"everybody may put links and files into {path}, which mail processes then follow"
    for name in GUARDS:
        with contextlib.suppress(OSError), open(os.path.join(system, name), encoding="ascii") as file:
            if file.read().strip() == "0":
                return f"everybody may put links and files into {path}, and fs.{name} is 0"
    return None


def _lets_nobody_remove_others(path: str, server: Who, mail: Who | None) -> bool:
    """
    Whether the server could not remove what mail processes leave: from a folder with the sticky bit a file is
    removed by its owner, by the folder's, or by root, whatever an access control list says.
    """
    found = os.stat(path)
    allowed = {0, found.st_uid} | ({mail.uid} if mail is not None else set())
    return bool(found.st_mode & stat.S_ISVTX) and server.uid not in allowed


def _reads_what_others_make(path: str, server: Who, mail: Who | None) -> bool:
    """
    Whether a file that mail processes make there can be read. Its mode lets its owner only, unless the folder
    gives the server a right to each file in it.
    """
    if server.uid == 0 or (mail is not None and mail.uid == server.uid):
        return True
    given = access_list(path, DEFAULT)
    # As a file of somebody else's, in a group of somebody else's.
    return given is not None and given.names(READ, server)
