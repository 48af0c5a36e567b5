"""Slices and shortcuts of an audit: real digits with a planted bad part, what is told, and when nothing is."""

import functools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter
from tests.auditing.made_up import policy, subject

from shiftprobe import data
from shiftprobe.auditing.checks import QUESTIONS
from shiftprobe.auditing.checks.base import answer
from shiftprobe.auditing.evidence import AuditEvidence, Side
from shiftprobe.auditing.model import Part
from shiftprobe.auditing.samples import write_samples
from shiftprobe.auditing.types import Predictions
from shiftprobe.core.types import Image as Pixels
from shiftprobe.data.bundle import Bundle
from shiftprobe.models.preprocess import Preprocess

N = 1000
RIGHT = 0.93


def digits(n: int = N) -> tuple[list[Pixels], np.ndarray]:
    bundle = data.load("digits:mnist", Path())
    places = np.random.default_rng(5).permutation(len(bundle))[:n]
    return [np.array(bundle.images[i]) for i in places.tolist()], bundle.labels[places]


def made(images: list[Pixels], labels: np.ndarray, bad: np.ndarray, gap: float = 0.4, **rules: Any) -> AuditEvidence:
    """A checkpoint as sure of the bad images as of others, and less often right on them by `gap`."""
    rng = np.random.default_rng(9)
    right = rng.random(len(labels)) < np.where(bad, RIGHT - gap, RIGHT)
    logits = np.zeros((len(labels), 10), np.float32)
    logits[np.arange(len(labels)), np.where(right, labels, (labels + 3) % 10)] = 4.0
    features = rng.normal(size=(len(labels), 6)).astype(np.float32)
    names = tuple("0123456789")
    bundle = Bundle(name="folder:photos", images=tuple(images), labels=labels, classes=names)
    side = Side(name="folder:photos", bundle=bundle, index=np.arange(len(labels)), labels=labels)
    who = replace(subject(), classes=names, preprocess=Preprocess(28, 1, (0.5,), (0.5,)))
    rules = {"shifts": [], **rules}
    clean = Predictions(logits=logits, features=features)
    return AuditEvidence(policy=policy(**rules), subject=who, data=side, clean=clean, dial={})


@functools.cache
def darkened(share: float = 0.1) -> AuditEvidence:
    images, labels = digits()
    bad = np.random.default_rng(1).random(N) < share
    return made(
        [(0.12 * one).astype(np.uint8) if dark else one for one, dark in zip(images, bad, strict=True)], labels, bad
    )


def asked(evidence: AuditEvidence) -> Part:
    return answer(QUESTIONS["slices"], evidence)


@functools.cache
def dark_part() -> Part:
    return asked(darkened())


def test_a_dark_part_is_found_and_told_in_words_with_its_numbers() -> None:
    evidence, part = darkened(), dark_part()
    check, naming = part.checks
    (search,) = part.shown.slices
    one = search.slices[0]
    assert (check.name, check.status, check.gates, naming.status) == ("slices", "warn", False, "pass")
    assert (one.by, one.relation) == ("brightness", "below")
    assert check.reason.startswith(f"dark pictures, brightness below {one.bound:g}: {100 * one.accuracy:.1f} % right (")
    assert f"), n = {one.n}, against {100 * one.rest:.1f} %" in check.reason
    assert "preview darken" in check.fix
    grey = np.array([image.mean() / 255 for image in evidence.data.bundle.images])
    inside, right = grey < float(one.bound), evidence.clean.right(evidence.labels)
    assert one.images == inside.sum()
    assert one.low < right[inside].mean() < one.high
    assert one.n + one.rest_n == N / 2
    assert sum(part_.n for part_ in one.bins) == N
    assert sum(part_.n for part_ in one.bins if part_.within) == one.images
    assert one.same_classes == pytest.approx(RIGHT, abs=0.03)
    assert "contrast" in {trait.name for trait in one.traits}


def test_a_blurred_part_is_found_by_what_blur_changes() -> None:
    images, labels = digits()
    bad = np.random.default_rng(1).random(N) < 0.12
    soft = [
        np.asarray(Image.fromarray(one[..., 0]).filter(ImageFilter.GaussianBlur(2.2)))[..., None] if blurred else one
        for one, blurred in zip(images, bad, strict=True)
    ]
    one = asked(made(soft, labels, bad)).shown.slices[0].slices[0]
    assert one.by in {"sharpness", "contrast", "margin"}  # blur spreads ink: all three tell it
    assert "sharpness" in {one.by, *(trait.name for trait in one.traits)}
    assert one.gap == pytest.approx(0.4, abs=0.2)


def test_an_even_checkpoint_passes_with_what_would_have_been_seen() -> None:
    images, labels = digits()
    part = asked(made(images, labels, np.zeros(N, bool)))
    check, naming = part.checks
    assert (check.status, check.fix, part.shown.slices[0].slices) == ("pass", "", ())
    assert "in a tenth of the images a gap of" in check.reason
    assert (naming.status, part.shown.shortcuts) == ("pass", ())  # ink names a one sometimes: natural, no shortcut


