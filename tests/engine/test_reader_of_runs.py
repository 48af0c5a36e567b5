"""Who reads the files of a run: part of what it is where somebody says so, told in its facts, and asked with names."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from shiftprobe.core.errors import SpecError
from shiftprobe.engine.brought import Brought, outputs, said_names
from shiftprobe.engine.plan import Given, Plan, plan
from shiftprobe.engine.preprocessing import reader_of
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.sizes import Sizes
from shiftprobe.models.weights import Weights
from shiftprobe.results.about import Dataset, Datasets
from shiftprobe.results.left_out import reading_told
from shiftprobe.results.reading_choices import ReadingChoices
from shiftprobe.spec.loading import load_spec

NAMES = ("0", "1", "10", "2", *map(str, range(3, 10)))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    rng, exif = np.random.default_rng(0), PIL.Image.Exif()
    exif[0x0112] = 6
    for name in ("ant", "bee"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for place in range(10):
            levels = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
            PIL.Image.fromarray(levels).save(tmp_path / "photos" / name / f"{place}.png", exif=exif)
    return tmp_path / "photos"


def _planned(photos: Path, tmp_path: Path, **model: str) -> Plan:
    keys = {"source": {"data": f"folder:{photos}"}, "target": {"data": f"folder:{photos}", "budgets": [4]}}
    more = {"model": model, "arms": ["scratch"], "probes": ["accuracy"], "seeds": 1}
    return plan(load_spec({**keys, **more}), Given(out=tmp_path / "runs"))


def test_it_is_part_of_a_run_where_it_is_said(photos: Path, tmp_path: Path) -> None:
    usual, other = _planned(photos, tmp_path), _planned(photos, tmp_path, reader="torchvision")
    moved = {part for part, one in usual.setup.identity.items() if other.setup.identity[part] != one}
    assert moved >= {"spec", "target", "source", "preprocess"}
    assert "reader" not in usual.setup.spec.identity()["model"]
    assert usual.facts.preprocess["reader"] == "viewer"
    assert other.setup.preprocess.reader == "torchvision"
    told = usual.facts.data["target"]
    assert isinstance(told, dict)
    assert told["reading"]["turned"] == told["reading"]["otherwise"] == 20
    assert told["reading"]["said"]  # the run trains its source itself: nobody else has read any of it


def test_the_usual_one_leaves_identities_as_they_were() -> None:
    plain = Preprocess(size=8, channels=1, mean=(0.5,), std=(0.5,))
    assert plain.resolved() == {
        "size": 8, "channels": 1, "mean": (0.5,), "std": (0.5,), "resize": None, "interpolation": "bilinear",
        "order": "RGB",
    }  # fmt: skip
    assert Preprocess(8, 1, (0.5,), (0.5,), reader="opencv").resolved()["reader"] == "opencv"


def test_nobody_said_who_read_for_weights_that_are_brought(tmp_path: Path) -> None:
    spec = load_spec({"target": {"data": "digits:uci"}, "model": {"weights": str(tmp_path / "m.pt")}})
    assert not reader_of(spec, in_memory=False).said
    said = load_spec({"target": {"data": "digits:uci"}, "model": {"weights": "m.pt", "reader": "opencv"}})
    assert (reader_of(said, in_memory=False).name, reader_of(said, in_memory=True).said) == ("opencv", True)


@pytest.mark.parametrize(("said", "names"), [(None, None), ("text", NAMES), ("counted", tuple(map(str, range(11))))])
def test_whole_numbers_are_asked_about_and_either_answer_leads_on(
    photos: Path, tmp_path: Path, said: str | None, names: tuple[str, ...] | None
) -> None:
    bundle = _planned(photos, tmp_path).target
    source = replace(bundle, classes=NAMES, labels=bundle.labels)
    spec = load_spec({"source": {"classes": said}, "target": {"data": "digits:uci"}, "model": {"weights": "m.pt"}})
    weights = Weights(state={}, sha256="", path="m.pt", bytes=None, format="")
    found = outputs(spec, Brought(weights=weights, arch="x"), source, Sizes(classes=11, channels=3, kernel=3))
    assert found.names == names
    assert ("source.classes: text, or counted" in found.names_from) == (said is None)
    named = replace(weights, classes=NAMES)
    assert outputs(spec, Brought(weights=named, arch="x"), source, Sizes(classes=11, channels=3, kernel=3)).names
    if said is not None:
        with pytest.raises(SpecError, match=r"orders the classes of source\.data, and there is none"):
            said_names(spec, None)


def test_what_hangs_on_it_is_told_once() -> None:
    guess = ReadingChoices(reader="viewer", said=False, images=10, turned=5, otherwise=5)
    sure = ReadingChoices(reader="opencv", said=True, images=10, translucent=1, otherwise=1)
    data = Datasets(
        target=Dataset(name="t", classes=("a",), test=1, reading=guess),
        source=Dataset(name="s", classes=("a",), test=1, reading=sure),
    )
    mark, sentence = reading_told(data, guessed=True), reading_told(data, guessed=False)
    assert mark.startswith("Target: of 10 pictures 5 are turned as their EXIF says; --reader torchvision")
    assert sentence == (
        "Source: of 10 pictures (read as opencv does) 1 have transparent parts, shown as if they were opaque."
    )
    assert {*reading_told(data).split()} == {*mark.split(), *sentence.split()}
