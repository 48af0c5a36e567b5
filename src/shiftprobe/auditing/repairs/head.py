"""A new head on frozen features: what a linear readout of labelled images there would do."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.repairs.base import (
    REPAIRS,
    HalfChoice,
    KeepableRepair,
    RepairMethod,
    RepairSite,
    Tried,
    at_home,
    in_accuracy,
    unjudged,
)
from shiftprobe.auditing.repairs.choosing import Index, Right
from shiftprobe.auditing.repairs.judged import JudgedImages, home, there
from shiftprobe.core import seeding
from shiftprobe.metrics import fit_probe, probe_right
from shiftprobe.repairs.halving import folds
from shiftprobe.repairs.readout import cross_fitted

if TYPE_CHECKING:
    from torch import Tensor

    from shiftprobe.metrics.linear_probe import FittedProbe

FOLDS = 5
TITLE = "a new head on frozen features"


def head(evidence: AuditEvidence, site: RepairSite) -> Tried:
    """A ridge classifier of what the head is given, cross-fitted: no image judges a head that it fitted."""
    repair = METHOD.begun(site)
    labels = site.labels
    if labels is None or unjudged(site):
        return replace(repair, reason=unjudged(site))
    n = len(labels)
    needed, features, confidence = n - -(-n // FOLDS), site.predictions.penultimate, evidence.policy.confidence
    repair = replace(repair, labels=needed)
    parts = folds(labels, FOLDS, seeding.generator(evidence.policy.seed, "repair head", n))
    right = cross_fitted(features, labels, parts)
    told = in_accuracy(repair, site, right, confidence, needs=f"needs {needed:,} labelled images")
    clean = home(evidence, site)
    if clean is not None:
        told = at_home(told, clean.right, _at_home(site, labels, clean, parts), confidence)
    return KeepableRepair(repair=told, choice=partial(_first_half, evidence, site, clean))


def _at_home(site: RepairSite, there: Index, clean: JudgedImages, parts: list[Index]) -> Right:
    """(M,) whether clean images are right by a head of that place; none judges the one that its shifted self fitted."""
    features, labels = site.predictions.penultimate, clean.labels
    right = np.empty(len(labels), np.bool_)
    theirs = parts if site.paired else np.array_split(np.arange(len(labels)), len(parts))
    for fold, judges in zip(parts, theirs, strict=True):
        fits = np.setdiff1d(np.arange(len(features)), fold)
        probe = fit_probe(features[fits], there[fits])
        right[judges] = probe_right(probe, clean.now.penultimate[judges], labels[judges])
    return right


def _first_half(evidence: AuditEvidence, site: RepairSite, clean: JudgedImages | None) -> HalfChoice | None:
    """The head that the first half fits; None where a class would be lost, or the head is no linear layer."""
    from torch import nn

    images, subject = there(evidence, site), evidence.subject
    name = subject.head or ""
    old = subject.model.get_submodule(name)
    if images is None or not isinstance(old, nn.Linear) or old.bias is None:
        return None
    choosing, judging = images.halves
    features, labels = site.predictions.penultimate, images.labels
    probe = fit_probe(features[choosing], labels[choosing])
    if len(probe.classes) < len(subject.classes):
        return None
    rng = seeding.generator(evidence.policy.seed, "repair head", len(choosing))
    inner = cross_fitted(features[choosing], labels[choosing], folds(labels[choosing], FOLDS, rng))
    at_home = None if clean is None else probe_right(probe, clean.now.penultimate, clean.labels)
    return HalfChoice(
        score=float(inner.mean()),
        score_before=float(images.right[choosing].mean()),
        lost=0.0 if clean is None or at_home is None else clean.lost(at_home[clean.halves[0]]),
        before=images.right[judging],
        after=probe_right(probe, features[judging], labels[judging]),
        home=None if clean is None or at_home is None else clean.second(at_home),
        state=_with_head(subject.model.state_dict(), name, probe),
        how=f"a new head, a ridge classifier of {len(choosing):,} labelled images there; its confidence is not "
        "calibrated",
    )


def _with_head(state: "dict[str, Tensor]", name: str, probe: "FittedProbe") -> "dict[str, Tensor]":
    """The weights with the classifier in the place of the head."""
    import torch

    def like(key: str, values: NDArray[np.float64]) -> "Tensor":
        return torch.from_numpy(np.ascontiguousarray(values)).to(state[key].dtype)

    weight, bias = f"{name}.weight", f"{name}.bias"
    return {**state, weight: like(weight, probe.weights.T), bias: like(bias, probe.offset)}


METHOD = REPAIRS.add(RepairMethod(name="head", title=TITLE, rank=2, attempt=head))
