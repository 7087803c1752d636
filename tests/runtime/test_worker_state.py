"""
``WorkerState``: a script in a process of its own can be killed, can crash, and can do nothing else.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from luahost.errors import ScriptCrashError, ScriptLimitError, UsageError
from luahost.runtime import Limits, LuaFault, LuaState
from luahost.runtime.channel import HostEnd
from luahost.runtime.lockdown import LockdownReport
from luahost.runtime.worker import Order
from luahost.runtime.worker_state import WorkerState
from luahost.runtime.workers import LiveWorker, Workers
from tests.conftest import WriteScript
from tests.runtime.hostile_worker import MODES

SHORT = Limits(call_seconds=0.3)
PATTERN = "function f() return (('a'):rep(60)):find(('a-'):rep(30) .. 'b') end"
HERE = Path(__file__).parent


@contextmanager
def ended(process: int) -> Iterator[None]:
    """
    By the end of the block this process is to be over, or soon after.
    """
    handle = os.pidfd_open(process)
    try:
        yield
        assert select.select([handle], [], [], 10)[0]
    finally:
        os.close(handle)


def loaded(path: str, *, lua: str = "5.4", limits: Limits = SHORT) -> WorkerState:
    """
    A state with this script.
    """
    state = WorkerState(lua, limits=limits)
    state.load(path)
    return state


def test_killed(script: WriteScript, lua: str) -> None:
    """
    What no hook can stop is killed at its deadline, and the state is dead; the next one lives.
    """
    state = loaded(script(PATTERN + " function g() return 5 end"), lua=lua)
    began = time.monotonic()

    with (
        ended(state.process),
        pytest.raises(ScriptLimitError, match="call_seconds=0") as caught,
    ):
        state.call("f")
    assert 0.3 <= time.monotonic() - began < 10
    assert caught.value.limit == "call_seconds"
    with pytest.raises(ScriptLimitError) as again:
        state.call("g")
    assert again.value is caught.value
    assert loaded(script("function g() return 5 end"), lua=lua).call("g") == ("number", 5)


def test_limit_with_place(script: WriteScript) -> None:
    """
    A limit that Lua itself finds names the line and has the traceback, as in process.
    """
    path = script("\nfunction f() while true do end end")
    limits = Limits(call_instructions=100_000)
    errors = []
    for kind in (LuaState, WorkerState):
        state = kind(limits=limits)
        state.load(path)
        with pytest.raises(ScriptLimitError) as caught:
            state.call("f")
        errors.append(caught.value)

    assert vars(errors[0]) == vars(errors[1])
    assert errors[1].file == path
    assert errors[1].line == 2


@pytest.mark.parametrize(
    "body",
    [
        "local t = {} while true do t[#t + 1] = {} end",
        "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do t[#t + 1] = coroutine.create(print) end",
        "return (string.rep('x', 4e6):gsub('x', string.rep('y', 1e6)))",
    ],
)
def test_memory(script: WriteScript, body: str) -> None:
    """
    Memory ends with the script, not with the host.
    """
    limits = Limits(memory_bytes=16 << 20, call_seconds=20)
    state = loaded(script(f"function f() {body} end"), limits=limits)

    with pytest.raises(ScriptLimitError) as caught:
        state.call("f")
    assert caught.value.limit == "memory_bytes"


@pytest.mark.parametrize(
    ("lua", "body"),
    [
        ("luajit", "local function g() string.gsub('a', 'a', g) end g()"),
        ("5.1", "local s = ('a'):rep(300000) return s:find(('a?'):rep(300000) .. 'b')"),
    ],
)
def test_crash(script: WriteScript, lua: str, body: str) -> None:
    """
    A script that crashes its Lua ends its own process; the error says what it died of.
    """
    state = loaded(script(f"function f() {body} end"), lua=lua, limits=Limits())

    with ended(state.process), pytest.raises(ScriptCrashError, match=r"process died \(SIG\w+\)") as caught:
        state.call("f")
    assert caught.value.limit == "process"


def test_calls_within_calls(script: WriteScript) -> None:
    """
    A host function that a script calls may call the script, which may call the host function.
    """
    state = WorkerState(environment={"a": "b"})
    told: list[int] = []

    def deeper(level: int) -> str:
        told.append(level)
        return str(state.call("f", table={"level": str(level + 1)})[1]) if level < 5 else "end"

    state.register("require.mime", {"b64": lambda *arguments: deeper(len(told)).encode()})
    state.load(script("function f() return require('mime').b64('x') .. '.' end"))

    assert state.call("f")[0] == "string"
    assert told == [0, 1, 2, 3, 4, 5]
    state.close()


def test_limit_in_a_call_within_a_call(script: WriteScript) -> None:
    """
    A limit that strikes in the inner call stops the outer one too.
    """
    state = WorkerState(limits=SHORT)
    caught: list[ScriptLimitError] = []

    def inner(*arguments: object) -> bytes:
        with pytest.raises(ScriptLimitError) as error:
            state.call("f")
        caught.append(error.value)
        return b""

    state.register("require.mime", {"b64": inner})
    state.load(script(PATTERN + " function g() pcall(require('mime').b64, 'x') return 'on' end"))

    with pytest.raises(ScriptLimitError) as outer:
        state.call("g")
    assert caught == [outer.value]


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), RuntimeError("broken"), BrokenPipeError()])
def test_faults_come_out(script: WriteScript, fault: BaseException) -> None:
    """
    What goes wrong in the host, and not because of the script, comes out of the call, and the state lives.
    """

    def broken(*arguments: object) -> None:
        raise fault

    state = WorkerState()
    state.register("require.mime", {"b64": broken})
    state.load(script("function f() pcall(require('mime').b64, 'x') end function g() return 5 end"))

    with pytest.raises(type(fault)) as caught:
        state.call("f")
    assert caught.value is fault
    assert state.call("g") == ("number", 5)


def test_close(script: WriteScript) -> None:
    """
    A state that is closed, or that nobody has any more, has no process.
    """
    state = loaded(script("x = 1"))
    with ended(state.process):
        state.close()
    state = loaded(script("x = 1"))
    with ended(state.process):
        del state
        gc.collect()


def test_fork(script: WriteScript) -> None:
    """
    A fork of the host has workers of its own, and leaves those of the host alone.
    """
    program = HERE / "forked_host.py"
    path = script("function f() return 5 end")
    root = str(HERE.parent.parent)

    done = subprocess.run(
        [sys.executable, str(program), path],
        env={"PYTHONPATH": root},
        timeout=60,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"child 5\nparent 5\n", b"")


def test_dead_zygote(script: WriteScript) -> None:
    """
    A zygote that was killed takes its workers along, and the next worker comes from another one.
    """
    workers = Workers()

    class State(WorkerState):
        pass

    State.workers = workers
    path = script("function f() return 5 end")
    state = State()
    state.load(path)
    zygote = int(Path(f"/proc/{state.process}/stat").read_text().rpartition(")")[2].split()[1])
    with ended(state.process):
        os.kill(zygote, signal.SIGKILL)

    with pytest.raises(ScriptCrashError):
        state.call("f")
    state = State()
    state.load(path)
    assert state.call("f") == ("number", 5)
    workers.stop()


def test_host_that_dies(script: WriteScript) -> None:
    """
    Nothing of a host that was killed stays, a script that spins included.
    """
    path = script("print('spinning') while true do end")
    root = str(HERE.parent.parent)
    program = [sys.executable, str(HERE / "spinning_host.py"), path]
    with subprocess.Popen(program, env={"PYTHONPATH": root}, stdout=subprocess.PIPE) as host:
        assert host.stdout is not None
        process = int(host.stdout.readline())
        with ended(process):
            assert host.stdout.readline() == b"spinning\n"
            host.kill()


def test_threads(script: WriteScript) -> None:
    """
    Any number of threads have states of their own at once.
    """
    path = script("function f() return 5 end")
    found: list[object] = []

    def work() -> None:
        for _ in range(3):
            state = loaded(path, limits=Limits())
            found.append(state.call("f"))
            state.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [("number", 5)] * 12


def test_no_such_lua() -> None:
    """
    A Lua that there is not is the operator's mistake, as in process.
    """
    with pytest.raises(UsageError, match=r"no Lua 5\.0"):
        WorkerState("5.0")


class HostileWorkers(Workers):
    """
    Gives workers of one mode of ``hostile_worker.py``.
    """

    def __init__(self, mode: str) -> None:
        super().__init__()
        self.mode = mode
        self.processes: list[subprocess.Popen[bytes]] = []

    def take(self, order: Order) -> LiveWorker:
        ours, theirs = socket.socketpair()
        with theirs:
            program = [sys.executable, str(HERE / "hostile_worker.py"), str(theirs.fileno()), self.mode]
            process = subprocess.Popen(
                program, pass_fds=[theirs.fileno()], env={"PYTHONPATH": str(HERE.parent.parent)}
            )
        self.processes.append(process)
        return LiveWorker(self, HostEnd(ours), process.pid, LockdownReport())


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.__name__)
def test_hostile_worker(mode: Callable[[object], None]) -> None:
    """
    Whatever a worker does that was taken over, it is killed, at its deadline at the latest, and nothing of
    Python's comes out of it.
    """
    workers = HostileWorkers(mode.__name__)

    class State(WorkerState):
        pass

    State.workers = workers
    state = State(limits=Limits(call_seconds=30))
    state.register("test", {"length": lambda text: text.startswith(b"x")})
    call = state.entry(None, "call")
    # Python was slow to start; the script itself has half a second.
    state.meter.limits = Limits(call_seconds=0.5)
    began = time.monotonic()

    with pytest.raises(ScriptLimitError) as caught:
        call(b"f", False)
    assert time.monotonic() - began < 10
    assert (caught.value.limit == "call_seconds") is (
        mode.__name__ in ("silent", "spinning", "dripping", "asking_for_ever")
    )
    assert workers.processes[0].wait(10) in (-signal.SIGKILL, 3, 0)


def test_fault_that_a_script_may_cause(script: WriteScript) -> None:
    """
    A host function's own error is a Lua error in the script, as in process.
    """

    def refuse(*arguments: object) -> None:
        raise LuaFault("no \udcff")

    state = WorkerState()
    state.register("require.mime", {"b64": refuse})
    state.load(script("function f() return select(2, pcall(require('mime').b64, 'x')) end"))

    assert state.call("f") == ("string", b"no \xff")


@pytest.mark.parametrize("lua", ["5.4", "5.5"])
def test_random_numbers(script: WriteScript, lua: str) -> None:
    """
    No two workers draw the same random numbers, though they are forks of one state.
    """
    path = script("function f() return math.random(1 << 62) end")

    assert len({loaded(path, lua=lua).call("f") for _ in range(4)}) == 4


def test_time_zone(script: WriteScript) -> None:
    """
    A worker knows the host's time zone.
    """
    path = script(
        "function f() return os.date('%Y-%m-%d %H:%M %Z', 1700000000) "
        ".. os.time({ year = 2024, month = 7, day = 1 }) end"
    )
    state = LuaState()
    state.load(path)

    assert loaded(path).call("f") == state.call("f")
