"""Specs that run in seconds on real digits. Imports nothing: conftest reads it before torch may be loaded."""

from typing import Any

DIGITS: dict[str, Any] = {
    "name": "tiny",
    "source": {"data": "digits:uci"},
    "target": {"data": "digits:uci", "budgets": [40]},
    "shifts": ["rotation"],
    "severities": [0.5],
    "seeds": 2,
    "train": {"epochs": 1, "device": "cpu"},
    "probes": ["accuracy", "distance", "cka", "linear", "null_band"],  # the quick ones
}
TINY: dict[str, Any] = {
    **DIGITS,
    "source": {"data": "digits:mnist", "images": 600},
    "target": {"data": "digits:uci", "budgets": [40], "test": 0.2},
    "model": {"preprocess": {"size": 14, "channels": 1, "mean": [0.13], "std": [0.3]}},
}
