"""Runs planned on made pictures with a checkpoint that somebody brings."""

from pathlib import Path
from typing import Any

import numpy as np
from tests.specs import DIGITS

from shiftprobe.data.bundle import Bundle
from shiftprobe.engine.plan import Given, Plan, plan
from shiftprobe.spec.loading import load_spec

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
NAMES = ("cat", "dog", "owl")


def pictures(px: int, classes: tuple[str, ...] = NAMES, channels: int = 3) -> Bundle:
    """Ten noisy pictures of each class."""
    rng, labels = np.random.default_rng(0), np.repeat(np.arange(len(classes)), 10)
    images = tuple(rng.integers(0, 256, (px, px, channels), np.uint8) for _ in labels)
    return Bundle(name="pictures", images=images, labels=labels, classes=classes)


def planned(out: Path, target: Bundle, model: dict[str, Any] | None = None, **more: Any) -> Plan:
    given = {key: more.pop(key) for key in ("source", "model_in_memory") if key in more}
    keys = {"target": {"data": "memory", "budgets": [len(target.classes)]}, "source": more.pop("spec_source", {})}
    spec = load_spec({**DIGITS, **keys, "shifts": [], "severities": [], "model": model or {}, **more})
    held = Given(out=out, target=target, source=given.get("source"), model=given.get("model_in_memory"))
    return plan(spec, held)
