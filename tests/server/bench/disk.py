"""
What the disk does, beside which everything else is told: a machine with neighbours has no rate of its own.
"""

from __future__ import annotations

import os
import time
from pathlib import Path


def disk_rate(folder: Path, seconds: float) -> float:
    """
    How often a second the disk takes 4 KB for good: fdatasync after each append.
    """
    file = os.open(folder / "disk", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    block, count, begin = bytes(4096), 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        os.write(file, block)
        os.fdatasync(file)
        count += 1
    os.close(file)
    return count / (time.perf_counter() - begin)
