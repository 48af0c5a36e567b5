"""A small audit to try checks and repairs on: real digits, a network a second old, and variants that are hard."""

import functools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.estimate.on_target import estimated
from shiftprobe.auditing.evidence import AuditEvidence, Baseline, Paired, Side, Subject
from shiftprobe.auditing.model import CheckpointFacts
from shiftprobe.auditing.policy import load_policy
from shiftprobe.auditing.predictions import predict
from shiftprobe.auditing.types import Predictions
from shiftprobe.core.types import IDENTITY, Condition
from shiftprobe.data.bundle import Bundle, Skipped

TRAINED, DATA, TARGET = slice(0, 100), slice(100, 220), slice(220, 340)  # images of UCI digits
SHIFTS = ("gaussian_noise", "contrast", "rotation")
AT = 0.5
POLICY = {
    "shifts": list(SHIFTS),
    "severities": [AT],
    "severity": {"at": AT},
    "slices": {"images": 100},
    "corruption_error": {"reference": {shift: [0.4] for shift in SHIFTS}},
}
EPOCHS = 15


@functools.cache
def toy_audit() -> AuditEvidence:
    """Evidence of a checkpoint of UCI digits, with other such digits, rotated, as the labelled target.

    The same in every call and process of one machine; some seconds, once.
    """
    from shiftprobe import data

    bundle = data.load("digits:uci", Path())
    subject, side, target = _subject(bundle), _side(bundle, DATA), _side(bundle, TARGET)
    made = AuditEvidence(
        policy=load_policy(POLICY),
        subject=subject,
        data=side,
        clean=_predicted(subject, side),
        dial={Condition(shift, AT): _predicted(subject, side, shift, AT) for shift in SHIFTS},
        target=target,
        on_target=_predicted(subject, target, "rotation", AT),
        baseline=_baseline(len(side)),
    )
    return replace(made, estimate=estimated(made))


def audit_variants() -> Mapping[str, AuditEvidence]:
    """The same without labels or target, with few images, one class, lost files, all wrong, unsure, or scores alone."""
    whole = toy_audit()
    target, on_target = whole.target, whole.on_target
    if target is None or on_target is None:  # `toy_audit` has both
        return {}
    alone = replace(whole, target=None, on_target=None, estimate=None)
    strange = replace(target, labels=np.full(len(target), 3))
    labels = np.zeros_like(whole.labels)
    lost = replace(whole.data.bundle, skipped=(Skipped("a.png", "empty"),))
    wrong = {place: _turned(one) for place, one in whole.dial.items()}
    found = {
        "all there is": whole,
        "a target without labels": replace(whole, target=replace(target, labels=None)),
        "a target of one class": replace(whole, target=strange, on_target=_turned(on_target)),
        "no target": alone,
        "no shift": replace(alone, policy=load_policy({"shifts": []}), dial={}),
        "one image": replace(_few(alone, 1), baseline=None),
        "labels of one class": replace(alone, data=replace(whole.data, labels=labels)),
        "a file that was skipped": replace(alone, data=replace(whole.data, bundle=lost)),
        "every answer another one": replace(alone, clean=_turned(whole.clean), dial=wrong),
        "answers that are hardly sure": replace(
            alone, clean=replace(whole.clean, logits=whole.clean.logits * np.float32(0.05))
        ),
        "a black box": _scores_alone(whole),
    }
    return {name: _copied(one) for name, one in found.items()}


def _subject(bundle: Bundle) -> Subject:
    from shiftprobe.core import seeding
    from shiftprobe.engine.executors.threads import limited
    from shiftprobe.models.build import build
    from shiftprobe.models.preprocess import Preprocess
    from shiftprobe.spec.recipe import Recipe
    from shiftprobe.train.loop import fit
    from shiftprobe.train.pixels import Labelled

    preprocess = Preprocess.fit(bundle.images[TRAINED])
    model = build("small_cnn", classes=10, channels=1, size=8, seed=seeding.integer("toy", "audit"))
    pixels = Labelled(preprocess.images(bundle.images[TRAINED]), bundle.labels[TRAINED])
    with limited(1):
        fit(model, pixels, preprocess, Recipe(epochs=EPOCHS, batch=16), seed=0, device="cpu")
    facts = CheckpointFacts(
        path="toy.pt", sha256="0" * 64, arch="small_cnn", arch_from="given", parameters=0, classes=bundle.classes
    )
    return Subject(
        model=model.eval(),
        head="head",
        preprocess=preprocess,
        classes=bundle.classes,
        fingerprint="0" * 64,
        facts=facts,
    )


def _baseline(n: int) -> Baseline:
    """One that has nine of ten images right."""
    paired = Paired(right=np.arange(n) % 10 > 0, index=np.arange(n), lost=0)
    return Baseline(name="earlier.pt", fingerprint="1" * 64, sides={"data": paired})


def _side(bundle: Bundle, part: slice) -> Side:
    index = np.arange(len(bundle))[part]
    groups = np.where(index % 2, "night", "day")
    return Side(name=bundle.name, bundle=bundle, index=index, labels=bundle.labels[index], groups=groups)


def _predicted(subject: Subject, side: Side, shift: str = IDENTITY, severity: float = 0.0) -> Predictions:
    from shiftprobe.engine.executors.threads import limited
    from shiftprobe.engine.shifted_sets import Dose
    from shiftprobe.shifts import find

    with limited(1):
        return predict(subject, side, range(len(side)), Dose(find(shift), severity, 0))


def _scores_alone(whole: AuditEvidence) -> AuditEvidence:
    """The same checkpoint as a function: nothing inside it is seen."""
    import torch

    from shiftprobe.models.black_box import BlackBox

    model = whole.subject.model

    def score(images: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            return np.asarray(model(torch.from_numpy(images)).numpy(), np.float32)

    def blind(one: Predictions) -> Predictions:
        return replace(one, features=None)

    made = replace(
        whole,
        subject=replace(whole.subject, model=BlackBox(score).eval(), head=None),
        clean=blind(whole.clean),
        dial={place: blind(one) for place, one in whole.dial.items()},
        on_target=None if whole.on_target is None else blind(whole.on_target),
    )
    return replace(made, estimate=estimated(made))


def _turned(one: Predictions) -> Predictions:
    """Every answer is that of the next class."""
    return replace(one, logits=np.roll(one.logits, 1, axis=1))


def _few(whole: AuditEvidence, n: int) -> AuditEvidence:
    def cut(one: Predictions) -> Predictions:
        return one.each(lambda array: array[:n])

    groups = None if whole.data.groups is None else whole.data.groups[:n]
    data = replace(whole.data, index=whole.data.index[:n], labels=whole.labels[:n], groups=groups)
    return replace(
        whole, data=data, clean=cut(whole.clean), dial={place: cut(one) for place, one in whole.dial.items()}
    )


def _copied(one: AuditEvidence) -> AuditEvidence:
    """Arrays of its own: what a check writes into them reaches no other evidence."""

    def copy(part: Predictions) -> Predictions:
        return part.each(np.copy)

    return replace(
        one,
        clean=copy(one.clean),
        dial={place: copy(part) for place, part in one.dial.items()},
        on_target=None if one.on_target is None else copy(one.on_target),
        data=replace(one.data, labels=one.labels.copy()),
    )
