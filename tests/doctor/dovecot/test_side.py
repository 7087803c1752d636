"""
What Dovecot's configuration says of its mail processes.
"""

from __future__ import annotations

import grp

import pytest

from luahost.doctor import Who
from luahost.doctor.dovecot.side import in_mail_processes

MAIL = Who("mail", 4_242_424, frozenset({4_242_425}))
STATIC = "userdb {\n  args = uid=mail gid=mail home=/var/mail/%u\n  driver = static\n}\n"
PASSWD = "userdb {\n  driver = passwd\n}\n"
PASSWD_24 = "userdb passwd {\n}\n"
PASSWD_FILE = "mail_gid = 7\nuserdb {\n  args = /etc/dovecot/users\n  driver = passwd-file\n}\n"


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        (STATIC, {grp.getgrnam("mail").gr_gid}),
        (PASSWD_FILE, {7}),
        ("", set()),
        (PASSWD, MAIL.groups),
        (PASSWD_24, MAIL.groups),
        (STATIC + "mail_access_groups = 11, 12\n", {grp.getgrnam("mail").gr_gid, 11, 12}),
        (PASSWD + "mail_access_groups = 11\n", {*MAIL.groups, 11}),
    ],
)
def test_groups_of_mail_processes(text: str, groups: set[int]) -> None:
    """
    They have the group of the userdb or of ``mail_gid``, and ``mail_access_groups``; those of ``/etc/group``
    where users are the system's.
    """
    assert in_mail_processes(MAIL, text) == Who(MAIL.name, MAIL.uid, frozenset(groups))
