"""
The log of ``luahost serve``: its forms, and a file that somebody moves away.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from luahost.cli.server_log import LEVELS, JsonLine, open_log
from luahost.server.log_fields import about
from luahost.server.spool import Claim
from tests.cli.command_line import luahost

CLAIM = Claim(id="7-ab", user="b\udcffb", payload=b"{}", attempt=2, accepted=0)


@pytest.fixture(autouse=True)
def _loggers() -> Iterator[None]:
    """
    The server's loggers as they were, afterwards.
    """
    before = [(logging.getLogger(name), logging.getLogger(name).level) for name, _ in LEVELS]
    yield
    for logger, level in before:
        for handler in [*logger.handlers]:
            logger.removeHandler(handler)
            handler.close()
        logger.setLevel(level)
        logger.propagate = True


def test_text(tmp_path: Path) -> None:
    """
    A line for people has time, level and words, whatever a script has put into it.
    """
    file = tmp_path / "serve.log"
    log = open_log("text", str(file), verbose=False)

    log.info("%s: %s", CLAIM.id, "lmtp(bob): Info: one\ntwo\x1b[2J", extra=about(CLAIM))
    log.debug("only with -v")

    line = file.read_text()
    assert re.fullmatch(
        r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO 7-ab: lmtp\(bob\): Info: one\\ntwo\\x1b\[2J\n", line
    )
    assert file.stat().st_mode & 0o777 == 0o640


def test_json(tmp_path: Path) -> None:
    """
    A JSON line says whose transaction it is about, which attempt, and has Dovecot's own line; what there is
    nothing to say of is left out.
    """
    file = tmp_path / "serve.log"
    log = open_log("json", str(file), verbose=True)

    log.warning("%s: %s", CLAIM.id, "lmtp(bob): Info: hi\n", extra=about(CLAIM, dovecot="hi\n", driver=None))
    log.debug("nothing else")

    first, second = map(json.loads, file.read_text().splitlines())
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ", first.pop("time"))
    assert first == {
        "level": "warning",
        "message": "lmtp(bob): Info: hi\n",
        "transaction": "7-ab",
        "user": "b\\xffb",
        "attempt": 2,
        "dovecot": "hi\n",
    }
    assert (second["level"], second["message"]) == ("debug", "nothing else")
    assert set(second) == {"time", "level", "message"}


def test_an_error_of_python_is_one_line() -> None:
    """
    What a library logs with a traceback stays one JSON object.
    """
    try:
        raise ValueError("oh")
    except ValueError as error:
        record = logging.makeLogRecord({"exc_info": (ValueError, error, error.__traceback__), "msg": "bad"})

    line = JsonLine().format(record)

    assert "\n" not in line
    assert json.loads(line)["traceback"].endswith("ValueError: oh")


def test_rotation(tmp_path: Path) -> None:
    """
    A file that was moved away is made anew with the next line.
    """
    file, old = tmp_path / "serve.log", tmp_path / "serve.log.1"
    log = open_log("text", str(file), verbose=False)
    log.info("before")
    file.rename(old)

    log.info("after")

    assert old.read_text().endswith("INFO before\n")
    assert file.read_text().endswith("INFO after\n")
    assert file.read_text().count("\n") == 1


def test_a_log_that_breaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A log that cannot be written any more is told on standard error with the line itself, and nothing else
    breaks.
    """
    folder = tmp_path / "logs"
    folder.mkdir()
    log = open_log("text", str(folder / "serve.log"), verbose=False)
    (folder / "serve.log").unlink()
    folder.rmdir()

    log.info("lost?")

    why, line = capsys.readouterr().err.splitlines()
    assert why.startswith(f"luahost: the log {folder}/serve.log cannot be written: ")
    assert line.endswith(" INFO lost?")

    folder.mkdir()
    log.info("found")

    assert (folder / "serve.log").read_text().endswith(" INFO found\n")


def test_no_such_place(tmp_path: Path) -> None:
    """
    A log that cannot be written at all is wrong usage.
    """
    (tmp_path / "luahost.yaml").write_text("serve: {listen: '127.0.0.1:0', spool: s}\ndrivers: [dlog]\n")

    done = luahost("serve", "--log-file", "nowhere/serve.log", cwd=tmp_path)

    assert done.returncode == 2
    assert (
        done.stderr == b"luahost: nowhere/serve.log: the log cannot be written: No such file or directory\n"
    )
