"""
``python -m tests.hostile N``: N transactions of hostile scripts in workers, one after the other.

Each is stopped in time, the next one gets a fresh state, and the host is what it was before: as much memory,
as many descriptors, no processes that stay. Prints what it measured; exit code 1 if that is not so.
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from luahost import Host, Limits, MessageNew

LIMIT_SECONDS = 0.05
LATE_SECONDS = 0.5
"""By how much nothing may outlive its limit."""

MEBI = 1 << 20
MOST_GROWTH_BYTES = 4 * MEBI
"""What Python's own memory may go up and down by."""

LIMITS = Limits(
    call_seconds=LIMIT_SECONDS,
    transaction_seconds=LIMIT_SECONDS,
    memory_bytes=16 * MEBI,
    output_bytes=MEBI,
    http_requests=3,
)

ATTACKS = {
    "C function": "return (('a'):rep(60)):find(('a-'):rep(30) .. 'b')",
    "loop": "while true do end",
    "pcall loop": "while true do pcall(error, 'x') end",
    "memory": "local t = {} while true do t[#t + 1] = {} end",
    "string": "local s = 'x' while true do s = s .. s end",
    "print": "while true do print(('x'):rep(1e5)) end",
    "log": "while true do dovecot.i_error(('x'):rep(1e3)) end",
    "settings": "local i = 0 while true do i = i + 1 user:plugin_getenv('x' .. i) end",
    "coroutines": "local t = {} while true do t[#t + 1] = coroutine.wrap(print) end",
    "recursion": "local function f() return pcall(f) end while true do f() end",
    "HTTP": "local http = require('socket.http') while true do http.request('http://127.0.0.1:1/') end",
    "events": "while true do dovecot.event():set_name('x'):log_info('y') end",
}

SCRIPT = """
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_event_message_new(user, event) {} end
function dovecot_lua_notify_end_txn() end
"""


@dataclass
class Figures:
    """
    What was measured.

    Attributes:
        seconds: How long each transaction took.

        memory: The host's resident memory in bytes, now and then.

        unstopped: Attacks that nothing stopped.
    """

    seconds: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    processes: list[int] = field(default_factory=list)
    unstopped: set[str] = field(default_factory=set)

    @property
    def growth(self) -> int:
        """
        By how many bytes the host grew, once it had warmed up.
        """
        warm = self.memory[(len(self.memory) + 3) // 4 :]
        return max(warm) - warm[0] if warm else 0

    def problems(self) -> list[str]:
        """
        What is not as it should be.
        """
        found = [f"{attack} was not stopped" for attack in sorted(self.unstopped)]
        if self.growth > MOST_GROWTH_BYTES:
            found.append(f"the host grew by {self.growth} bytes")
        if max(self.descriptors) > self.descriptors[0] + 2:
            found.append(f"descriptors: {self.descriptors}")
        if max(self.processes) > self.processes[0] + 4:
            found.append(f"processes: {self.processes}")
        return found


def measured(count: int, *, session_length: int = 4) -> Figures:
    """
    About so many transactions, in sessions of some.
    """
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder:
        while len(figures.seconds) < count:
            for attack, body in ATTACKS.items():
                attempt(attack, body, Path(folder, "push.lua"), session_length, figures)
            look(figures)
    return figures


def attempt(attack: str, body: str, script: Path, session_length: int, figures: Figures) -> None:
    """
    A session of a hostile script.
    """
    script.write_text(SCRIPT.replace("{}", body), encoding="utf-8")
    with Host(script, isolate=True, limits=LIMITS, http="deny").session("bob") as session:
        for uid in range(1, session_length + 1):
            began = time.monotonic()
            with session.transaction() as transaction:
                transaction.notify(MessageNew(mailbox="INBOX", uid=uid, uid_validity=7))
            figures.seconds.append(time.monotonic() - began)
        if not any(failure.limit for failure in session.effects.failures):
            figures.unstopped.add(attack)


def look(figures: Figures) -> None:
    """
    Measure this process.
    """
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    figures.memory.append(pages * os.sysconf("SC_PAGESIZE"))
    figures.descriptors.append(len(os.listdir("/proc/self/fd")))
    children = [
        int(word) for word in Path("/proc/self/task", str(os.getpid()), "children").read_text().split()
    ]
    for child in list(children):
        children += [int(word) for word in Path(f"/proc/{child}/task/{child}/children").read_text().split()]
    figures.processes.append(len(children))


def main() -> int:
    """
    The command.
    """
    figures = measured(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
    problems = figures.problems()
    slowest = max(figures.seconds)
    sys.stdout.write(
        f"{len(figures.seconds)} hostile transactions, limit {LIMIT_SECONDS * 1000:g} ms: median "
        f"{statistics.median(figures.seconds) * 1000:.1f} ms, slowest {slowest * 1000:.1f} ms; "
        f"memory {figures.memory[0] / MEBI:.1f} → {figures.memory[-1] / MEBI:.1f} MiB "
        f"(at most {figures.growth / MEBI:.1f} more), descriptors {figures.descriptors[0]} → "
        f"{figures.descriptors[-1]}, processes at most {max(figures.processes)}\n"
    )
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    return 1 if problems or slowest > 2 * LIMIT_SECONDS + LATE_SECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
