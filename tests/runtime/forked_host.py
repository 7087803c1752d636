"""
A host that forks, for ``test_worker_state.py``: it and its child run the script with workers of their own.
"""

from __future__ import annotations

import gc
import os
import sys

from luahost.runtime.worker_state import WorkerState


def called(state: WorkerState) -> str:
    """
    What the script's function answers.
    """
    return f"{state.call('f')[1]!r}\n"


def main() -> None:
    """
    Run, fork, and run in both.
    """
    state: WorkerState | None = WorkerState()
    assert state is not None
    state.load(sys.argv[1])
    child = os.fork()
    if child == 0:
        # Letting go of the host's state must not end the host's worker.
        state.close()
        state = None
        gc.collect()
        own = WorkerState()
        own.load(sys.argv[1])
        os.write(1, b"child " + called(own).encode())
        sys.exit(0)
    status = os.waitpid(child, 0)[1]
    os.write(1, b"parent " + called(state).encode())
    sys.exit(status)


if __name__ == "__main__":
    main()
