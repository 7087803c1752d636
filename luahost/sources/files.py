"""
The bytes of a file, and why there are none.
"""

from __future__ import annotations

from collections.abc import Callable

from luahost.errors import InputError

NO_SUCH_FILE = "no such file"


def contents(
    path: str, *, blame: Callable[[str], InputError], needed: str = "a message or a fixture"
) -> bytes:
    """
    All of a file.

    Args:
        path: Where it is.

        blame: Makes the error to raise from words such as ``no such file``.

        needed: What it is to have in it, for an empty one.

    Raises:
        InputError: It cannot be read, or nothing is in it.
    """
    try:
        with open(path, "rb") as file:
            data = file.read()
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
    if not data:
        raise blame(f"the file is empty; {needed} is needed")
    return data
