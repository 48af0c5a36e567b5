import io
import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from shiftprobe.core.files import intact, json_bytes, npz_bytes, write_folder
from shiftprobe.core.types import Cell
from shiftprobe.results.findings import Answers
from shiftprobe.results.gallery import SIDE, chosen, gallery, thumbnail, write_gallery
from shiftprobe.results.run_folder import RunDir
from shiftprobe.spec.schema import Spec

CLASSES = ("cat", "dog", "<b>")
LABELS = np.array([0, 1, 2, 0, 1])
IMAGES = [np.full((8, 8, 1), 40 * i, np.uint8) for i in range(len(LABELS))]
SEEDS = {  # answers of transfer and scratch
    0: ([0, 0, 2, 1, 1], [0, 1, 2, 0, 0]),
    1: ([0, 0, 2, 0, 1], [0, 1, 0, 1, 1]),
}
SPEC = Spec.model_validate({"target": {"data": "digits:uci", "budgets": [40]}, "seeds": 3, "report": {"thumbnails": 3}})


PAIR = ("transfer", "scratch")


def answers() -> dict[int, Answers]:
    return {seed: Answers(LABELS, {"transfer": np.array(a), "scratch": np.array(b)}) for seed, (a, b) in SEEDS.items()}


def test_counts_and_images_are_those_counted_by_hand() -> None:
    whole = gallery(answers(), pair=PAIR, classes=CLASSES, budget=40, images=IMAGES, most=10)
    assert whole is not None
    assert whole.counts == {"b_only": 3, "a_only": 3, "neither": 0, "both": 4}
    assert whole.found == {"b_only": 2, "a_only": 3, "neither": 0, "both": 3}
    second = next(one for one in whole.shown if one.image == 1)
    assert second.label == "dog"
    assert second.outcomes == {"b_only": 2}
    assert (second.a, second.b) == ({"cat": 2}, {"dog": 2})
    last = next(one for one in whole.shown if one.image == 3)
    assert last.outcomes == {"b_only": 1, "a_only": 1}


def test_every_image_and_seed_is_counted_once() -> None:
    whole = gallery(answers(), pair=PAIR, classes=CLASSES, budget=40, images=IMAGES, most=10)
    assert whole is not None
    assert sum(whole.counts.values()) == len(LABELS) * len(SEEDS)
    for one in whole.shown:
        assert sum(one.outcomes.values()) == sum(one.a.values()) == sum(one.b.values()) == len(SEEDS)


def test_images_that_flip_in_most_seeds_come_first_and_outcomes_take_turns() -> None:
    in_seeds = np.array([[0, 3, 1, 0], [2, 0, 0, 0], [0, 0, 0, 1], [1, 0, 2, 2]])
    assert chosen(in_seeds, 10) == [1, 0, 3, 2]
    assert chosen(in_seeds, 2) == [1, 0]
    assert chosen(in_seeds, 0) == []


def test_without_answers_there_is_no_gallery() -> None:
    assert gallery({}, pair=PAIR, classes=CLASSES, budget=40, images=IMAGES, most=10) is None


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 20, 3), (300, 400, 3), (9, 4000, 1)])
def test_a_thumbnail_is_small_and_always_the_same(shape: tuple[int, int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    picture = PIL.Image.open(io.BytesIO(thumbnail(image)))
    assert max(picture.size) <= SIDE
    assert thumbnail(image) == thumbnail(image.copy())
    if max(shape) < SIDE // 2:
        np.testing.assert_array_equal(np.asarray(picture)[..., : shape[2]], image)


def test_a_gallery_is_written_whole_with_a_picture_for_each_entry(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    for seed, (a, b) in SEEDS.items():
        files = {
            "rows.json": json_bytes([]),
            "arrays.npz": npz_bytes({"labels": LABELS, "transfer": np.array(a), "scratch": np.array(b)}),
        }
        write_folder(run.finding("accuracy", Cell("identity", 0.0, 40, seed)), files, {})
    write_gallery(run, SPEC, CLASSES, IMAGES, [f"dog/{i}.png" for i in range(len(IMAGES))])
    assert intact(run.gallery)
    (one,) = json.loads((run.gallery / "gallery.json").read_bytes())["galleries"]
    assert one["seeds"] == [0, 1]  # seed 2 never answered
    assert len(one["shown"]) == 3
    for shown in one["shown"]:
        picture = PIL.Image.open(run.gallery / shown["thumb"])
        assert np.asarray(picture)[0, 0, 0] == 40 * shown["image"]
        assert shown["pixelated"]
        assert shown["path"] == f"dog/{shown['image']}.png"


def test_the_untouched_checkpoint_stands_beside_every_seed_of_the_headline(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    told = {Cell("identity", 0.0): {"zero_shot": np.array([0, 0, 2, 0, 0])}}
    told |= {Cell("identity", 0.0, 40, seed): {"transfer": np.array(a)} for seed, (a, _) in SEEDS.items()}
    for cell, said in told.items():
        files = {"rows.json": json_bytes([]), "arrays.npz": npz_bytes({"labels": LABELS, **said})}
        write_folder(run.finding("accuracy", cell), files, {})
    write_gallery(run, SPEC, CLASSES, IMAGES)
    (one,) = json.loads((run.gallery / "gallery.json").read_bytes())["galleries"]
    assert (one["a"], one["b"]) == ("transfer", "zero_shot")
    # by hand: transfer right at 0, 2, 4 (seed 0: 0, 2, 4; seed 1: 0, 2, 3, 4), zero_shot right at 0, 2, 3
    assert one["counts"] == {"b_only": 1, "a_only": 2, "neither": 2, "both": 5}
