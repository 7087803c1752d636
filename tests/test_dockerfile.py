"""
The Dockerfile, as far as it can be judged without Docker.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from luahost.cli.command import parser

ROOT = Path(__file__).parent.parent
INSTRUCTIONS = re.findall(
    r"^([A-Z]+)\s+(.*)$", (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " "), re.MULTILINE
)


def test_what_it_copies_is_there() -> None:
    """
    Each source of a COPY is a file or folder of this project.
    """
    copied = [words.split()[:-1] for name, words in INSTRUCTIONS if name == "COPY"]

    assert copied
    assert all((ROOT / source).exists() for sources in copied for source in sources)


def test_its_commands_are_luahosts() -> None:
    """
    What the container runs, and how its health is asked for, are commands that there are.
    """
    commands = [json.loads(words) for name, words in INSTRUCTIONS if name == "CMD"]
    probes = [re.search(r"CMD (\[.*\])", words) for name, words in INSTRUCTIONS if name == "HEALTHCHECK"]
    commands += [json.loads(found[1])[1:] for found in probes if found is not None]

    assert [words[0] for words in commands] == ["serve", "status"]
    for words in commands:
        assert parser(words[0]).parse_args(words).config == "/etc/luahost/luahost.yaml"


def test_nobody_is_root() -> None:
    """
    The server runs as a user with a number, by which others can tell that it is not root.
    """
    users = [words for name, words in INSTRUCTIONS if name == "USER"]

    assert users
    assert int(users[-1]) > 0
