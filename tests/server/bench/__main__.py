"""
``python -m tests.server.bench [SECONDS]``: what ``luahost serve`` does a second, beside what the disk does.

The disk's own rate, of appending 4 KB and waiting for it, is taken beside each figure that hangs on it, as a
machine with neighbours has no rate of its own. Ratios are what can be compared.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests.server.bench import cluster, intake, running, spool
from tests.server.bench.report import say


def main() -> None:
    """
    All of it.
    """
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 4.0
    load = os.getloadavg()[0]
    say("machine", f"{len(os.sched_getaffinity(0))} cores, load {load:.1f} before this")
    intake.figures(seconds)
    spool.figures(seconds)
    cluster.figures(seconds)
    running.figures(seconds)
    # In a process of its own, as it starts a Dovecot; it says so if there is none.
    subprocess.run([sys.executable, "-m", "tests.server.bench.mail_path"], check=True)


if __name__ == "__main__":
    main()
