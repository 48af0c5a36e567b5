"""Does the checkpoint look at the same places under a shift? Grad-CAM maps, clean against shifted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun
from shiftprobe.auditing.checks.bounded import decided
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import MapsByShift, MapStability
from shiftprobe.auditing.model import Measurements, Part
from shiftprobe.auditing.types import Check
from shiftprobe.core import seeding
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.data.split import stratified_order
from shiftprobe.engine.shifted_sets import prepared
from shiftprobe.metrics import InputError, map_correlation, mean_interval, tells_nothing
from shiftprobe.probes.maps import HALVED_ABOVE

if TYPE_CHECKING:
    from shiftprobe.models.attribute import Maps
    from shiftprobe.repairs.attempt import Patient

METHOD = "Grad-CAM"  # three forward passes' worth per image and shift; integrated gradients would cost 150
IMAGES = 32  # explained under every shift; half as many above HALVED_ABOVE px
TITLE = "rank correlation of maps, clean and shifted"
HOW_TO_FIX = "train with this shift among the augmentations, or see on the page which places the answers rest on there"
CONSTANT = "every map is constant: no place speaks for the answer"

Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """Mean rank correlation over images with its t interval, from -1 to 1."""

    rank: float
    low: float
    high: float
    n: int


def attribution(evidence: AuditEvidence) -> Part:
    """The least stable shift at the policy's `severity.at`: where the answer to the clean image is looked for.

    Each image's map for the answer it gets clean is held against the map of the same answer on the shifted image,
    by Spearman's rank correlation. Intervals hold for all shifts at once (Bonferroni). Beside it `sanity`: the same
    with a network of random weights on the clean images. Where that reaches the threshold too, maps show the image and
    not the network, and the check cannot tell.

    Raises:
        NotAvailableError: when no shift is asked for, or no tap gives a map of several places.
        BlackBoxError: when the network cannot be looked into.
        InputError: when every map is constant.

    Reference: Selvaraju et al., 2017, arXiv:1610.02391; Adebayo et al., 2018, arXiv:1810.03292.
    """
    shifts, at = evidence.policy.shifts, evidence.policy.severity.at
    if not shifts:
        raise NotAvailableError("the policy asks for no shift")
    patient, index = evidence.subject.patient, chosen(evidence)
    said, still = evidence.clean.answers[index], _pixels(evidence, index, UNSHIFTED)
    clean = _maps(patient, still, said)
    level = 1.0 - (1.0 - evidence.policy.confidence) / len(shifts)
    found = {
        shift: ranked(clean, _maps(patient, _pixels(evidence, index, Condition(shift, at)), said), level)
        for shift in shifts
    }
    known = {shift: one for shift, one in found.items() if one is not None}
    if not known:
        raise InputError(CONSTANT)
    sanity = ranked(clean, _maps(_random(patient, evidence.policy.seed), still, said), level)
    return Part(
        checks=(_check(evidence, known, sanity, len(index)),),
        shown=Measurements(attribution=_shown(found, sanity, f"{METHOD}, severity {at:g}")),
    )


def chosen(evidence: AuditEvidence) -> Index:
    """Places of the images that are explained: classes in turn, drawn with the policy's seed."""
    most = IMAGES if evidence.subject.preprocess.size <= HALVED_ABOVE else IMAGES // 2
    order = stratified_order(evidence.labels, seeding.generator(evidence.policy.seed, "attribution"))
    return np.asarray(np.sort(order[:most]), np.int64)


def ranked(x: "Maps", y: "Maps", confidence: float) -> Ranked | None:
    """How alike two sets of maps rank the places of the same images; None where no pair of maps says anything."""
    both = ~(tells_nothing(x) | tells_nothing(y))
    if not both.any():
        return None
    mean, low, high = mean_interval(map_correlation(x[both], y[both]), confidence)
    ends = (-1.0, 1.0) if low is None or high is None else (max(-1.0, low), min(1.0, high))
    return Ranked(rank=mean, low=min(mean, ends[0]), high=max(mean, ends[1]), n=int(both.sum()))


def _pixels(evidence: AuditEvidence, index: Index, condition: Condition) -> NDArray[np.uint8]:
    places = evidence.data.index[index].tolist()
    return prepared(evidence.data.bundle.images, places, evidence.dose(condition), evidence.subject.preprocess)


def _maps(patient: "Patient", pixels: NDArray[np.uint8], said: Index) -> "Maps":
    from shiftprobe.models.attribute import grad_cam, last_map
    from shiftprobe.models.taps import tap_names

    model, normalise = patient.model, patient.preprocess.normalise
    tap = last_map(model, pixels[0], normalise, tap_names(model, patient.head))
    return grad_cam(model, pixels, said, normalise, tap=tap)


def _random(patient: "Patient", seed: int) -> "Patient":
    from shiftprobe.engine.networks import redrawn

    return replace(patient, model=redrawn(patient.model, seeding.integer(seed, "attribution control")).eval())


def _check(evidence: AuditEvidence, known: Mapping[str, Ranked], sanity: Ranked | None, asked: int) -> Check:
    policy, rule = evidence.policy, evidence.policy.attribution
    worst = min(known, key=lambda shift: known[shift].rank)
    value, n = known[worst].rank, known[worst].n
    low, high = min(one.low for one in known.values()), min(one.high for one in known.values())
    empty = f" of {asked}, the others' maps are empty" if n < asked else ""
    beside = "says nothing" if sanity is None else f"reaches {sanity.rank:.2f}"
    said = (
        f"{METHOD} maps of clean and shifted images agree least under {worst} at {policy.severity.at:g}: rank "
        f"correlation {value:.2f} ({100 * policy.confidence:g} % interval {low:.2f} to {high:.2f} for the lowest of "
        f"{len(known)}, n = {n}{empty}; a network of random weights {beside})"
    )
    check = replace(begun("attribution", TITLE, evidence="#attribution", fix=HOW_TO_FIX), unit="ratio")
    check = decided(check, rule, (value, low, high, n), ("at least", rule.at_least), said)
    if check.status == "pass" and sanity is not None and sanity.rank >= rule.at_least:
        doubt = ", but random weights reach the threshold too: these maps show the image, not the network"
        return replace(check, status="cannot tell", reason=f"{said}{doubt}", fix="")
    return check


def _shown(found: Mapping[str, Ranked | None], sanity: Ranked | None, method: str) -> MapsByShift:
    control = None if sanity is None else sanity.rank
    shifts = {
        shift: MapStability(n=0, sanity=control, reason=CONSTANT)
        if one is None
        else MapStability(rank=one.rank, low=one.low, high=one.high, n=one.n, sanity=control)
        for shift, one in found.items()
    }
    return MapsByShift(shifts=shifts, method=method)


QUESTIONS.add(Question(name="attribution", title=TITLE, section="attribution", ask=attribution, looks=True))
