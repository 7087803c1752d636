"""
``python -m benchmarks.peak VERB …``: luahost's command, and then on standard error the most memory that its
process had, as JSON.
"""

from __future__ import annotations

import json
import resource
import sys

from luahost.cli import main

if __name__ == "__main__":
    code: int | str | None
    try:
        code = main()
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    json.dump({"peak_kilobytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}, sys.stderr)
    sys.exit(code)
