"""
Records that cannot be the same, from ``exceptions.yaml``, each with its reason.
"""

from __future__ import annotations

from pathlib import Path

import yaml

FILE = Path(__file__).with_name("exceptions.yaml")


def exceptions() -> dict[tuple[str, str, int], str]:
    """
    The reasons, by version, scenario and step.
    """
    found: dict[tuple[str, str, int], str] = {}
    for reason in yaml.safe_load(FILE.read_text("utf-8")):
        for version, scenarios in reason["records"].items():
            for scenario, steps in scenarios.items():
                found |= {(version, scenario, step): reason["reason"] for step in steps}
    return found
