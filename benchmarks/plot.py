"""
The plot of growth, an SVG: a panel for each series, both axes logarithmic, so that what stays as it is lies
flat.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape

Json = dict[str, Any]

WIDTH, HEIGHT = 360, 260
LEFT, TOP, RIGHT, BOTTOM = 56, 34, 16, 44


def growth(series: Sequence[Json]) -> str:
    """
    The plot of series as the results keep them.
    """
    panels = "\n".join(
        f'<g transform="translate({place * WIDTH} 0)">\n' + "\n".join(_panel(each)) + "\n</g>"
        for place, each in enumerate(series)
    )
    width = WIDTH * max(len(series), 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}"'
        f' height="{HEIGHT}" font-family="sans-serif" font-size="11" fill="#222">\n'
        f'<rect width="{width}" height="{HEIGHT}" fill="#fff"/>\n{panels}\n</svg>\n'
    )


class _Axis:
    """
    A logarithmic axis of whole decades, from a first to a last place on the paper.
    """

    def __init__(self, values: Sequence[float], first: float, last: float) -> None:
        self.least = math.floor(math.log10(min(values)))
        self.most = max(math.ceil(math.log10(max(values))), self.least + 1)
        self._first, self._last = first, last

    def place(self, value: float) -> float:
        part = (math.log10(value) - self.least) / (self.most - self.least)
        return round(self._first + part * (self._last - self._first), 1)

    def decades(self) -> list[int | float]:
        return [10**power for power in range(self.least, self.most + 1)]


def _panel(series: Json) -> Iterator[str]:
    points = series["points"]
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    across = _Axis([point["at"] for point in points], LEFT, right)
    up = _Axis([point[name] for point in points for name in ("low", "high")], bottom, TOP)
    title, over = escape(f"{series['name']}, {series['unit']}"), escape(series["over"])
    yield f'<text x="{LEFT}" y="18" font-weight="bold">{title}</text>'
    yield f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{over}</text>'
    for value in up.decades():
        y = up.place(value)
        yield f'<path d="M{LEFT} {y}H{right}" stroke="#ddd"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{value:,g}</text>'
    for value in across.decades():
        x = across.place(value)
        yield f'<path d="M{x} {TOP}V{bottom}" stroke="#ddd"/>'
        yield f'<text x="{x}" y="{bottom + 16}" text-anchor="middle">{value:,g}</text>'
    line = " ".join(f"{across.place(point['at'])},{up.place(point['median'])}" for point in points)
    yield f'<polyline points="{line}" fill="none" stroke="#1f5fa8" stroke-width="2"/>'
    for point in points:
        x = across.place(point["at"])
        yield f'<path d="M{x} {up.place(point["low"])}V{up.place(point["high"])}" stroke="#1f5fa8"/>'
        yield f'<circle cx="{x}" cy="{up.place(point["median"])}" r="3" fill="#1f5fa8"/>'
