"""
The Dovecots that tests start: the 2.3.19.1 of Debian 12, from the packages of this machine, and the 2.4.1 of
Debian 13, from a folder that has the root of one (``make dovecot-2.4``).

A server of that folder runs with it as its root, in a mount namespace of its own in which the test's folder
has the name that it has outside. For that one has to be root.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.live import push_drivers

SBIN = "/usr/sbin"

_IN_ROOT = """\
set -e
root=$0
folder=$1
shift
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
mkdir -p "$root$folder"
mount --bind "$folder" "$root$folder"
PATH=$PATH:/usr/sbin exec chroot "$root" "$@"
"""
"""What a shell does in a mount namespace of its own; nothing of it is left on the disk."""

_CONFIGURATION_2_3 = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
mail_uid = {owner.pw_uid}
mail_gid = {owner.pw_gid}
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = never
mail_plugins = {mail_plugins}
recipient_delimiter = +
lmtp_save_to_detail_mailbox = yes
lda_mailbox_autocreate = yes
{processes}
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid={owner.pw_uid} gid={owner.pw_gid} home={folder}/home/%u
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service lmtp {{
  user = {owner.pw_name}
  inet_listener lmtp {{
    port = {lmtp_port}
  }}
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
{more}
plugin {{
{plugin}
}}
"""

_CONFIGURATION_2_4 = """\
dovecot_config_version = 2.4.1
dovecot_storage_version = 2.4.1
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols {{
  imap = yes
  lmtp = yes
}}
listen = 127.0.0.1
ssl = no
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = ~/Maildir
mail_uid = {owner.pw_uid}
mail_gid = {owner.pw_gid}
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = never
mail_plugins = {mail_plugins}
recipient_delimiter = +
lmtp_save_to_detail_mailbox = yes
lda_mailbox_autocreate = yes
passdb static {{
  fields {{
    nopassword = yes
  }}
}}
userdb static {{
  fields {{
    uid = {owner.pw_uid}
    gid = {owner.pw_gid}
    home = {folder}/home/%{{user}}
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil {{
    mode = 0666
  }}
}}
service lmtp {{
  user = {owner.pw_name}
  inet_listener lmtp {{
    port = {lmtp_port}
  }}
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
{more}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """
    One of them.

    Attributes:
        dialect: Luahost's name for what it does.

        configuration: Its ``dovecot.conf``, for ``str.format``.

        drivers: Writes push drivers as it is configured with them.

        attributes: What gives each user a dictionary for METADATA.

        root: What is ``/`` for it; None for what that is for us.
    """

    dialect: str
    configuration: str
    drivers: Callable[[Sequence[str]], str]
    attributes: str
    root: Path | None = None

    def command(self, *command: str, folder: Path) -> list[str]:
        """
        What runs one of its programs, which has a folder under the name that it has here.

        Raises:
            FileNotFoundError: There is no such program.
        """
        if self.root is None:
            return [program(command[0]), *command[1:]]
        inside = [program("unshare"), "--mount", "sh", "-c", _IN_ROOT]
        return [*inside, str(self.root), str(folder), *command]


def program(name: str) -> str:
    """
    The path of a program, also where ``sbin`` is not looked at.

    Raises:
        FileNotFoundError: There is none.
    """
    path = shutil.which(name, path=os.environ.get("PATH", os.defpath) + os.pathsep + SBIN)
    if path is None:
        raise FileNotFoundError(f"no program {name}")
    return path


INSTALLED = Release(
    dialect="2.3",
    configuration=_CONFIGURATION_2_3,
    drivers=push_drivers.listed,
    attributes="mail_attribute_dict = file:%h/dovecot-attributes\n",
)
"""What Debian 12 has."""

ROOT_2_4 = os.environ.get("DOVECOT_2_4")
"""The folder of ``make dovecot-2.4``, which ``make test-dovecot-2.4`` and ``make fuzz-dovecot-2.4`` name."""

TESTED = (
    INSTALLED
    if ROOT_2_4 is None
    else Release(
        dialect="2.4",
        configuration=_CONFIGURATION_2_4,
        drivers=push_drivers.named,
        attributes="mail_attribute {\n  dict file {\n    path = %{home}/dovecot-attributes\n  }\n}\n",
        root=Path(ROOT_2_4),
    )
)
"""Which of them is asked, where a test can ask either."""
