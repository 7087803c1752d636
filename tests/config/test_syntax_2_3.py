"""
Dovecot 2.3's syntax: the tables of ``cases_2_3``, luahost's parser and the real one.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from luahost.config.origin import ConfigError
from tests.config import cases_2_3 as cases
from tests.config.doveconf import ENVIRONMENT, doveconf, needs_doveconf
from tests.config.ours_2_3 import parsed, settings

VALUE = "mail_home = /h\nplugin {{\n  k = {}\n}}\n"


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A folder with the files that the cases include.
    """
    path = tmp_path_factory.mktemp("dovecot")
    for name, content in cases.FILES.items():
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_bytes(content.encode())
    return path


@pytest.fixture
def folder(stocked: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    The same, as the current one, with the environment that the cases expect.
    """
    monkeypatch.setenv("PUSH_HOST", ENVIRONMENT["PUSH_HOST"])
    monkeypatch.chdir(stocked)
    return stocked


def written(folder: Path, text: str) -> Path:
    """
    A configuration file in that folder.
    """
    path = folder / "dovecot.conf"
    path.write_bytes(text.encode())
    return path


def in_plugin(values: dict[str, str] | None) -> dict[str, str] | None:
    """
    What is in ``plugin { }``, by bare keys.
    """
    if values is None:
        return None
    return {name.removeprefix("plugin/"): value for name, value in values.items() if name != "mail_plugins"}


def ours(path: Path) -> dict[str, str] | None:
    """
    What luahost makes of it; None if it refuses.
    """
    try:
        return settings(path.name)
    except ConfigError:
        return None


@pytest.mark.parametrize("value", cases.VALUES)
def test_values(folder: Path, value: str) -> None:
    """
    A value is read as the table says: quotes, comments, continuation, variables, files.
    """
    expected = cases.VALUES[value]

    assert in_plugin(ours(written(folder, VALUE.format(value)))) == (
        None if expected is None else {"k": expected}
    )


@pytest.mark.parametrize("text", cases.WHOLE)
def test_whole(folder: Path, text: str) -> None:
    """
    Blocks, includes and filters are read as the table says.
    """
    assert in_plugin(ours(written(folder, text))) == cases.WHOLE[text]


@pytest.mark.parametrize("text", cases.MAIL_PLUGINS)
def test_mail_plugins(folder: Path, text: str) -> None:
    """
    ``mail_plugins`` of LMTP is what the table says.
    """
    assert settings(written(folder, text).name)["mail_plugins"] == cases.MAIL_PLUGINS[text]


@pytest.mark.parametrize("text", cases.REFUSED)
def test_refused(folder: Path, text: str) -> None:
    """
    A configuration that cannot be is refused with its line, in Dovecot's words.
    """
    line, words = cases.REFUSED[text]

    with pytest.raises(ConfigError) as caught:
        settings(written(folder, text).name)

    assert words in str(caught.value)
    assert line in (None, caught.value.line)


@needs_doveconf
def test_tables_are_dovecots(folder: Path) -> None:
    """
    The real doveconf says of every case what the tables say.
    """
    for value, expected in cases.VALUES.items():
        answer = doveconf(written(folder, VALUE.format(value)), "lmtp")
        assert in_plugin(answer.settings) == (None if expected is None else {"k": expected}), value
    for text, values in cases.WHOLE.items():
        assert in_plugin(doveconf(written(folder, text), "lmtp").settings) == values, text
    for text, plugins in cases.MAIL_PLUGINS.items():
        answer = doveconf(written(folder, text), "lmtp")
        assert answer.settings is not None, text
        assert answer.settings["mail_plugins"] == plugins, text
    for text, (line, words) in cases.REFUSED.items():
        complaint = doveconf(written(folder, text), "lmtp").complaint
        assert words in complaint, text
        assert line is None or f"line {line}:" in complaint, text


def test_a_lost_line_is_noted(folder: Path) -> None:
    """
    A line whose continuation is a comment is dropped as in Dovecot, and luahost says so.
    """
    path = written(folder, "plugin {\n  k = a \\\n# c\n  j = b#c\n}\n")

    assert [str(note) for note in parsed(path.name)[1]] == [
        "dovecot.conf:2: this line is lost: it ends with \\ and a comment follows, so Dovecot drops it",
        'dovecot.conf:4: the "#" begins a comment; put a blank before it, or quotes around',
    ]


def test_a_global_setting_after_a_filter_is_noted(folder: Path) -> None:
    """
    What a filter has set is not changed by what comes later, and both Dovecot and luahost say so.
    """
    path = written(folder, "protocol lmtp {\nmail_plugins = a\n}\nmail_plugins = b\n")

    assert [str(note) for note in parsed(path.name)[1]] == [
        "dovecot.conf:4: Global setting mail_plugins won't change the setting inside an earlier filter at "
        "dovecot.conf:2"
    ]


def test_a_default_in_a_filter_is_noted(folder: Path) -> None:
    """
    In a filter Dovecot does not see what variables are outside; who wonders is told.
    """
    path = written(folder, "mail_home = /h\nprotocol lmtp {\nplugin {\nk = $mail_home\n}\n}\n")

    assert [str(note) for note in parsed(path.name)[1]] == [
        "dovecot.conf:4: in protocol { } Dovecot takes $mail_home as its default (empty), "
        "not as it is set at dovecot.conf:1"
    ]


def test_what_is_not_asked_for_may_be_broken(folder: Path) -> None:
    """
    A setting of another part may name a variable that luahost does not know; asking for it tells.
    """
    broken = "passdb {\n  args = $nosuch\n}\nssl_key = <nosuch\n"

    assert settings(written(folder, broken).name) == {"mail_plugins": ""}
    with pytest.raises(ConfigError, match=r"^dovecot\.conf:2: Unknown variable: \$nosuch"):
        settings(written(folder, broken + "plugin {\nk = $passdb/args\n}\n").name)
    with pytest.raises(ConfigError, match=r"^dovecot\.conf:4: Can't open file nosuch"):
        settings(written(folder, broken + "plugin {\nk = $ssl_key\n}\n").name)


def test_doubling_variables_end(folder: Path) -> None:
    """
    Lines that double each other's values are refused before they fill the memory.
    """
    doubling = "mail_home = 0123456789\n" + "mail_home = $mail_home $mail_home\n" * 40

    with pytest.raises(ConfigError, match="longer than"):
        settings(written(folder, doubling + "plugin {\nk = $mail_home\n}\n").name)


def test_doubling_includes_end(tmp_path: Path) -> None:
    """
    Files that include the next one twice are refused after ten thousand.
    """
    for number in range(40):
        (tmp_path / f"{number}.inc").write_text(f"!include {number + 1}.inc\n!include {number + 1}.inc\n")
    (tmp_path / "40.inc").write_text("")

    with pytest.raises(ConfigError, match="more than 10000 files"):
        settings(written(tmp_path, "!include 0.inc\n"))


def test_deep_includes(tmp_path: Path) -> None:
    """
    A chain of a thousand includes is followed.
    """
    for number in range(1000):
        (tmp_path / f"{number}.inc").write_text(f"!include {number + 1}.inc\n")
    (tmp_path / "1000.inc").write_text("plugin/k = deep\n")

    assert settings(written(tmp_path, "!include 0.inc\n"))["plugin/k"] == "deep"


def test_deep_blocks(folder: Path) -> None:
    """
    A thousand blocks in each other are refused.
    """
    with pytest.raises(ConfigError, match="more than 100 blocks in each other"):
        settings(written(folder, "a {\n" * 1000).name)


def test_what_cannot_be_read(folder: Path) -> None:
    """
    A missing file, a directory and a pipe are told as what they are, and nothing waits for a pipe.
    """
    if not (folder / "pipe").exists():
        os.mkfifo(folder / "pipe")

    for name, words in (
        ("nosuch", "nosuch: no such file"),
        ("conf.d", "conf.d: cannot be read: this is a directory"),
        ("pipe", "pipe: cannot be read: this is no regular file"),
    ):
        with pytest.raises(ConfigError) as caught:
            settings(name)
        assert str(caught.value) == words
