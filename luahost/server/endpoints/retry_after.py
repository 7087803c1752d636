"""
``Retry-After`` (RFC 9110, section 10.2.3): seconds, or a date.
"""

from __future__ import annotations

import email.utils
from collections.abc import Iterable


def retry_after_seconds(headers: Iterable[tuple[str, str]], *, now: float) -> float | None:
    """
    How long an answer asks to wait; None if it does not say, or nothing that can be read.

    Args:
        headers: The answer's.

        now: The time, in seconds since 1970.
    """
    asked = next((value for name, value in headers if name.lower() == "retry-after"), "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked[:9])
    try:
        return max(email.utils.parsedate_to_datetime(asked).timestamp() - now, 0.0)
    except ValueError:
        return None
