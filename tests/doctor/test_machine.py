"""
The machine itself. Lua and isolation are looked at by ``tests/cli/test_doctor.py``.
"""

from __future__ import annotations

import time

from luahost.doctor.machine import clock_check
from luahost.testing import ManualClock


def test_the_date() -> None:
    """
    A date before luahost was installed is broken: the machine's clock was never set.
    """
    assert clock_check(ManualClock(0)).state == "fail"
    assert clock_check(ManualClock(time.time())).state == "ok"
