"""
The real ``doveconf`` of Dovecot 2.3, as judge of what a configuration means.
"""

from __future__ import annotations

import functools
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.debian import needs

needs_doveconf = needs("dovecot-core")

ENVIRONMENT = {"PUSH_HOST": "push.example.org"}
"""What ``$ENV:NAME`` finds."""


@dataclass(frozen=True)
class Answer:
    """
    What doveconf says.

    Attributes:
        settings: ``mail_plugins`` and what is in ``plugin { }``, as ``plugin/KEY``; None if it refuses.

        complaint: Why it refuses.
    """

    settings: dict[str, str] | None
    complaint: str


@functools.cache
def is_2_3() -> bool:
    """
    Whether the installed Dovecot is the one that luahost's dialect 2.3 is.
    """
    command = ["/usr/bin/doveconf", "-n", "-c", "/dev/null"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith("# 2.3.")


def doveconf_n(file: Path) -> bytes | None:
    """
    The output of ``doveconf -n``; None if it refuses the file.
    """
    if not is_2_3():
        pytest.skip("the installed Dovecot is not 2.3")
    command = ["/usr/bin/doveconf", "-n", "-c", file.name]
    done = subprocess.run(command, cwd=file.parent, capture_output=True, env=ENVIRONMENT, check=False)
    return None if done.returncode else done.stdout


def doveconf(file: Path, service: str) -> Answer:
    """
    The settings of a file for a service.
    """
    if not is_2_3():
        pytest.skip("the installed Dovecot is not 2.3")
    command = [
        "/usr/bin/doveconf",
        "-c",
        file.name,
        "-x",
        "-S",
        "-f",
        f"protocol={service}",
        "plugin",
        "mail_plugins",
    ]
    done = subprocess.run(command, cwd=file.parent, capture_output=True, env=ENVIRONMENT, check=False)
    errors = done.stderr.decode("utf-8", "surrogateescape")
    if done.returncode:
        return Answer(None, re.sub(r".*Fatal: ", "", errors.strip().splitlines()[-1]))
    found = {}
    for line in done.stdout.decode("utf-8", "surrogateescape").split("\n"):
        key, _, value = line.partition("=")
        if key.startswith("plugin/") or key == "mail_plugins":
            found[key] = value
    return Answer(found, "")
