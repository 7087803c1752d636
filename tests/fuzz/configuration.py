"""
``make fuzz``: atheris looks for configurations that crash or hang the parsers, for ``T`` seconds or a minute.

Atheris sees which branches an input reaches and goes on from there. Its corpus stays in ``.fuzz/``. Anything
but a ``ConfigError`` is a finding, and so is an input that takes more than ten seconds; it is then kept as
``crash-…`` or ``timeout-…``, and ``make fuzz ARGS=crash-…`` does it again.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["luahost.config", "luahost.documents", "luahost.api"]):
    from luahost.config import ConfigError, check_plugins, read_configuration
    from luahost.config.files import UnreadableFileError
    from luahost.store import MailUser

CORPUS = Path(".fuzz/configuration")
SEEDS = Path(__file__).parent.parent / "config" / "doveconf-n-2.4.1.conf"
NAMES = ("dovecot.conf", "luahost.yaml")


class Shelf:
    """
    One input as several files: after a NUL NUL the next one begins.
    """

    def __init__(self, name: str, data: bytes) -> None:
        first, *others = data.split(b"\0\0")
        self._files = {name: first, **dict(zip(("a.conf", "b.conf"), others, strict=False))}

    def read(self, path: str) -> bytes:
        """
        A part of the input.
        """
        if path not in self._files:
            raise UnreadableFileError("No such file or directory", absent=True)
        return self._files[path]

    def matches(self, pattern: str) -> list[str]:
        """
        All parts that begin as the pattern does.
        """
        return [name for name in self._files if name.startswith(pattern.partition("*")[0])]

    def identity(self, path: str) -> str:
        """
        The path itself.
        """
        return path


def one_input(data: bytes) -> None:
    """
    Read it, and do all that is done with a configuration.
    """
    name = NAMES[data[0] % len(NAMES)] if data else NAMES[0]
    try:
        configuration = read_configuration(name, Shelf(name, data[1:]))
        for service in configuration.services():
            settings = configuration.settings(service)
            list(settings.shown())
            check_plugins(settings)
            settings.expanded(MailUser("bob")).drivers()
    except ConfigError:
        pass


def main() -> None:
    """
    Fuzz with libFuzzer's own options.
    """
    CORPUS.mkdir(parents=True, exist_ok=True)
    (CORPUS / "2.4").write_bytes(b"\0" + SEEDS.read_bytes())
    (CORPUS / "2.3").write_bytes(
        b"\0mail_plugins = $mail_plugins notify push_notification\nprotocol lmtp {\n  !include a.conf\n}\n"
        b'plugin {\n  push_notification_driver = lua:file=%h/x.lua a="b # c" # d\n  k = <b.conf\n}\n'
        b"\0\0mail_plugins = $mail_plugins mail_lua \\\n  push_notification_lua\n\0\0content"
    )
    (CORPUS / "yaml").write_bytes(
        b"\1plugin: {a: '%u'}\ndrivers:\n- {driver: lua, file: x, settings: {b: c}}\n- dlog\n"
    )
    atheris.Setup([*sys.argv, "-timeout=10", "-rss_limit_mb=2048", str(CORPUS)], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
