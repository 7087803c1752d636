"""
What is compared with is built on the spot, in C, and runs on Debian's Lua; or it is said what is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path


class MissingError(Exception):
    """
    A program or a library that a measurement needs is not on this machine.

    Attributes:
        package: The Debian package that has it.
    """

    def __init__(self, package: str, why: str) -> None:
        super().__init__(f"not measured: {package} is missing ({why}); on Debian: apt-get install {package}")
        self.package = package


def compiler() -> str:
    """
    What compiles C: ``$CC``, or the first of the usual ones.

    Raises:
        MissingError: There is none.
    """
    for name in (os.environ.get("CC"), "cc", "gcc", "clang"):
        if name and (path := shutil.which(name)):
            return path
    raise MissingError("gcc", "it compiles what luahost is compared with")


def built(source: Path, target: Path, *options: str) -> Path:
    """
    A C file, compiled; answers the target.

    Raises:
        MissingError: There is nothing that compiles C.
        RuntimeError: It does not compile; with the compiler's words.
    """
    command = [compiler(), "-O2", "-Wall", "-Wextra", "-o", str(target), str(source), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{source.name} does not compile:\n{done.stderr}")
    return target
