"""
``luahost init``: what it makes works, and nothing is overwritten.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from luahost.config import read_configuration
from luahost.config.serve_section import ServeSection
from luahost.testing.layout import TEMPLATES
from tests.cli.command_line import luahost


def test_what_is_made_passes(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """
    The script that init makes has no fault, its scenarios and pytest file pass, and the workflow runs it all.
    """
    done = luahost("init", "new/push", cwd=tmp_path)
    project = tmp_path / "new" / "push"

    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode().splitlines()
    assert [line.split()[:2] for line in lines[:-1]] == [["made", path] for path in TEMPLATES]
    assert lines[-1] == "next: cd new/push && luahost test"
    assert {str(path.relative_to(project)) for path in project.rglob("*") if path.is_file()} == {*TEMPLATES}
    workflow = (project / ".github/workflows/push.yml").read_text("utf-8")
    commands = ["luahost check push.lua", "luahost test", "pytest --cov-lua"]
    assert re.findall("run: (.*)", workflow)[1:] == commands

    checked = luahost("check", "push.lua", cwd=project)
    assert (checked.returncode, checked.stdout) == (0, b"1 script: nothing found\n")
    tested = luahost("test", cwd=project)
    assert tested.returncode == 0, tested.stdout
    assert re.match(rb"9 passed in ", tested.stdout)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """
    A file that is there is kept; the others are made.
    """
    (tmp_path / "push.lua").write_text("-- mine")
    done = luahost("init", cwd=tmp_path)

    assert done.returncode == 0
    assert done.stdout.decode().splitlines()[0].split()[:2] == ["kept", "push.lua"]
    assert (tmp_path / "push.lua").read_text() == "-- mine"
    assert (tmp_path / "test_push.py").exists()


@pytest.mark.parametrize("way", ["file", "folder"])
def test_what_is_in_the_way(tmp_path: Path, way: str) -> None:
    """
    Where a file cannot be written the command says which, and ends with 2.
    """
    if way == "file":
        (tmp_path / "push").write_text("")
    else:
        (tmp_path / "push" / "push.lua").mkdir(parents=True)
    done = luahost("init", "push", cwd=tmp_path)

    assert done.returncode == 2
    assert done.stderr.startswith(b"luahost: cannot write push/push.lua: ")


def test_what_is_made_can_be_served(tmp_path: Path) -> None:
    """
    With ``--serve`` there is a configuration with which nothing is wrong, and the settings are in it.
    """
    made = luahost(
        "init",
        "--serve",
        "etc",
        "--set",
        "push_lua_url=http://127.0.0.1:9/ü",
        "--set",
        "no=on: 1",
        cwd=tmp_path,
    )
    configuration = read_configuration(str(tmp_path / "etc/luahost.yaml"))
    settings = configuration.settings()

    assert (made.returncode, made.stderr) == (0, b"")
    assert made.stdout.endswith(b"\nnext: luahost serve -c etc/luahost.yaml\n")
    assert sorted(path.name for path in (tmp_path / "etc").iterdir()) == [
        "luahost.yaml",
        "pickup",
        "push.lua",
    ]
    assert settings.plugin == {"push_lua_url": "http://127.0.0.1:9/ü", "no": "on: 1"}
    assert settings.dialect == "2.3"
    assert configuration.serve is not None
    assert configuration.serve.spool == str(tmp_path / "etc/spool.db")
    assert configuration.serve.pickup == str(tmp_path / "etc/pickup")
    assert configuration.serve.retry == ServeSection(spool="").retry
    assert [driver.file for driver in settings.drivers()] == [str(tmp_path / "etc/push.lua")]


def test_a_script_of_ones_own(tmp_path: Path) -> None:
    """
    A script that is there is served where it is; one that is not is a mistake, and so is ``--script`` alone.
    """
    (tmp_path / "mine.lua").write_text("-- mine")
    made = luahost("init", "--serve", "etc", "--script", "mine.lua", "--dovecot", "2.4", cwd=tmp_path)
    settings = read_configuration(str(tmp_path / "etc/luahost.yaml")).settings()
    missing = luahost("init", "--serve", "other", "--script", "no.lua", cwd=tmp_path)
    folder = luahost("init", "--serve", "other", "--script", ".", cwd=tmp_path)
    alone = luahost("init", "--script", "mine.lua", cwd=tmp_path)

    assert made.returncode == 0
    assert not (tmp_path / "etc/push.lua").exists()
    assert ([driver.file for driver in settings.drivers()], settings.dialect) == (
        [str(tmp_path / "mine.lua")],
        "2.4",
    )
    assert (missing.returncode, missing.stderr) == (2, b"luahost: there is no script no.lua\n")
    assert (folder.returncode, folder.stderr) == (2, b"luahost: . is a folder, not a Lua script\n")
    assert (alone.returncode, alone.stderr) == (
        2,
        b"luahost: --script, --dovecot and --set go with --serve\n",
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--script", "p\udcff.lua"], rb"YAML is UTF-8, and this is not: file: \S+/p\\udcff.lua\"?\n"),
        (["--set", "a_b=\udcff"], rb"YAML is UTF-8, and this is not: a_b: \"\\udcff\"\n"),
    ],
)
def test_what_is_no_utf_8(tmp_path: Path, words: list[str], said: bytes) -> None:
    """
    What YAML cannot say is not written into it.
    """
    (tmp_path / "p\udcff.lua").touch()
    done = luahost("init", "--serve", "etc", *words, cwd=tmp_path)

    assert done.returncode == 2
    assert re.search(said, done.stderr)
    assert not (tmp_path / "etc").exists()


@pytest.mark.parametrize("options", [[], ["--serve"]])
def test_a_folder_of_many_levels(tmp_path: Path, options: list[str]) -> None:
    """
    One that is too long for the system is refused in its words, however many levels it has.
    """
    done = luahost("init", *options, "a/" * 2500, cwd=tmp_path)

    assert done.returncode == 2
    assert done.stderr.endswith(b": File name too long\n")
