"""
A host whose script never ends, for ``test_worker_state.py``. It says which process that is.
"""

from __future__ import annotations

import os
import sys

from luahost.runtime.worker_state import WorkerState


def say(line: bytes) -> None:
    """
    Write what the script prints.
    """
    os.write(1, line)


def main() -> None:
    """
    Load the script.
    """
    state = WorkerState(printed=say)
    os.write(1, f"{state.process}\n".encode())
    state.load(sys.argv[1])


if __name__ == "__main__":
    main()
