"""
What is judged: a part of what happened, or all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from luahost.dataclass import dataclass
from luahost.effects import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """
    What there is to look at.

    Attributes:
        when: Which part of the scenario it is, for reports: ``after step 2 (deliver, line 9)``.

        effects: What happened in this part.

        received: What the endpoint received; its requests have their secret headers, which effects do not.

        mailboxes_open: The mailboxes that were opened and neither closed nor freed.

        seconds: How long it took by the script's clock.
    """

    when: str
    effects: Sequence[Effect]
    received: Sequence[Any] = ()
    mailboxes_open: Sequence[str] = ()
    seconds: float = 0.0
