"""
``python -m benchmarks.peak VERB …``: luahost's command, and then on standard error the most memory that its
process had, as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from luahost.cli import main

if __name__ == "__main__":
    code: int | str | None
    try:
        code = main()
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    # Not getrusage, which counts in what the process that started this one held before.
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    json.dump({"peak_kilobytes": peak}, sys.stderr)
    sys.exit(code)
