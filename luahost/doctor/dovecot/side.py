"""
Which Dovecot there is, and all checks of it.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator

from luahost import patterns
from luahost.config import ConfigError, Configuration, read_configuration
from luahost.config.files import Disk
from luahost.config.serve_section import ServeSection
from luahost.dataclass import dataclass, replace
from luahost.doctor.check import Check, Subject
from luahost.doctor.dovecot.modules import module_checks
from luahost.doctor.dovecot.push import push_checks
from luahost.doctor.users import Who
from luahost.errors import UsageError

DOVECONF = "doveconf"
OUTPUT = "doveconf -n"
TIMEOUT_SECONDS = 20

MAIL_USER = "vmail"
"""What most call the user that all mail belongs to."""

_PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
_HEAD = patterns.compile(r"# (\d+\.\d+[^ ]*) \(")
_UID = patterns.compile(r"^\s*mail_uid = (\S+)$|^\s*args = (?:.* )?uid=(\w+)", re.MULTILINE)

_GID = patterns.compile(r"^\s*mail_gid = (\S+)$|^\s*args = (?:.* )?gid=(\w+)", re.MULTILINE)
_ACCESS_GROUPS = patterns.compile(r"^\s*mail_access_groups = (.+)$", re.MULTILINE)
_SYSTEM_USERS = patterns.compile(
    r"^userdb passwd \{|^userdb[^{\n]*\{[^}]*^\s*driver = passwd$|\bsystem_groups_user\b", re.MULTILINE
)
"""A userdb whose users bring the groups of the system along."""

_DOVECOT = Subject("dovecot")


@dataclass(frozen=True, slots=True)
class DovecotSide:
    """
    A Dovecot's configuration.

    Attributes:
        configuration: What it says.

        version: As the head of ``doveconf``'s output has it; None if nobody says.

        is_here: Whether this machine runs it, so that files that it names are here.

        mail: As whom its processes push; None if that is different for each user, or not said.
    """

    configuration: Configuration
    version: str | None
    is_here: bool
    mail: Who | None


class _Given(Disk):
    """
    The disk, with text at hand in the place of one file.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, path: str) -> bytes:
        return self._data if path == OUTPUT else super().read(path)


def installed_dovecot(mail: Who | None = None) -> DovecotSide | None:
    """
    The Dovecot of this machine; None if there is none.

    Raises:
        UsageError: Its configuration cannot be used, in doveconf's words.
    """
    program = shutil.which(DOVECONF, path=_PATH)
    if program is None:
        return None
    try:
        with subprocess.Popen(
            [program, "-n"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as asked:
            try:
                printed, complaints = asked.communicate(timeout=TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                asked.kill()
                raise UsageError(f"{OUTPUT} did not end within {TIMEOUT_SECONDS} s") from None
    except OSError as error:
        raise UsageError(f"{OUTPUT} cannot be run: {error.strerror}") from None
    if asked.returncode:
        words = complaints.decode("utf-8", "replace").strip().splitlines()
        raise UsageError(f"{OUTPUT}: {words[-1] if words else f'exit code {asked.returncode}'}")
    return _side(read_configuration(OUTPUT, _Given(printed)), printed, is_here=True, mail=mail)


def dovecot_of_file(file: str, mail: Who | None = None) -> DovecotSide:
    """
    A Dovecot by a file: its ``dovecot.conf``, or what ``doveconf -n`` has printed, here or elsewhere.

    Raises:
        ConfigError: It cannot be read.
    """
    configuration = read_configuration(file)
    with open(file, "rb") as opened:
        data = opened.read()
    is_here = shutil.which(DOVECONF, path=_PATH) is not None
    return _side(configuration, data, is_here=is_here, mail=mail)


def _side(configuration: Configuration, data: bytes, *, is_here: bool, mail: Who | None) -> DovecotSide:
    text = data.decode("utf-8", "replace")
    head = _HEAD.match(text)
    version = head[1] if head else None
    return DovecotSide(configuration, version, is_here, mail or (_mail_user(text) if is_here else None))


def _mail_user(text: str) -> Who | None:
    """
    As whom mail is kept: what the configuration says, or else ``vmail`` if there is such a user.
    """
    found = _UID.search(text)
    for name in filter(None, (found[1] or found[2] if found else "", MAIL_USER)):
        try:
            return in_mail_processes(Who.named(name), text)
        except UsageError:
            continue
    return None


def in_mail_processes(who: Who, text: str) -> Who:
    """
    A user with the groups that Dovecot's mail processes have. Those that ``/etc/group`` puts a virtual user
    into are not among them: Dovecot sets one group, and ``mail_access_groups``.

    Args:
        who: As whom they run.

        text: What ``doveconf`` printed.
    """
    groups = set(who.groups)
    if _SYSTEM_USERS.search(text) is None:
        given = _GID.search(text)
        groups = _numbers([given[1] or given[2]]) if given else set()
        with contextlib.suppress(KeyError):
            groups = groups or {pwd.getpwuid(who.uid).pw_gid}
    if more := _ACCESS_GROUPS.search(text):
        groups |= _numbers(more[1].replace(",", " ").split())
    return replace(who, groups=frozenset(groups))


def _numbers(groups: Iterable[str]) -> set[int]:
    """
    The numbers of groups that are there.
    """
    found = set()
    for name in groups:
        with contextlib.suppress(KeyError):
            found.add(int(name) if name.isdigit() else grp.getgrnam(name).gr_gid)
    return found


def dovecot_checks(
    side: DovecotSide, dialect: str | None, section: ServeSection | None = None
) -> Iterator[Check]:
    """
    Each check as it is done.

    Args:
        side: The Dovecot.

        dialect: What the scripts are run as, a key of ``luahost.DIALECTS``; None if nobody says.

        section: What is served: the server that it is to push through; None if there is none.
    """
    configuration = side.configuration
    try:
        settings = configuration.settings()
    except ConfigError as error:
        yield _DOVECOT.fail("configuration", str(error))
        return
    title = f"Dovecot {side.version}" if side.version else configuration.syntax
    yield _DOVECOT.ok(
        "version", f"{title}, by {configuration.file}; scripts written for it: dialect {settings.dialect}"
    )
    if dialect not in (None, "documented", settings.dialect):
        words = f"luahost.yaml says dialect {dialect}, and this is {title}"
        yield _DOVECOT.warn("dialect", words, f"dialect: {settings.dialect}, if the scripts come from there")
    for note in settings.notes:
        yield _DOVECOT.warn("note", str(note))
    mail = side.mail if side.is_here else None
    is_whole = side.version is not None
    yield from push_checks(configuration, mail, is_here=side.is_here, is_whole=is_whole, section=section)
    if side.is_here:
        yield from module_checks()
