"""Gradient steps on the unlabelled images there (`--repairs adapt`): over orders of the stream, and sorted by class."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import Repair, StreamOrders
from shiftprobe.auditing.paired import Floats
from shiftprobe.auditing.repairs.base import RepairSite, moves, unjudged
from shiftprobe.auditing.repairs.judged import JudgedImages, home, there
from shiftprobe.core import seeding
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.engine.shifted_sets import prepared
from shiftprobe.stats.image_spread import image_spread

if TYPE_CHECKING:
    from shiftprobe.train.unlabelled_steps import Steps

ORDERS = 5
MOST = 1000  # images of the stream, and clean ones that are looked at after it
TITLES: "dict[Steps, str]" = {
    "tent": "gradient steps on entropy (Tent)",
    "sar": "sharpness-aware steps on reliable images (SAR)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """Images that a stream shows, as the network meets them."""

    pixels: NDArray[np.uint8] = field(repr=False)  # (n, S, S, C)
    labels: NDArray[np.int64]
    right: NDArray[np.bool_]  # of the network as it is


def try_steps(evidence: AuditEvidence, site: RepairSite) -> list[Repair]:
    """Tent and SAR where they are asked for; copies learn, and nothing of them is kept.

    Every order of the stream begins from the checkpoint. Each batch is judged by what is answered to it before the step
    that it leads to, as the papers do; an image's number is the share of orders in which it is right. After the stream
    a part of the clean images, another part for each order, says what it cost at home.

    Reference: Wang et al., 2021, arXiv:2006.10726; Niu et al., 2023, arXiv:2302.12400 (streams sorted by class).
    """
    if not evidence.adapt:
        return []
    begun = [Repair(name=steps, title=title, on=site.on) for steps, title in TITLES.items()]
    images = there(evidence, site)
    if evidence.subject.head is None:
        return [replace(one, reason="a black box has no weights that could learn") for one in begun]
    if images is None or unjudged(site):
        return [replace(one, reason=unjudged(site)) for one in begun]
    clean = home(evidence, site)
    shown, at_home = _shown(evidence, images), None if clean is None else _shown(evidence, clean)
    return [_tried(evidence, one, steps, shown, at_home) for one, steps in zip(begun, TITLES, strict=True)]


def _shown(evidence: AuditEvidence, images: JudgedImages) -> _Shown:
    n = len(images.side)
    few = np.unique(np.linspace(0, n - 1, min(n, MOST)).round().astype(np.int64))
    places = images.side.index[few].tolist()
    pixels = prepared(images.side.bundle.images, places, images.dose, evidence.subject.preprocess)
    return _Shown(pixels=pixels, labels=images.labels[few], right=images.right[few])


def _tried(evidence: AuditEvidence, begun: Repair, steps: "Steps", shown: _Shown, clean: _Shown | None) -> Repair:
    try:
        return _told(evidence, begun, steps, shown, clean)
    except NotAvailableError as error:
        return replace(begun, reason=str(error))


def _told(evidence: AuditEvidence, begun: Repair, steps: "Steps", shown: _Shown, clean: _Shown | None) -> Repair:
    from shiftprobe.train.unlabelled_steps import adapting, frozen, stream

    subject, seed, n = evidence.subject, evidence.policy.seed, len(shown.labels)
    parts = [np.zeros(0, np.int64)] * ORDERS if clean is None else _dealt(len(clean.labels), seed)
    rights, at_home = np.empty((ORDERS, n)), np.zeros(0 if clean is None else len(clean.labels))
    for place, part in enumerate(parts):
        order = seeding.generator(seed, "stream", place, n).permutation(n)
        state = adapting(subject.model, steps, subject.preprocess, subject.device)
        rights[place, order] = stream(state, shown.pixels[order]) == shown.labels[order]
        if clean is not None:
            at_home[part] = frozen(state, clean.pixels[part]) == clean.labels[part]
    by_class = _by_class(shown.labels, seed)
    state = adapting(subject.model, steps, subject.preprocess, subject.device)
    sorted_right = np.empty(n)
    sorted_right[by_class] = stream(state, shown.pixels[by_class]) == shown.labels[by_class]
    confidence = evidence.policy.confidence
    worst = _gain(shown, sorted_right, confidence)
    found = StreamOrders(
        orders=tuple(rights.mean(axis=1).tolist()),
        sorted_after=float(sorted_right.mean()),
        sorted_gain=worst[0],
        sorted_low=worst[1],
        sorted_high=worst[2],
    )
    repair = _with_gain(replace(begun, stream=found), shown, rights.mean(axis=0), confidence)
    if clean is None:
        return repair
    value, low, high = _gain(clean, at_home, confidence)
    return replace(repair, home_gain=value, home_low=low, home_high=high, home_n=len(at_home))


def _dealt(n: int, seed: int) -> list[NDArray[np.int64]]:
    """Clean images, mixed, a part for each order: batches of one class would break batch statistics."""
    return np.array_split(seeding.generator(seed, "stream", "home", n).permutation(n), ORDERS)


def _by_class(labels: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """An order of the images in which one class follows the other, in a drawn order of classes."""
    rng = seeding.generator(seed, "stream", "classes", len(labels))
    rank = rng.permutation(int(labels.max()) + 1)
    mixed = rng.permutation(len(labels))
    return mixed[np.argsort(rank[labels[mixed]], kind="stable")]


def _gain(shown: _Shown, after: Floats, confidence: float) -> tuple[float, float, float]:
    gaps = after - shown.right
    return (float(gaps.mean()), *image_spread(gaps).ends(confidence))


def _with_gain(repair: Repair, shown: _Shown, after: Floats, confidence: float) -> Repair:
    value, low, high = _gain(shown, after, confidence)
    told = replace(
        repair, before=float(shown.right.mean()), after=float(after.mean()), gain=value, low=low, high=high,
        n=len(after),
    )  # fmt: skip
    return replace(told, what=f"{repair.title} {moves(told, confidence)}, the mean of {ORDERS} orders of the stream")
