"""`verdicts.json`: everything an audit found, as plain data; the page, JUnit and the rest are made of it alone."""

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import metadata
from typing import Any

import numpy as np

from shiftprobe.auditing.evidence import Side, Subject
from shiftprobe.auditing.request import Ready
from shiftprobe.auditing.types import EXIT_CODES, Check
from shiftprobe.auditing.verdict import ordered, outcome, sentence
from shiftprobe.core.escape import escape

SCHEMA, VERSION = "shiftprobe-verdicts", 1
PACKAGES = ("albumentations", "numpy", "scikit-learn", "scipy", "shiftprobe", "torch", "torchvision")
LONGEST = 300  # characters of a foreign name


def verdicts(ready: Ready, checks: Sequence[Check], shown: Mapping[str, Any]) -> dict[str, Any]:
    """Plain data, JSON-ready: no NaN, no clock, foreign text made visible."""
    found, request = ready.subject, ready.request
    word = outcome(checks)
    whole = {
        "schema": SCHEMA,
        "version": VERSION,
        "status": word,
        "exit_code": EXIT_CODES[word],
        "sentence": sentence(checks),
        "name": ready.name,
        "command": request.command,
        "digest": found.fingerprint[:12],
        "checkpoint": dict(found.facts),
        "preprocess": found.preprocess.to_dict(),
        "preprocess_from": found.facts["preprocess_from"],
        "policy": request.policy.resolved(),
        "policy_from": request.policy_from,
        "images": _images(ready.data),
        "data": {"name": ready.data.name, "classes": _counts(ready.data, found), "groups": _groups(ready.data)},
        "target": _target(ready.target, found),
        "notes": [asdict(note) for note in (*found.notes, *ready.notes)],
        "checks": [asdict(check) for check in ordered(checks)],
        "shown": dict(shown),
        "environment": {
            "python": platform.python_version(),
            "platform": platform.platform(),
            "device": "cpu",
            "versions": {name: metadata.version(name) for name in PACKAGES},
        },
    }
    plain: dict[str, Any] = _plain(whole)
    return plain


def _images(side: Side) -> dict[str, Any]:
    return {
        "used": len(side),
        "available": len(side.bundle),
        "skipped": [{"path": one.path, "reason": one.reason} for one in side.bundle.skipped],
    }


def _target(side: Side | None, found: Subject) -> dict[str, Any] | None:
    if side is None:
        return None
    counts = _counts(side, found) if side.labels is not None else None
    return {"name": side.name, "labelled": side.labels is not None, **_images(side), "classes": counts}


def _counts(side: Side, found: Subject) -> dict[str, int]:
    labels = [] if side.labels is None else side.labels.tolist()
    counts = Counter(labels)
    return {found.classes[label]: counts[label] for label in sorted(counts)}


def _groups(side: Side) -> dict[str, int] | None:
    return None if side.groups is None else dict(sorted(Counter(side.groups.tolist()).items()))


def _plain(value: Any) -> Any:
    """Numbers of numpy as Python's, tuples as lists, text with its control characters visible."""
    if isinstance(value, Mapping):
        return {escape(key, LONGEST): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return value.item()
    return escape(value, 20 * LONGEST) if isinstance(value, str) else value
