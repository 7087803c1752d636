"""
One configuration, from its first file on: which syntax it is in, and the settings for each service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from luahost import patterns
from luahost.config.files import Disk, Files, UnreadableFileError
from luahost.config.from_2_3 import settings_2_3
from luahost.config.from_2_4 import settings_2_4
from luahost.config.lines import Line, LineReader
from luahost.config.origin import ConfigError, Note, Origin
from luahost.config.plugins import push_of
from luahost.config.quoting import unquoted
from luahost.config.settings import Settings, Syntax
from luahost.config.statements import Setting, Statement, key_and_rest, statements
from luahost.config.syntax_2_3 import Configuration23
from luahost.config.syntax_2_4 import Configuration24

if TYPE_CHECKING:
    from luahost.config.serve_section import ServeSection

VERSION = "dovecot_config_version"

DEFAULT_SERVICE = "lmtp"

SERVICES = ("lmtp", "lda", "imap", "doveadm")
"""The services of Dovecot that have push notifications."""

BLOCKS_OF_2_4 = ("push_notification", "lua_settings", "mail_plugins")

_VERSION = patterns.compile(r"2\.([0-9]{1,3})\.[0-9]{1,3}")


class Configuration:
    """
    A configuration that has been read; made by :func:`read_configuration`.

    Attributes:
        file: Its first file, as the operator gave it.

        syntax: What it is written in.

        serve: What ``luahost.yaml`` says about serving, None if it says nothing of that.
    """

    def __init__(
        self,
        file: str,
        syntax: Syntax,
        settings: Callable[[str | None], Settings],
        protocols: Sequence[str],
        serve: ServeSection | None = None,
    ) -> None:
        self.file = file
        self.syntax = syntax
        self.serve = serve
        self._read = settings
        self._settings: dict[str | None, Settings] = {}
        self._protocols = protocols

    def settings(self, service: str | None = None) -> Settings:
        """
        What it says for a service, variables as they are written; None: for LMTP, or what the YAML names.

        Raises:
            ConfigError: Something in it cannot be.
        """
        if service not in self._settings:
            self._settings[service] = self._read(service)
        return self._settings[service]

    def services(self) -> list[str]:
        """
        The services that have push notifications, and all others that have a ``protocol`` block.
        """
        return list(dict.fromkeys([*SERVICES, *self._protocols]))

    def services_with_push(self) -> list[str]:
        """
        The services for which push is on.
        """
        return [service for service in self.services() if push_of(self.settings(service)).on]


def read_configuration(file: str, files: Files | None = None) -> Configuration:
    """
    Read a configuration: ``dovecot.conf`` of 2.3 or 2.4, the output of ``doveconf -n``, or ``luahost.yaml``.

    A file is YAML if its name ends in ``.yaml`` or ``.yml``. Otherwise it is 2.4 if its first setting is
    ``dovecot_config_version``, or if it has a block such as ``push_notification NAME { }`` and no
    ``plugin { }``; else 2.3.

    Args:
        file: The first file's path.

        files: Where files are; the disk if None.

    Raises:
        ConfigError: A file cannot be read or is malformed; with its line.
    """
    files = files or Disk()
    if file.lower().endswith((".yaml", ".yml")):
        return _configuration_yaml(file, files)
    reader = LineReader(files)
    found = list(reader.lines(file))
    if found and key_and_rest(found[0].text)[0] == VERSION:
        return _configuration_2_4(file, found, reader, files)
    blocks = [line for line in found if is_block_of_2_4(line)]
    if blocks and not any(is_plugin_block(line) for line in found):
        words = f"this is Dovecot 2.4's syntax; a whole configuration begins with {VERSION} = 2.4.1"
        reader.notes.append(Note(blocks[0].origin, words))
        return _configuration_2_4(file, found, reader, files)
    old = Configuration23(statements(found), files)
    notes = [*reader.notes, *old.notes]
    return Configuration(
        file,
        "Dovecot 2.3",
        lambda service: settings_2_3(old, file=file, service=service or DEFAULT_SERVICE, notes=notes),
        old.protocols(),
    )


def _configuration_yaml(file: str, files: Files) -> Configuration:
    # PyYAML is loaded for YAML only.
    from luahost.config.from_yaml import read_yaml

    try:
        data = files.read(file)
    except UnreadableFileError as error:
        raise ConfigError("no such file" if error.absent else f"cannot be read: {error}", file=file) from None
    found = read_yaml(data, file=file)
    plugins = found.mail_plugins[1] if found.mail_plugins is not None else {}
    protocols = [name for name in plugins if name]
    return Configuration(file, "luahost.yaml", found.settings, protocols, found.serve)


def _configuration_2_4(file: str, lines: Sequence[Line], reader: LineReader, files: Files) -> Configuration:
    new = Configuration24(without_version(statements(lines, quoted_keys=True)), files)
    notes = [*reader.notes, *new.notes]
    return Configuration(
        file,
        "Dovecot 2.4",
        lambda service: settings_2_4(new, file=file, service=service or DEFAULT_SERVICE, notes=notes),
        new.protocols(),
    )


def without_version(found: Iterable[Statement]) -> Iterator[Statement]:
    """
    The statements but those that set ``dovecot_config_version``.

    Raises:
        ConfigError: It comes late, changes, or is no version with this syntax.
    """
    version: str | None = None
    for number, statement in enumerate(found):
        if not isinstance(statement, Setting) or statement.key != VERSION:
            yield statement
            continue
        written = unquoted(statement.written) or statement.written
        check_version(written, statement.origin)
        if version is None and number:
            raise statement.origin.error(f"The first setting must be {VERSION}")
        if version not in (None, written):
            raise statement.origin.error(f"{VERSION} value can't be changed once set")
        version = written


def check_version(written: str, origin: Origin) -> None:
    """
    Refuse versions that do not have this syntax.
    """
    found = _VERSION.fullmatch(written)
    if found is None or int(found[1]) < 4:
        raise origin.error(f"{VERSION} is a version such as 2.4.1, found {written!r}")


def is_plugin_block(line: Line) -> bool:
    """
    Whether a line begins ``plugin { }``, which only 2.3 has.
    """
    key, rest = key_and_rest(line.text)
    return key == "plugin" and rest.endswith("{") and not rest.startswith("=")


def is_block_of_2_4(line: Line) -> bool:
    """
    Whether a line begins a block that only 2.4 has.
    """
    key, rest = key_and_rest(line.text)
    return key in BLOCKS_OF_2_4 and rest.endswith("{") and not rest.startswith("=")
