"""
What the measurements ran on: figures mean nothing without it.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sysconfig
from pathlib import Path

COMMANDS = {
    "Lua of Debian": ["lua5.4", "-v"],
    "Dovecot": ["/usr/sbin/dovecot", "--version"],
    "busted": ["busted", "--version"],
    "C compiler": ["cc", "--version"],
}


def described() -> dict[str, str]:
    """
    Processor, memory, load and versions, by name; what is not there is left out.
    """
    memory = next(
        int(line.split()[1]) for line in Path("/proc/meminfo").read_text().splitlines() if "MemTotal" in line
    )
    optimized = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    found = {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory / 2**20:.0f} GiB",
        "kernel": platform.release(),
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "Python": f"{platform.python_version()}, built {'with' if optimized else 'without'} profiles",
        "lupa": importlib.metadata.version("lupa"),
    }
    for name, command in COMMANDS.items():
        if shutil.which(command[0]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            found[name] = (done.stdout or done.stderr).splitlines()[0].strip()
    return found


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
