"""
Rubishy configurations: an error with a place, never a crash, and never a long wait.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luahost.config.configuration import read_configuration
from luahost.config.origin import ConfigError
from luahost.config.plugins import check_plugins
from luahost.store import MailUser
from tests.config.generated import CONFIGURATIONS, RUBBISH, Shelf

VERSION = "dovecot_config_version = 2.4.1\n"

TEXTS = st.one_of(RUBBISH, RUBBISH.map(VERSION.__add__), CONFIGURATIONS, CONFIGURATIONS.map(VERSION.__add__))


def complaint(shelf: Shelf, name: str) -> str:
    """
    Do all that is done with a configuration. The file that is to blame if it is refused, else nothing.
    """
    try:
        configuration = read_configuration(name, shelf)
        configuration.services_with_push()
        for service in configuration.services():
            found = configuration.settings(service)
            list(found.shown())
            check_plugins(found)
            found.expanded(MailUser("bob")).drivers()
    except ConfigError as error:
        return error.file
    return ""


@settings(max_examples=100)
@given(text=TEXTS, other=RUBBISH, name=st.sampled_from(["dovecot.conf", "luahost.yaml"]))
def test_anything(text: str, other: str, name: str) -> None:
    """
    Any text is a configuration or an error that names a file.
    """
    shelf = Shelf({name: text, "a.conf": other, "b.conf": other})

    assert complaint(shelf, name) in ("", name, "a.conf", "b.conf")


@pytest.mark.parametrize(
    "text",
    [
        "{" * 200_000,
        "a {\n" * 50_000,
        'x = "' + '\\"' * 200_000,
        "a \\\n" * 50_000,
        "plugin {\n" + "k = $mail_home\n" * 10_000 + "}\n",
        VERSION
        + "".join(f"s{number} = $SET:s{number + 1}\n" for number in range(3000))
        + "lua_file = $SET:s0\n",
        VERSION + "lua_settings {\n" + "".join(f"k{number} = v\n" for number in range(5000)) + "}\n",
        VERSION + "".join(f"push_notification b{number} {{\n}}\n" for number in range(2000)),
        "plugin {\nk = %{" + "%{" * 200_000 + "\n}\n",
        "!include " + "{a,b}" * 40 + "\n",
        "!include " + "[" * 1000 + "*" * 1000 + "\n",
    ],
    ids=range(11),
)
def test_large(text: str) -> None:
    """
    Megabytes of one thing are read or refused within seconds.
    """
    assert complaint(Shelf({"dovecot.conf": text}), "dovecot.conf") in ("", "dovecot.conf")
