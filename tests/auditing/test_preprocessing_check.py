"""A wrong preprocessing of a real checkpoint is found and the flags that cure it are told; a right one passes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.auditing.trained import Trained

from shiftprobe.auditing.checks import preprocessing as module
from shiftprobe.auditing.checks.preprocessing import flags, preprocessing, sample
from shiftprobe.auditing.predictions import answers
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import Image
from shiftprobe.data.reduced import reduced
from shiftprobe.models.preprocess import Preprocess

WRONG = Preprocess(size=28, channels=1, mean=(0.13,), std=(0.31,))
COLOUR = Preprocess(size=224, channels=3, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))


def only(monkeypatch: pytest.MonkeyPatch, found: Mapping[str, Preprocess]) -> None:
    monkeypatch.setattr("shiftprobe.models.alternatives.alternatives", lambda *_: found)


def test_the_right_one_passes(trained_digits: Trained) -> None:
    part = preprocessing(trained_digits.evidence())
    check, shown = part.checks[0], part.shown.preprocessing
    assert shown is not None
    assert check.status == "pass"
    assert check.n == shown.n == 256
    assert shown.best is None
    assert all(one.high is not None and one.high < 0.1 for one in shown.tried)
    assert "none of" in check.reason
    assert not check.fix


@pytest.mark.parametrize(("level", "status"), [("warn", "warn"), ("gate", "fail")])
def test_a_wrong_one_is_found_with_the_flags_that_cure_it(trained_digits: Trained, level: str, status: str) -> None:
    part = preprocessing(trained_digits.prepared(WRONG, policy={"preprocessing": {"level": level}}))
    check, shown = part.checks[0], part.shown.preprocessing
    assert shown is not None
    assert check.status == status
    assert shown.best == "mean=std=0.5"
    assert "with mean=std=0.5 (by" in check.reason
    assert f"for the best of {len(shown.tried)}" in check.reason
    assert "n = 256" in check.reason
    assert check.reason.endswith("is your preprocessing right?")
    assert "--mean 0.5 --std 0.5" in check.fix
    assert check.low is not None
    assert check.low > 0.02
    assert check.p_holm is not None
    assert check.p is not None
    assert check.p <= check.p_holm < 0.05


def test_the_gain_is_that_of_the_same_images_looked_at_rightly(trained_digits: Trained) -> None:
    part = preprocessing(trained_digits.prepared(WRONG))
    index = sample(len(trained_digits.data), 0)
    labels = trained_digits.data.labels
    assert labels is not None
    rightly = trained_digits.clean.right(labels)[index].mean()
    assert part.shown.preprocessing is not None
    there = {one.name: one.accuracy for one in part.shown.preprocessing.tried}
    assert there["mean=std=0.5"] == pytest.approx(rightly, abs=1e-9)


def test_few_images_cannot_tell(trained_digits: Trained) -> None:
    whole = trained_digits.evidence()
    few = replace(whole.data, index=whole.data.index[:20], labels=whole.labels[:20])
    seen = replace(whole.clean, logits=whole.clean.logits[:20])
    check = preprocessing(replace(whole, data=few, clean=seen)).checks[0]
    assert check.status == "cannot tell"
    assert "cannot be told" in check.reason
    assert check.fix.startswith("audit again with --")


def test_ways_that_change_no_pixel_are_not_tried(trained_digits: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    now = trained_digits.subject.preprocess
    only(monkeypatch, {"bicubic": replace(now, interpolation="bicubic"), "crop": replace(now, resize=28)})
    with pytest.raises(NotAvailableError, match="no other preprocessing could be tried"):
        preprocessing(trained_digits.evidence())


def test_one_that_gives_no_numbers_is_named_with_its_reason(
    trained_digits: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answers(*given: Any) -> Any:
        if given[3].mean == (0.0,):
            raise NotAvailableError("NaN or infinity at logits")
        return trained_digits.clean

    monkeypatch.setattr(module, "answers", answers)
    with pytest.raises(ValueError, match="shapes"):  # every answer here is to all images, not of the sample
        preprocessing(trained_digits.evidence())
    monkeypatch.setattr(module, "SAMPLE", 400)
    found = preprocessing(trained_digits.evidence()).shown.preprocessing
    assert found is not None
    lost = {one.name: one.reason for one in found.tried if one.accuracy is None}
    assert set(lost.values()) == {"NaN or infinity at logits"}
    assert "no normalisation (0 to 1)" in lost


def test_ways_of_one_geometry_share_their_pixels_and_each_image_is_read_once_for_each(
    trained_digits: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[Preprocess] = []
    really = Preprocess.images

    def told(how: Preprocess, images: Sequence[Image]) -> NDArray[np.uint8]:
        prepared.append(how)
        return really(how, images)

    monkeypatch.setattr(Preprocess, "images", told)
    preprocessing(trained_digits.evidence())
    shapes = {(how.size, how.resize, how.interpolation) for how in prepared}
    assert len(prepared) == len(shapes)


def test_large_images_are_tried_at_the_working_resolution_the_present_way_too(trained_digits: Trained) -> None:
    data = trained_digits.data
    large = tuple(np.kron(image, np.ones((4, 4, 1), np.uint8)) for image in data.bundle.images)
    big = replace(data, bundle=replace(data.bundle, images=large, prints=()))
    nearest = replace(trained_digits.subject.preprocess, interpolation="nearest")  # gives back the pixels that were
    evidence = replace(trained_digits.prepared(nearest), data=big, working=56)
    tried = module.try_alternatives(evidence)
    index = sample(len(big), 0)
    shrunk = nearest.images([reduced(large[i], 56) for i in data.index[index].tolist()])
    again = answers(evidence.subject, evidence.subject.model, shrunk, nearest).right(evidence.labels[index])
    assert {one.before for one in tried.gains.values()} == {again.mean()}


def test_the_sample_is_fixed_by_the_seed() -> None:
    assert sample(1000, 0).tolist() == sample(1000, 0).tolist() != sample(1000, 1).tolist()
    assert len(np.unique(sample(1000, 0))) == 256
    assert sample(30, 0).tolist() == list(range(30))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mean": (0.5,) * 3, "std": (0.5,) * 3}, "--mean 0.5 --std 0.5"),
        ({"mean": (0.4, 0.5, 0.6)}, "--mean 0.4,0.5,0.6"),
        ({"resize": 256}, "--resize 256 --size 224"),
        ({"interpolation": "bicubic", "order": "BGR"}, "--interpolation bicubic --order BGR"),
    ],
)
def test_flags_say_what_differs(changes: dict[str, Any], said: str) -> None:
    assert flags(COLOUR, replace(COLOUR, **changes)) == said


def test_stretching_again_is_size_alone() -> None:
    assert flags(replace(COLOUR, resize=256), COLOUR) == "--size 224"
