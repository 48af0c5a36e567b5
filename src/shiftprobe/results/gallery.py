"""The paper's figure: which test images one arm has wrong and the other right, in how many seeds, with pictures.

Pictures are chosen when the answers are known, from the images that planning still holds, and kept in the run folder
at 96 px at most; the report reads no data.
"""

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.files import json_bytes, write_folder
from shiftprobe.core.types import IDENTITY, Cell, Image
from shiftprobe.results.findings import Answers, read_answers
from shiftprobe.results.run_folder import RunDir
from shiftprobe.spec.pairs import declared_pairs
from shiftprobe.spec.schema import Spec

OUTCOMES = ("b_only", "a_only", "neither", "both")  # the paper's figure first
SIDE = 96  # px
COARSE = 48  # px; smaller pictures are shown with their pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryImage:
    """One test image of a gallery: in how many seeds each outcome fell, and what each arm called it."""

    image: int
    label: str
    outcomes: Mapping[str, int] = field(default_factory=dict)
    a: Mapping[str, int] = field(default_factory=dict)  # predicted name -> seeds
    b: Mapping[str, int] = field(default_factory=dict)
    thumb: str = ""  # file name beside gallery.json
    pixelated: bool = False
    path: str = ""  # where it lies in its data, as images.csv names it; empty in older folders


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """Who was right on which test images in one condition; outcomes are those of `OUTCOMES`."""

    shift: str
    severity: float
    budget: int | None
    a: str
    b: str
    seeds: tuple[int, ...] = ()
    images: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)  # image x seed pairs
    found: Mapping[str, int] = field(default_factory=dict)  # images with that outcome in at least one seed
    shown: tuple[GalleryImage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Galleries:
    """`gallery/gallery.json`."""

    galleries: tuple[Gallery, ...] = ()


def write_gallery(
    run: RunDir, spec: Spec, classes: Sequence[str], images: Sequence[Image], paths: Sequence[str] = ()
) -> None:
    """Choose the pictures of every budget and keep them in `gallery/`, whole or not at all.

    Args:
        run: a run folder whose cells are finished.
        spec: what was asked for.
        classes: the target's, in label order.
        images: the unshifted test images, in the order in which the arms met them.
        paths: where each of them lies in its data; empty where nobody knows.
    """
    budgets = sorted(spec.target.budgets)
    each = spec.report.thumbnails // len(budgets)
    found = [
        gallery(answers, pair=pair, classes=classes, budget=budget, images=images, most=each, paths=paths)
        for budget in budgets
        for pair, answers in [_answers(run, spec, budget)]
    ]
    known = tuple(one for one in found if one)
    numbers = {shown.thumb: shown.image for one in known for shown in one.shown}
    files = {thumb: thumbnail(images[number]) for thumb, number in numbers.items()}
    files["gallery.json"] = json_bytes(asdict(Galleries(galleries=known)))
    write_folder(run.gallery, files, {"what": "test images"})


def _answers(run: RunDir, spec: Spec, budget: int) -> tuple[tuple[str, str], dict[int, Answers]]:
    """The first declared pair that answered on the unshifted target, and what both said, by seed.

    What no seed moves, as the untouched checkpoint, answered once and stands beside every seed.
    """
    still = read_answers(run, Cell(IDENTITY, 0.0))
    told = {seed: read_answers(run, Cell(IDENTITY, 0.0, budget, seed)) for seed in spec.seeds}
    beside = {seed: _beside(one, still) for seed, one in told.items() if one}
    for pair in declared_pairs(spec):
        found = {seed: one for seed, one in beside.items() if set(pair) <= set(one.predicted)}
        if found:
            return pair, found
    return declared_pairs(spec)[0], {}


def _beside(one: Answers, still: Answers | None) -> Answers:
    """A seed's answers with those that no seed moves; without them where they are about other images."""
    same = still is not None and np.array_equal(one.labels, still.labels)
    return Answers(one.labels, {**still.predicted, **one.predicted}) if still is not None and same else one


def gallery(
    answers: Mapping[int, Answers],
    *,
    pair: tuple[str, str],
    classes: Sequence[str],
    budget: int,
    images: Sequence[Image],
    most: int,
    paths: Sequence[str] = (),
) -> Gallery | None:
    """Counts of right and wrong by both arms, and the images to show; None where no seed has both arms."""
    if not answers:
        return None
    labels = next(iter(answers.values())).labels
    told = np.stack([_outcomes(one, pair) for one in answers.values()])  # (seeds, images), places in OUTCOMES
    in_seeds = np.stack([(told == place).sum(axis=0) for place in range(len(OUTCOMES))])  # (outcomes, images)
    return Gallery(
        shift=IDENTITY,
        severity=0.0,
        budget=budget,
        a=pair[0],
        b=pair[1],
        seeds=tuple(sorted(answers)),
        images=len(labels),
        counts={name: int((told == place).sum()) for place, name in enumerate(OUTCOMES)},
        found={name: int((in_seeds[place] > 0).sum()) for place, name in enumerate(OUTCOMES)},
        shown=tuple(
            GalleryImage(
                image=image,
                label=classes[labels[image]],
                outcomes={name: int(n) for name, n in zip(OUTCOMES, in_seeds[:, image], strict=True) if n},
                a=_said(answers, pair[0], image, classes),
                b=_said(answers, pair[1], image, classes),
                thumb=f"{image}.webp",
                pixelated=max(images[image].shape[:2]) < COARSE,
                path=paths[image] if paths else "",
            )
            for image in chosen(in_seeds, most)
        ),
    )


def _outcomes(answers: Answers, pair: tuple[str, str]) -> NDArray[np.int64]:
    """Per image, the place in `OUTCOMES`."""
    a, b = (answers.predicted[arm] == answers.labels for arm in pair)
    return np.select([~a & b, a & ~b, ~a & ~b], [0, 1, 2], 3)


def _said(answers: Mapping[int, Answers], arm: str, image: int, classes: Sequence[str]) -> dict[str, int]:
    """How many seeds of an arm gave which answer, by class name."""
    return dict(Counter(classes[one.predicted[arm][image]] for one in answers.values()).most_common())


def chosen(in_seeds: NDArray[np.int64], most: int) -> list[int]:
    """Which images to show: outcomes take turns, each giving first the images that met it in most seeds.

    Args:
        in_seeds: (outcomes, images) in how many seeds an image met an outcome.
        most: how many images in all.

    Returns:
        Numbers of images, each once.
    """
    queues = [[int(i) for i in np.argsort(-row, kind="stable") if row[i]] for row in in_seeds]
    found: dict[int, None] = {}
    for turn in range(max(map(len, queues), default=0)):
        for queue in queues:
            if turn < len(queue) and len(found) < most:
                found[queue[turn]] = None
    return list(found)


def thumbnail(image: Image) -> bytes:
    """WebP bytes of a picture of 96 px at most, lossless where it is small; the same bytes for the same picture."""
    import PIL.Image

    picture = PIL.Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).convert("RGB")
    picture.thumbnail((SIDE, SIDE), PIL.Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "WEBP", lossless=max(picture.size) < COARSE, quality=80, method=4)
    return out.getvalue()
