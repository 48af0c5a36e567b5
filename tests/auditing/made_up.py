"""Evidence without a network: answers made up image by image, so that every share is known beforehand."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.evidence import AuditEvidence, Side, Subject
from shiftprobe.auditing.model import CheckpointFacts
from shiftprobe.auditing.policy import Policy, load_policy
from shiftprobe.auditing.ready import Ready
from shiftprobe.auditing.request import CheckpointRequest, Request
from shiftprobe.auditing.types import Predictions
from shiftprobe.core.types import Condition
from shiftprobe.data.bundle import Bundle
from shiftprobe.models.preprocess import Preprocess

CLASSES = ("ant", "bee", "cat", "dog")
SHIFTS = ("fog", "jpeg", "contrast")


def policy(**rules: Any) -> Policy:
    return load_policy({"shifts": list(SHIFTS), "severities": [0.25, 0.5, 1.0], **rules})


def labels_of(n: int) -> NDArray[np.int64]:
    return np.arange(n) % len(CLASSES)


def seen(labels: NDArray[np.int64], right: int | Sequence[bool], *, sure: float = 3.0, seed: int = 0) -> Predictions:
    """Answers of which the first so many (or those marked) are right; every wrong one says the next class."""
    marks = np.arange(len(labels)) < right if isinstance(right, int) else np.asarray(right, bool)
    answers = np.where(marks, labels, (labels + 1) % len(CLASSES))
    logits = np.zeros((len(labels), len(CLASSES)), np.float32)
    logits[np.arange(len(labels)), answers] = sure
    features = np.random.default_rng(seed).normal(size=(len(labels), 5)).astype(np.float32)
    return Predictions(logits=logits, features=features)


def side(n: int, *, name: str = "folder:photos", labelled: bool = True, groups: Sequence[str] | None = None) -> Side:
    images = np.random.default_rng(1).integers(0, 256, (n, 8, 8, 1)).astype(np.uint8)
    bundle = Bundle(name=name, images=tuple(images), labels=labels_of(n), classes=CLASSES)
    marks = None if groups is None else np.asarray(groups)
    return Side(name=name, bundle=bundle, index=np.arange(n), labels=labels_of(n) if labelled else None, groups=marks)


def subject() -> Subject:
    from torch import nn

    return Subject(
        model=nn.Identity(),
        head="head",
        preprocess=Preprocess(size=8, channels=1, mean=(0.5,), std=(0.5,)),
        classes=CLASSES,
        fingerprint="f" * 64,
        facts=CheckpointFacts(path="model.pt", sha256="f" * 64, arch="small_cnn", parameters=0, classes=CLASSES),
    )


def evidence(
    n: int = 400, right: int = 380, *, dial: Mapping[Condition, int] | None = None, **more: Any
) -> AuditEvidence:
    """`right` of `n` clean images are right, and under every shift as many as `dial` says (else as many as clean)."""
    rules = more.pop("policy", policy())
    data = more.pop("data", side(n))
    labels = labels_of(n)
    counts = {Condition(shift, s): right for shift in rules.shifts for s in rules.asked} | dict(dial or {})
    made = AuditEvidence(
        policy=rules,
        subject=subject(),
        data=data,
        clean=seen(labels, right),
        dial={place: seen(labels, count) for place, count in counts.items()},
    )
    return replace(made, **more)


def ready(
    data: Side,
    folder: Path,
    *,
    target: Side | None = None,
    who: Subject | None = None,
    rules: Policy | None = None,
    **asked: Any,
) -> Ready:
    """An audit that nothing was looked up for; `asked` are fields of its request."""
    wanted = Request(
        wanted=CheckpointRequest(checkpoint="m.pt"), data="photos", policy=policy() if rules is None else rules, **asked
    )
    return Ready(
        request=wanted,
        subject=who or subject(),
        data=data,
        target=target,
        other=None,
        name="m",
        folder=folder,
        notes=(),
    )
