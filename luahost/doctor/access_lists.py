"""
POSIX access control lists of files, as Linux keeps them: acl(5), and ``posix_acl_xattr.h`` of the kernel.
"""

from __future__ import annotations

import os
import struct

from luahost.dataclass import dataclass
from luahost.doctor.users import Who

ACCESS = "system.posix_acl_access"
DEFAULT = "system.posix_acl_default"
"""What is made in a folder begins with these rights, whatever the maker's umask."""

USER_OBJ, USER, GROUP_OBJ, GROUP, MASK, OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20

_HEADER = struct.Struct("<I")
_ENTRY = struct.Struct("<HHI")


@dataclass(frozen=True, slots=True)
class AccessList:
    """
    An access control list.

    Attributes:
        entries: For each: what kind of entry, the rights, and the user or group.
    """

    entries: tuple[tuple[int, int, int], ...]

    def allows(self, want: int, who: Who, found: os.stat_result) -> bool:
        """
        Whether somebody may do something: acl(5), "Access check algorithm".

        Args:
            want: The rights, as in a mode.

            who: Who wants to.

            found: Whose file it is.
        """
        if who.uid == found.st_uid:
            return want & ~self._of(USER_OBJ) == 0
        mask = self._of(MASK, 7)
        for kind, rights, number in self.entries:
            if kind == USER and number == who.uid:
                return want & ~(rights & mask) == 0
        groups = [
            rights & mask
            for kind, rights, number in self.entries
            if (kind == GROUP_OBJ and found.st_gid in who.groups) or (kind == GROUP and number in who.groups)
        ]
        if groups:
            return any(want & ~rights == 0 for rights in groups)
        return want & ~self._of(OTHER) == 0

    def names(self, want: int, who: Who) -> bool:
        """
        Whether an entry for this very user, or a group of theirs, gives them a right.
        """
        mask = self._of(MASK, 7)
        return any(
            want & ~(rights & mask) == 0
            for kind, rights, number in self.entries
            if (kind == USER and number == who.uid) or (kind == GROUP and number in who.groups)
        )

    def _of(self, kind: int, default: int = 0) -> int:
        return next((rights for one, rights, _ in self.entries if one == kind), default)


def access_list(path: str, kind: str = ACCESS) -> AccessList | None:
    """
    A file's list, or with ``DEFAULT`` what a folder gives to files in it; None if it has none.
    """
    try:
        raw = os.getxattr(path, kind)
    except OSError:
        return None
    whole = len(raw) - (len(raw) - _HEADER.size) % _ENTRY.size
    return AccessList(tuple(_ENTRY.iter_unpack(raw[_HEADER.size : whole])))
