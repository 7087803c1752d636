"""
A process in the place of a worker that has been taken over: it sends what it likes.

``python hostile_worker.py DESCRIPTOR MODE``; the modes are the functions below.
"""

from __future__ import annotations

import os
import sys

from luahost.runtime.channel import ASK, DONE, FAILED, FOUND, LIMIT, WorkerEnd
from luahost.runtime.codec import encode


def answering(end: WorkerEnd) -> None:
    """
    Say that every entry is there; the next frame is the call.
    """
    while True:
        kind, _ = end.receive()
        if kind == 2:
            return
        end.send(FOUND, (0,))


def silent(end: WorkerEnd) -> None:
    end.receive()


def spinning(end: WorkerEnd) -> None:
    while True:
        pass


def gone(end: WorkerEnd) -> None:
    os._exit(3)


def junk(end: WorkerEnd) -> None:
    os.write(0, b"\x05\0\0\0\x0ejunk" * 100)


def huge(end: WorkerEnd) -> None:
    os.write(0, b"\xff\xff\xff\x7f" * 100)


def dripping(end: WorkerEnd) -> None:
    os.write(0, b"\0\0\x10\0")
    while True:
        os.write(0, b"s")


def flood(end: WorkerEnd) -> None:
    frame = encode(DONE, ()) * 1000
    while True:
        os.write(0, frame)


def out_of_turn(end: WorkerEnd) -> None:
    end.send(FOUND, (1,))


def unknown_kind(end: WorkerEnd) -> None:
    end.send(200, ())


def unknown_function(end: WorkerEnd) -> None:
    end.send(ASK, (b"os", b"system", b"id"))


def function_of_lua(end: WorkerEnd) -> None:
    """
    One that is in the worker, where Lua is, and reads bytecode.
    """
    end.send(ASK, (b"runtime.scripts", b"ready", b"\x1bLua", b" ", b" "))


def no_function(end: WorkerEnd) -> None:
    end.send(ASK, ())


def odd_name(end: WorkerEnd) -> None:
    end.send(ASK, (None, 5, b"\xff"))


def wrong_arguments(end: WorkerEnd) -> None:
    end.send(ASK, (b"test", b"length", 5))


def no_arguments(end: WorkerEnd) -> None:
    end.send(ASK, (b"test", b"length"))


def forged_limit(end: WorkerEnd) -> None:
    end.send(LIMIT, (b"__class__", b"words", None, None, None, 0, 0))


def broken_limit(end: WorkerEnd) -> None:
    end.send(LIMIT, (b"call_seconds",))


def broken_failure(end: WorkerEnd) -> None:
    end.send(FAILED, ())


def asking_for_ever(end: WorkerEnd) -> None:
    while True:
        end.send(ASK, (b"test", b"length", bytes(1 << 20)))
        end.receive()


MODES = (
    *(silent, spinning, gone, junk, huge, dripping, flood, out_of_turn, unknown_kind, unknown_function),
    *(no_function, odd_name, wrong_arguments, no_arguments, forged_limit, broken_limit, broken_failure),
    *(asking_for_ever, function_of_lua),
)


def main() -> None:
    """
    Be honest until a script would run.
    """
    os.dup2(int(sys.argv[1]), 0)
    end = WorkerEnd(0)
    answering_entries(end)
    next(mode for mode in MODES if mode.__name__ == sys.argv[2])(end)
    end.receive()


def answering_entries(end: WorkerEnd) -> None:
    """
    Let the state be made: find each entry, and answer the first call, which tells where modules are.
    """
    answering(end)
    end.send(DONE, ())
    answering(end)


if __name__ == "__main__":
    main()
