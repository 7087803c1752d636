"""
The judgement of a soak.
"""

from __future__ import annotations

import pytest

from tests.server.bench.soak import MEGA, Seen


@pytest.mark.parametrize(("grows", "flat"), [(0, True), (1, True), (100, False)])
def test_flat(grows: int, flat: bool) -> None:
    """
    Memory that grows at the beginning, and up and down later on, is flat; what goes on growing is not.
    """
    seen = Seen()
    for step in range(200):
        warming = min(step, 30) * 3 * MEGA
        seen.number.append(step * 1000)
        seen.sizes.append(100 * MEGA + warming + (step % 5) * MEGA + step * grows * MEGA // 200)

    assert seen.flat() is flat
