"""
``python -m tests.server.bench.mail_path [--seconds S] [--rounds N] [--storage FORMAT] [--fsync HOW]``: what
pushing through luahost costs the mail path.

A real Dovecot without push, and the same one with a shim, a server on the same machine and an endpoint that
answers after a second, take deliveries over four LMTP connections, in turns; and one with a script that does
nothing, as what that costs no shim can save. A server whose turn it is not stands still. What is told is the
median of the ratios, each of a measurement with a shim to the one without in the same turn. A machine with
neighbours has no rate of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from luahost.sources.shim import Shim
from tests.live.dovecot import Dovecot
from tests.server.bench.processes import cpu_seconds, first_line, started, tree

CONNECTIONS = 4
ENDPOINT_SECONDS = 1.0
ASKED = 0.75

MESSAGE = (
    b"From: Alice <alice@example.org>\r\nTo: Bob <bob@example.com>\r\nSubject: Hello\r\n"
    b"Date: Wed, 19 Jun 2019 12:42:00 +0300\r\nMessage-ID: <hello@example.org>\r\n\r\n"
    + b"Are you there? I am in the round building at the corner.\r\n" * 20
    + b".\r\n"
)

SCRIPT = """\
local http = require("socket.http")
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_event_message_new(user, event)
  http.request(user:plugin_getenv("push_url"), user.username .. " " .. event.subject)
