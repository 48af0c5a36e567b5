"""A small network trained for seconds on real digits, and evidence of what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from shiftprobe import data
from shiftprobe.auditing.evidence import AuditEvidence, Side, Subject
from shiftprobe.auditing.model import CheckpointFacts
from shiftprobe.auditing.policy import load_policy
from shiftprobe.auditing.predictions import predict
from shiftprobe.auditing.types import Predictions
from shiftprobe.core.types import IDENTITY, Condition
from shiftprobe.engine.executors.threads import limited
from shiftprobe.engine.shifted_sets import Dose
from shiftprobe.models.build import build
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.shifts import find
from shiftprobe.spec.recipe import Recipe
from shiftprobe.train.loop import fit
from shiftprobe.train.pixels import Labelled

SHIFTS = ("contrast", "gaussian_noise")
AT = 0.5
TRAINED, JUDGED = 600, 400  # images


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A checkpoint of MNIST digits, images of MNIST it never saw, and UCI digits, both labelled."""

    subject: Subject
    data: Side
    target: Side
    clean: Predictions
    on_target: Predictions
    dial: dict[Condition, Predictions]

    def evidence(self, **more: Any) -> AuditEvidence:
        """Without a target; `policy` holds rules that differ from the default."""
        rules = {"shifts": list(SHIFTS), "severities": [AT], "severity": {"at": AT}, **more.pop("policy", {})}
        made = AuditEvidence(
            policy=load_policy(rules), subject=self.subject, data=self.data, clean=self.clean, dial=self.dial
        )
        return replace(made, **more)

    def with_target(self, *, labelled: bool = True, **more: Any) -> AuditEvidence:
        """The same, with the UCI digits as the target."""
        target = self.target if labelled else replace(self.target, labels=None)
        return self.evidence(target=target, on_target=self.on_target, **more)

    def prepared(self, preprocess: Preprocess, **more: Any) -> AuditEvidence:
        """Looked at with another preprocessing, clean images alone."""
        other = replace(self.subject, preprocess=preprocess)
        return self.evidence(subject=other, clean=seen(other, self.data), dial={}, **more)


def seen(subject: Subject, side: Side, shift: str = IDENTITY, severity: float = 0.0) -> Predictions:
    """One forward pass."""
    with limited(1):
        return predict(subject, side, range(len(side)), Dose(find(shift), severity, 0))


def train(epochs: int = 4) -> Trained:
    """Some 5 seconds on one thread."""
    mnist, uci = data.load("digits:mnist", Path()), data.load("digits:uci", Path())
    order = np.random.default_rng(0).permutation(len(mnist))
    ours, judged = order[:TRAINED], np.sort(order[TRAINED : TRAINED + JUDGED])
    preprocess = Preprocess(size=28, channels=1, mean=(0.5,), std=(0.5,))
    pixels = preprocess.images([mnist.images[i] for i in ours.tolist()])
    model = build("small_cnn", classes=10, channels=1, size=28, seed=0)
    with limited(1):
        fit(
            model,
            Labelled(pixels, mnist.labels[ours]),
            preprocess,
            Recipe(epochs=epochs),
            seed=0,
            device="cpu",
        )
    subject = Subject(
        model=model.eval(),
        head="head",
        preprocess=preprocess,
        classes=mnist.classes,
        fingerprint="0" * 64,
        facts=CheckpointFacts(path="digits.pt", sha256="0" * 64, arch="small_cnn", parameters=0, classes=mnist.classes),
    )
    side, target = _side(mnist, judged), _side(uci, np.arange(JUDGED))
    return Trained(
        subject=subject,
        data=side,
        target=target,
        clean=seen(subject, side),
        on_target=seen(subject, target),
        dial={Condition(shift, AT): seen(subject, side, shift, AT) for shift in SHIFTS},
    )


def _side(bundle: data.Bundle, index: "Sequence[int] | np.ndarray") -> Side:
    places = np.asarray(index, np.int64)
    return Side(name=bundle.name, bundle=bundle, index=places, labels=bundle.labels[places])
