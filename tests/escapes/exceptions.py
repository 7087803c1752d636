"""
``exceptions.yaml``: what attempts call an escape and luahost promises.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from tests.escapes.attempt import Attempt
from tests.escapes.outcome import RAISED, RETURNED, Outcome

FILE = Path(__file__).with_name("exceptions.yaml")


def reason_for(attempt: Attempt, outcome: Outcome) -> str | None:
    """
    Why what the attempt found is no escape; None if it is one.
    """
    if outcome.end not in (RETURNED, RAISED) or outcome.after_stop or not outcome.alive:
        return None
    for exception in yaml.safe_load(FILE.read_text("utf-8")):
        titles = exception.get("titles")
        if (titles is None or attempt.title in titles) and re.search(exception["found"], outcome.words):
            return str(exception["reason"])
    return None
