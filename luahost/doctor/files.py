"""
The files that a server works with: whether it may use them, and whether anybody may who should not.

They are looked at for the user that serves, who need not be the one that asks.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from luahost.config import Settings
from luahost.config.nats_place import Access
from luahost.config.secrets import HIDDEN
from luahost.config.serve_section import ServeSection
from luahost.doctor.access import ENTER, READ, WRITE, hidden, mode_words, refusal
from luahost.doctor.check import Check, Subject
from luahost.doctor.pickup import pickup_check
from luahost.doctor.users import ANYBODY, Who
from luahost.errors import InputError, SpoolError
from luahost.server.intake.tokens import read_tokens
from luahost.server.spool import SqliteControl

_FILES = Subject("files")


def serving_user(section: ServeSection) -> Who:
    """
    Who serves, as far as can be seen: whose spool it is, or whose folder it will be in; else who asks.
    """
    if section.nats is not None:
        return Who.myself()
    for path in (section.spool, os.path.dirname(section.spool) or "."):
        try:
            uid = os.stat(path).st_uid
        except OSError:
            continue
        # A folder of root's says nothing: the administrator makes folders.
        if uid != 0:
            return Who.numbered(uid)
    return Who.myself()


def file_checks(section: ServeSection, server: Who, mail: Who | None) -> Iterator[Check]:
    """
    Each check as it is done.

    Args:
        section: What is served.

        server: Who serves.

        mail: As whom Dovecot's processes run that push; None if nobody knows.
    """
    if section.nats is None:
        spool = _kept("spool", section.spool, server)
        yield _opened(section.spool) or spool if spool.state != "fail" else spool
    else:
        yield from _way_in(section.nats.access, server)
    if section.metadata is not None:
        yield _kept("metadata", section.metadata, server)
    if section.pickup is not None:
        yield pickup_check(section.pickup, server, mail)
    for name in ("token_file", "metrics_token_file"):
        if (path := getattr(section, name)) is not None:
            yield _tokens(name, path, server)
    if section.signature is not None:
        yield _secret("signature", section.signature.secret_file, server)
    if section.log_file is not None:
        yield _log(section.log_file, server)
    if section.tls is not None:
        key = section.tls.key or section.tls.certificate
        yield _secret("tls key", key, server)
    if section.listen is not None and section.listen.path is not None:
        yield _socket(section.listen.path, server, mail)


def _way_in(access: Access, server: Who) -> Iterator[Check]:
    """
    The files with which the server logs in to a cluster.
    """
    for name in ("creds", "nkey", "password_file", "token_file"):
        if (path := getattr(access, name)) is not None:
            yield _secret(f"cluster {name}", path, server)
    if (key := access.key or access.certificate) is not None:
        yield _secret("cluster key", key, server)
    for name, path in (("ca", access.ca), ("certificate", access.certificate if access.key else None)):
        if path is not None and (words := refusal(path, READ, server)):
            yield _FILES.fail(f"cluster {name}", words, f"chgrp it to a group of {server.name}'s")


def configuration_check(settings: Settings, server: Who) -> Check | None:
    """
    Whether the server can read its configuration, and nobody else what is secret in it; None if nothing is to
    be said.
    """
    file = settings.file
    if words := refusal(file, READ, server):
        return _FILES.fail("configuration", words, f"chgrp it to a group of {server.name}'s, and chmod 0640")
    hidden = [name for name, value, _ in settings.shown() if HIDDEN in value]
    if hidden and refusal(file, READ, ANYBODY) is None:
        words = f"{file} is for everybody, and has secrets in it: {', '.join(hidden)}"
        return _FILES.warn("configuration", words, f"chgrp it to a group of {server.name}'s, and chmod 0640")
    return None


def _kept(name: str, path: str, server: Who) -> Check:
    """
    A database: its folder is the server's to write, as SQLite makes files beside it, and it is nobody else's.
    """
    folder = os.path.dirname(path) or "."
    if hidden(path):
        return _FILES.warn(name, f"you may not look into {folder}", "ask as root or as the server's user")
    if not os.path.isdir(folder):
        return _FILES.fail(
            name,
            f"there is no folder {folder}",
            f"install -d -o {server.name} -m 0700 {os.path.abspath(folder)}",
        )
    if words := refusal(folder, WRITE | ENTER, server):
        return _FILES.fail(name, words, f"chown {server.name} {os.path.abspath(folder)}")
    if not os.path.exists(path):
        return _FILES.ok(name, f"{path} will be made by {server.name}")
    if words := refusal(path, READ | WRITE, server):
        return _FILES.fail(name, words, f"chown {server.name} {path}*")
    found = os.stat(path)
    if found.st_uid != server.uid:
        return _FILES.warn(
            name,
            f"{path} is not {server.name}'s ({mode_words(found)})",
            f"chown {server.name} {path}*",
        )
    if found.st_mode & (stat.S_IROTH | stat.S_IWOTH):
        return _FILES.warn(
            name,
            f"{path} has mail's subjects in it and is for everybody ({mode_words(found)})",
            f"chmod o= {path}*",
        )
    return _FILES.ok(name, f"{path}, {server.name}'s")


def _opened(path: str) -> Check | None:
    """
    What is wrong inside of a spool; None if nothing is, or we may not look, or there is none yet.
    """
    if not os.access(path, os.R_OK | os.W_OK) or os.path.getsize(path) == 0:
        return None
    try:
        with SqliteControl(path) as control:
            control.status()
    except (InputError, SpoolError) as error:
        return _FILES.fail("spool", str(error))
    return None


def _tokens(name: str, path: str, server: Who) -> Check:
    checked = _secret(name, path, server)
    if checked.state == "fail":
        return checked
    try:
        read_tokens(path)
    except InputError as error:
        return _FILES.fail(name, str(error))
    return checked


def _log(path: str, server: Who) -> Check:
    """
    A file that is written, and made anew when logrotate has moved it away.
    """
    folder = os.path.dirname(path) or "."
    words = refusal(folder, WRITE | ENTER, server)
    if os.path.exists(path):
        if (refused := refusal(path, WRITE, server)) is not None:
            return _FILES.fail("log_file", refused, f"chown {server.name} {path}")
        if words is not None:
            return _FILES.warn(
                "log_file", words, "a new file cannot be made there: let logrotate `create` it"
            )
    elif words is not None:
        return _FILES.fail("log_file", words, f"chown {server.name} {os.path.abspath(folder)}")
    return _FILES.ok("log_file", path)


def _secret(name: str, path: str, server: Who) -> Check:
    """
    A file that the server reads, and that nobody else's business is.
    """
    if words := refusal(path, READ, server):
        return _FILES.fail(name, words, f"chgrp to a group of {server.name}'s, and chmod 0640")
    found = os.stat(path)
    if found.st_mode & (stat.S_IROTH | stat.S_IWOTH):
        return _FILES.fail(
            name,
            f"{path} is secret, and everybody on this machine may use it ({mode_words(found)})",
            f"chmod o= {path}",
        )
    return _FILES.ok(name, path)


def _socket(path: str, server: Who, mail: Who | None) -> Check:
    folder = os.path.dirname(path) or "."
    if words := refusal(folder, WRITE | ENTER, server):
        # systemd makes the socket itself where it passes it on.
        return _FILES.warn(
            "socket", words, "fine if systemd makes the socket; else make the folder the server's"
        )
    if mail is None:
        return _FILES.ok("socket", f"{path}; --mail-user says who is to reach it")
    where, want = (path, WRITE) if os.path.exists(path) else (folder, ENTER)
    if words := refusal(where, want, mail):
        return _FILES.fail(
            "socket",
            words,
            f"the socket has mode 0660 and the server's group: have the folder give it one of {mail.name}'s "
            f"(chgrp, chmod g+s {os.path.abspath(folder)}), systemd's SocketGroup= if it makes it, or let "
            "mail processes into the server's by mail_access_groups of Dovecot",
        )
    return _FILES.ok("socket", f"{path}, within reach of {mail.name}")
