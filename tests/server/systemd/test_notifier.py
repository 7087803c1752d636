"""
What the service manager hears, at a real socket.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from luahost.server.systemd import Notifier, Pulse

PATIENCE_SECONDS = 30


class Manager:
    """
    The end of the socket that a service manager has.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(PATIENCE_SECONDS)
        self._socket.bind("\0" + name[1:] if name.startswith("@") else name)

    def heard(self) -> dict[str, str]:
        """
        The next message.
        """
        lines = self._socket.recv(65536).decode().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def close(self) -> None:
        """
        Hear nothing any more.
        """
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    """
    A service manager, in a folder or in the abstract space.
    """
    name = (
        str(tmp_path / "notify")
        if request.param == "path"
        else f"@luahost-test-{os.getpid()}-{tmp_path.name}"
    )
    found = Manager(name)
    yield found
    found.close()


def test_what_is_told(manager: Manager) -> None:
    """
    Ready, reloading with the time by which systemd knows its signal answered, and ending; each with a status
    of one line.
    """
    notifier = Notifier.of({"NOTIFY_SOCKET": manager.name})
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000

    notifier.ready("takes transactions\non 127.0.0.1:8025")
    notifier.reloading()
    notifier.stopping("finishes what runs")

    assert manager.heard() == {"READY": "1", "STATUS": "takes transactions on 127.0.0.1:8025"}
    reloading = manager.heard()
    assert reloading["RELOADING"] == "1"
    assert before <= int(reloading["MONOTONIC_USEC"]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert manager.heard() == {"STOPPING": "1", "STATUS": "finishes what runs"}


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({"WATCHDOG_USEC": "500000"}, 0.5),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getpid())}, 0.5),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_whether_there_is_a_watchdog(environ: dict[str, str], seconds: float | None) -> None:
    """
    The watchdog is meant for one process, which the variable names.
    """
    assert Notifier.of({"NOTIFY_SOCKET": "/run/notify", **environ}).watchdog_seconds == seconds


def test_nobody_is_told() -> None:
    """
    Started by hand there is no service manager, and no watchdog either.
    """
    notifier = Notifier.of({"WATCHDOG_USEC": "500000"})

    notifier.ready("takes transactions")

    assert notifier.watchdog_seconds is None


def test_a_manager_that_is_gone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """
    A socket that nobody has disturbs nothing; the log says so.
    """
    Notifier(str(tmp_path / "gone")).ready("takes transactions")

    assert "gone cannot be told READY=1: No such file or directory" in caplog.text


def test_a_manager_that_does_not_listen(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """
    A server does not wait for it for ever.
    """
    manager = Manager(str(tmp_path / "notify"))
    notifier = Notifier(manager.name)

    while not caplog.text:
        notifier.alive()

    assert "notify cannot be told WATCHDOG=1: timed out" in caplog.text
    manager.close()


def test_the_pulse(tmp_path: Path) -> None:
    """
    It beats while the server is well, and waits while it is not.
    """
    manager = Manager(str(tmp_path / "notify"))
    well = iter([True, False, False, True])
    said = []

    def ask() -> bool:
        said.append(next(well, False))
        return said[-1]

    pulse = Pulse(Notifier(manager.name, watchdog_seconds=0.01), ask)
    pulse.start()
    heard = [manager.heard(), manager.heard()]
    pulse.stop()

    assert heard == [{"WATCHDOG": "1"}] * 2
    assert said[:4] == [True, False, False, True]
    manager.close()
