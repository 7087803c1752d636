"""
The bytes of a file, and why there are none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from luahost.errors import InputError

NO_SUCH_FILE = "no such file"

LONG_BYTES = 500_000
"""From here on a recording is long: it is not kept in memory, and it pays to import what reads lines fast,
which takes as long as to read some hundred of them."""


MOST_BYTES = 1 << 28
"""No message or fixture is longer: what has no end, as ``/dev/zero``, would fill the memory."""

_AT_ONCE = 1 << 20


def opened(path: str, *, blame: Callable[[str], InputError]) -> BinaryIO:
    """
    A file to be read.

    Args:
        path: Where it is.

        blame: Makes the error to raise from words such as ``no such file``.

    Raises:
        InputError: It cannot be opened.
    """
    try:
        return open(path, "rb")
    except (FileNotFoundError, NotADirectoryError):
        raise blame(NO_SUCH_FILE) from None
    except IsADirectoryError:
        raise blame("this is a directory; name one of the files in it") from None
    except PermissionError:
        raise blame("no permission to read it; change its mode, or give it on standard input") from None
    except OSError as error:
        raise blame(f"cannot be read: {error.strerror}") from None
    except ValueError:
        # A NUL, or a character that this system's file names cannot have.
        raise blame("no file can have this name") from None


def contents(
    path: str, *, blame: Callable[[str], InputError], needed: str = "a message or a fixture"
) -> bytes:
    """
    All of a file.

    Args:
        path: Where it is.

        blame: Makes the error to raise, as for :func:`opened`.

        needed: What it is to have in it, for an empty one.

    Raises:
        InputError: It cannot be read, or nothing is in it.
    """
    with opened(path, blame=blame) as file:
        try:
            data = all_of(file, blame=blame)
        except OSError as error:
            raise blame(f"cannot be read: {error.strerror}") from None
    if not data:
        raise blame(f"the file is empty; {needed} is needed")
    return data


def all_of(file: BinaryIO, *, blame: Callable[[str], InputError]) -> bytes:
    """
    What is left of an open file.

    Args:
        file: The file.

        blame: Makes the error to raise, as for :func:`opened`.

    Raises:
        InputError: There is too much.

        OSError: It cannot be read.
    """
    data = bytearray()
    while more := file.read(_AT_ONCE):
        data += more
        if len(data) > MOST_BYTES:
            raise blame(f"it is too long: more than {MOST_BYTES >> 20} MB")
    return bytes(data)
