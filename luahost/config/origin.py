"""
Where a setting was written, and the error that names the place.
"""

from __future__ import annotations

from luahost.dataclass import dataclass
from luahost.errors import InputError


class ConfigError(InputError):
    """
    A configuration that cannot be used as it stands, with file and line and what was expected.
    """


@dataclass(frozen=True, slots=True)
class Origin:
    """
    A place in a configuration file.

    Attributes:
        file: Its path as the operator or an ``!include`` gave it.

        line: Counted from 1; of a value that goes on over several lines, the last.
    """

    file: str
    line: int

    def error(self, words: str) -> ConfigError:
        """
        The error to raise about this place.
        """
        return ConfigError(words, file=self.file, line=self.line)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Note:
    """
    Something that Dovecot takes without an error and that is hardly meant.
    """

    origin: Origin
    words: str

    def __str__(self) -> str:
        return f"{self.origin}: {self.words}"