def test_a_cluster_of_features_is_told_only_where_the_checkpoint_does_not_know() -> None:
    images, labels = digits()
    bad = np.random.default_rng(4).random(N) < 0.12
    evidence = made(images, labels, bad)
    features = evidence.clean.penultimate.copy()
    features[bad] += 6
    silent = replace(evidence, clean=replace(evidence.clean, features=features))
    part = asked(silent)
    one = part.shown.slices[0].slices[0]
    assert one.by == "features"
    assert one.images == pytest.approx(bad.sum(), rel=0.35)
    assert "a cluster of features: " in part.checks[0].reason
    unsure = evidence.clean.logits * np.where(bad, 0.3, 1.0)[:, None].astype(np.float32)
    known = replace(silent, clean=Predictions(logits=unsure, features=features))
    assert all(other.by != "features" for other in asked(known).shown.slices[0].slices)
    alone = replace(silent, clean=replace(silent.clean, features=None))
    assert all(other.by != "features" for other in asked(alone).shown.slices[0].slices)


def test_a_domain_is_a_slice() -> None:
    images, labels = digits()
    bad = np.arange(N) % 8 == 0
    evidence = made(images, labels, bad)
    evidence = replace(evidence, data=replace(evidence.data, groups=np.where(bad, "night", "day")))
    assert asked(evidence).checks[0].reason.startswith("domain night: ")


def bordered(mislead: float) -> AuditEvidence:
    """A white rim in class 3, and the other way round in a few images, which the checkpoint answers by the rim."""
    images, labels = digits()
    odd = np.random.default_rng(2).random(N) < mislead
    for image, label, other in zip(images, labels.tolist(), odd.tolist(), strict=True):
        if (label == 3) != other:
            image[:2] = image[-2:] = image[:, :2] = image[:, -2:] = 255
    return made(images, labels, odd, gap=RIGHT if mislead else 0.0)


def test_a_shortcut_is_told_with_what_it_reaches_and_whether_it_is_used() -> None:
    part = asked(bordered(0.04))
    check = next(one for one in part.checks if one.name == "slices:shortcuts")
    best = part.shown.shortcuts[0]
    assert (check.status, best.label) == ("warn", "3")
    assert best.accuracy == pytest.approx(0.96, abs=0.02)
    assert best.majority == pytest.approx(0.9, abs=0.03)
    assert "alone tells class 3 from all others" in check.reason
    assert best.misled == 0.0
    assert best.misled_n == pytest.approx(20, abs=8)
    assert "its errors go with it" in check.reason


def test_where_nothing_goes_against_a_shortcut_its_use_is_not_told() -> None:
    check = next(one for one in asked(bordered(0.0)).checks if one.name == "slices:shortcuts")
    assert "whether the checkpoint uses it cannot be told" in check.reason


def test_few_images_are_not_searched_and_that_is_said() -> None:
    images, labels = digits(499)
    (check,) = asked(made(images, labels, np.zeros(499, bool))).checks
    assert (check.status, check.gates) == ("not done", False)
    assert "from 500 independent labelled images on (slices.images), got 499" in check.reason
    (gate,) = asked(made(images, labels, np.zeros(499, bool), slices={"level": "gate"})).checks
    assert (gate.status, gate.gates) == ("cannot tell", True)


def test_images_that_belong_together_are_one_draw() -> None:
    evidence = darkened()
    pairs = replace(evidence, data=replace(evidence.data, clusters=np.arange(N) // 2))
    search = asked(pairs).shown.slices[0]
    assert search.n == N / 2
    assert {one.place % 2 for one in search.examples} == {0}
    fours = replace(evidence, data=replace(evidence.data, clusters=np.arange(N) // 4))
    assert "got 250, one of each group" in asked(fours).checks[0].reason


def test_a_labelled_target_has_its_own_and_a_small_one_says_so() -> None:
    images, labels = digits()
    bad = darkened()
    whole = replace(made(images, labels, np.zeros(N, bool)), target=bad.data, on_target=bad.clean)
    part = asked(whole)
    assert [(one.name, one.status) for one in part.checks] == [
        ("slices", "pass"), ("slices:target", "warn"), ("slices:shortcuts", "pass"),
    ]  # fmt: skip
    assert [one.on for one in part.shown.slices] == ["data", "target"]
    few = replace(whole, target=bad.data.some(np.arange(300)), on_target=bad.clean.each(lambda array: array[:300]))
    assert asked(few).checks[1].status == "not done"
    assert "got 300" in asked(few).checks[1].reason


def test_a_gate_fails_on_a_slice() -> None:
    evidence = darkened()
    check = asked(replace(evidence, policy=policy(shifts=[], slices={"level": "gate"}))).checks[0]
    assert (check.status, check.gates) == ("fail", True)


def test_two_runs_say_the_same_and_pictures_are_written(tmp_path: Path) -> None:
    evidence, part = darkened(), dark_part()
    assert asked(evidence) == part
    write_samples(evidence, tmp_path / "samples", part.shown.slices)
    for one in part.shown.slices[0].examples:
        assert (tmp_path / "samples" / one.file).stat().st_size
    assert any(one.label != one.answer for one in part.shown.slices[0].examples)
