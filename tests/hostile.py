"""
``python -m tests.hostile N``: N transactions of hostile scripts in workers, one after the other.

Each is stopped in time, the next one gets a fresh state, and the host is what it was before: as much memory,
as many descriptors, no processes that stay. Prints what it measured; exit code 1 if that is not so.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from luahost import Host, Limits, MessageNew
from luahost.host import Session

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
        warm = self.memory[len(self.memory) // 4 :]
        return max(warm) - warm[0]

    def problems(self) -> list[str]:
        """
        What is not as it should be.
        """
        found = [f"{attack} was not stopped" for attack in sorted(self.unstopped)]
        if self.growth > MOST_GROWTH_BYTES:
            found.append(f"the host grew by {self.growth} bytes")
        if max(self.descriptors[1:]) > self.descriptors[1] + 2:
            found.append(f"descriptors: {self.descriptors}")
        if max(self.processes) > 4:
            found.append(f"processes: {self.processes}")
        return found


def transactions(folder: Path, session_length: int = 12) -> Iterator[tuple[str, Session]]:
    """
    Sessions of a dozen transactions; the session after each transaction.
    """
    while True:
        for attack, body in ATTACKS.items():
            script = folder / "push.lua"
            script.write_text(SCRIPT.replace("{}", body), encoding="utf-8")
            host = Host(script, isolate=True, limits=LIMITS, http="deny")
            with host.session("bob") as session:
                for uid in range(1, session_length + 1):
                    with session.transaction() as transaction:
                        transaction.notify(MessageNew(mailbox="INBOX", uid=uid, uid_validity=7))
                    yield attack, session


def measured(count: int, *, session_length: int = 12, samples: int = 20) -> Figures:
    """
    So many transactions.
    """
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        stopped = 0
        for number, (attack, session) in enumerate(transactions(Path(folder), session_length), 1):
            figures.seconds.append(time.monotonic() - began)
            failures = [failure for failure in session.effects.failures if failure.limit is not None]
            if not failures or (number % session_length != 1 and len(failures) <= stopped):
                figures.unstopped.add(attack)
            stopped = len(failures)
            if number % max(count // samples, 1) == 0:
                look(figures)
            if number >= count:
                return figures
            began = time.monotonic()
    return figures


def look(figures: Figures) -> None:
    """
    Measure this process.
    """
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    figures.memory.append(pages * os.sysconf("SC_PAGESIZE"))
    figures.descriptors.append(len(os.listdir("/proc/self/fd")))
    children = [int(word) for word in Path("/proc/self/task", str(os.getpid()), "children").read_text().split()]
    for child in list(children):
        children += [int(word) for word in Path(f"/proc/{child}/task/{child}/children").read_text().split()]
    figures.processes.append(len(children))


def main() -> int:
    """
    The command.
    """
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    figures = measured(count)
    problems = figures.problems()
    slowest = max(figures.seconds)
    sys.stdout.write(
        f"{count} hostile transactions, limit {LIMIT_SECONDS * 1000:g} ms: median "
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