end
function dovecot_lua_notify_end_txn(user, success) end
"""


EMPTY_SCRIPT = """\
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_event_message_new(user, event) end
function dovecot_lua_notify_end_txn(user, success) end
"""


@dataclass(slots=True)
class Measured:
    """
    What was measured of one of them.

    Attributes:
        rates: Deliveries a second, turn by turn.

        deliveries: How many in all.

        cpu_seconds: Processor time of its Dovecot's processes meanwhile.

        server_seconds: Processor time of the servers, and of all that they have started.
    """

    rates: list[float] = field(default_factory=list)
    deliveries: int = 0
    cpu_seconds: float = 0.0
    server_seconds: float = 0.0

    def add(self, other: Measured) -> None:
        """
        Have another turn counted, too.
        """
        self.rates += other.rates
        self.deliveries += other.deliveries
        self.cpu_seconds += other.cpu_seconds
        self.server_seconds += other.server_seconds


class LmtpClient:
    """
    One connection, which delivers one message after the other.
    """

    def __init__(self, port: int, user: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._answers = self._socket.makefile("rb")
        self._envelope = f"MAIL FROM:<alice@example.org>\r\nRCPT TO:<{user}>\r\nDATA\r\n".encode()
        self._answers.readline()
        self._socket.sendall(b"LHLO bench\r\n")
        while not self._answers.readline().startswith(b"250 "):
            pass

    def deliver(self) -> None:
        """
        Deliver a message.
        """
        self._socket.sendall(self._envelope)
        for expected in (b"250", b"250", b"354"):
            self._expect(expected)
        self._socket.sendall(MESSAGE)
        self._expect(b"250")

    def close(self) -> None:
        """
        Go away.
        """
        self._answers.close()
        self._socket.close()

    def _expect(self, status: bytes) -> None:
        line = self._answers.readline()
        if not line.startswith(status):
            raise RuntimeError(f"Dovecot answered {line!r}")


def deliveries(port: int, seconds: float, turn: str) -> tuple[int, float]:
    """
    How many deliveries there were in about so many seconds, and in how many exactly.
    """
    counts = [0] * CONNECTIONS
    begun = time.perf_counter()

    def work(number: int) -> None:
        client = LmtpClient(port, f"user{number}-{turn}")
        while time.perf_counter() < begun + seconds:
            client.deliver()
            counts[number] += 1
        client.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts), time.perf_counter() - begun


def of_session(session: int) -> float:
    """
    Processor time so far of all processes of a session, in seconds.
    """
    total = 0.0
    for process in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            if int(words[3]) == session:
                total += int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9
    return total


@contextlib.contextmanager
def server(folder: Path, name: str, listen: str, endpoint: str, **settings: str) -> Iterator[tuple[int, str]]:
    """
    ``luahost serve``, with more settings if there are any; answers its process and where it listens.
    """
    (folder / "push.lua").write_text(SCRIPT)
    file = folder / f"{name}.yaml"
    most = {"max_queued": 1_000_000, "max_queued_per_user": 1_000_000}
    document = {
        "plugin": {"push_url": endpoint},
        "drivers": [{"driver": "lua", "file": "push.lua"}],
        "serve": {"listen": listen, "spool": f"{name}.db", **most, **settings},
    }
    file.write_text(json.dumps(document))
    command = [sys.executable, "-m", "luahost", "serve", "-c", str(file)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if " on " in line:
                break
        else:
            raise RuntimeError("luahost serve did not start")
        reader = threading.Thread(target=lambda: [None for _ in process.stderr or ()], daemon=True)
        reader.start()
        yield process.pid, line.rsplit(" on ", 1)[1].strip()
        # What it has not run by then nobody needs.
        for _ in range(2):
            process.terminate()
            time.sleep(0.1)
        reader.join()


def shims(folder: Path, endpoint: str, stack: contextlib.ExitStack) -> dict[str, tuple[Path, int]]:
    """
    The shims that are measured, each with the process of its server.
    """
    spool_dir = folder / "files"
    spool_dir.mkdir()
    spool_dir.chmod(0o777)
    socket_path = folder / "socket"
    unix, _ = stack.enter_context(server(folder, "unix", f"unix:{socket_path}", endpoint))
    socket_path.chmod(0o666)
    tcp, place = stack.enter_context(server(folder, "tcp", "127.0.0.1:0", endpoint))
    left_dir = folder / "left"
    left_dir.mkdir()
    left_dir.chmod(0o777)
    files, _ = stack.enter_context(server(folder, "files", "127.0.0.1:0", endpoint, pickup=str(left_dir)))
    posting = Shim(dialect="2.3", url=f"http://{place}", spool_dir=str(spool_dir))
    through_socket = replace(posting, url=f"unix:{socket_path}")
    leaving = replace(posting, files=True, spool_dir=str(left_dir))
    made = {}
    for name, shim, pid in (
        ("unix", through_socket, unix),
        ("http", posting, tcp),
        ("files", leaving, files),
        ("files, no status", replace(leaving, status=False), files),
    ):
        # Dovecot takes what follows a space for another option.
        path = folder / f"{name.replace(', ', '-').replace(' ', '-')}.lua"
        for file, content in shim.installed(str(path)).items():
            Path(file).parent.mkdir(exist_ok=True)
            Path(file).write_bytes(content)
        made[name] = path, pid
    printed = folder / "printed.lua"
    printed.write_text(posting.script())
    made["http, printed"] = printed, tcp
    return made


@contextlib.contextmanager
def standing_still(pids: Iterable[int]) -> Iterator[None]:
    """
    These processes, and all that they have started, do nothing inside the block.
    """
    stopped = [each for pid in pids for each in tree(pid)]
    _signal(stopped, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(stopped, signal.SIGCONT)


def _signal(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def of_trees(pids: Iterable[int]) -> float:
    """
    Processor time so far of these processes and all that they have started, in seconds.
    """
    return cpu_seconds([each for pid in pids for each in tree(pid)])


def _measured(dovecot: Dovecot, pids: set[int], seconds: float, turn: str) -> Measured:
    before, of_servers = of_session(dovecot.session), of_trees(pids)
    count, exactly = deliveries(dovecot.ports[1], seconds, turn)
    return Measured(
        rates=[count / exactly],
        deliveries=count,
        cpu_seconds=of_session(dovecot.session) - before,
        server_seconds=of_trees(pids) - of_servers,
    )


def measure(options: argparse.Namespace, tell: Callable[[str], None]) -> None:
    """
    Measure, and tell.
    """
    more = f"mail_location = {options.storage}:~/mail\nmail_fsync = {options.fsync}\n"
    folder = Path(tempfile.mkdtemp(prefix="luahost-bench-"))
    folder.chmod(0o755)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        late = stack.enter_context(started("late_endpoint", str(ENDPOINT_SECONDS)))
        endpoint = f"http://127.0.0.1:{first_line(late)}/"
        servers = {"no push": stack.enter_context(Dovecot({}, mail_plugins=(), more=more))}
        pids: dict[str, set[int]] = {"no push": set(), "empty script": set()}
        empty = folder / "empty.lua"
        empty.write_text(EMPTY_SCRIPT)
        plugin = {"push_notification_driver": f"lua:file={empty}"}
        servers["empty script"] = stack.enter_context(Dovecot(plugin, more=more))
        for name, (script, pid) in shims(folder, endpoint, stack).items():
            plugin = {"push_notification_driver": f"lua:file={script}"}
            servers[name] = stack.enter_context(Dovecot(plugin, more=more))
            pids[name] = {pid}
        everybody = set().union(*pids.values())
        found = {name: Measured() for name in servers}
        for turn in range(-1, options.rounds):
            for name in list(servers)[:: 1 if turn % 2 else -1]:
                with standing_still(everybody - pids[name]):
                    measured = _measured(servers[name], pids[name], options.seconds, f"{turn % 10}")
                if turn >= 0:
                    found[name].add(measured)
        for name, dovecot in servers.items():
            said = next((line for line in dovecot.log if "Error: " in line), None)
            if said is not None:
                # It was fast because it did not do what is measured.
                raise RuntimeError(f"Dovecot with {name}: {said}")
        waited = sum(file.suffix == ".json" for file in (folder / "files").iterdir())
    tell(
        f"mail path: {CONNECTIONS} LMTP connections, {options.storage}, mail_fsync={options.fsync}, an"
        f" endpoint that answers after {ENDPOINT_SECONDS:g} s; medians of {options.rounds} turns of"
        f" {options.seconds:g} s"
    )
    without = found["no push"].rates
    for name, each in found.items():
        ratios = [mine / base for mine, base in zip(each.rates, without, strict=True)]
        tell(
            f"  {name:16} {statistics.median(each.rates):7.0f} a second"
            f"   {statistics.median(ratios):5.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
            f"   µs of a processor each: Dovecot {each.cpu_seconds / each.deliveries * 1e6:.0f},"
            f" server {each.server_seconds / each.deliveries * 1e6:.0f}"
        )
    tell(f"  {ASKED} at least is asked; {waited} transactions became files: the server took over 300 ms")


def told(line: str) -> None:
    """
    Print a line.
    """
    sys.stdout.write(f"{line}\n")


def main() -> None:
    """
    Measure as the command line says.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--storage", default="sdbox")
    parser.add_argument("--fsync", default="optimized")
    options = parser.parse_args()
    if shutil.which("dovecot", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin") is None:
        sys.stdout.write("mail path: not measured, as there is no Dovecot here\n")
        return
    measure(options, told)


if __name__ == "__main__":
    main()
