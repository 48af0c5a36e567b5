"""A checkpoint is judged at home by images that are known not to have trained it, or not at all."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch
from torch import Tensor, nn

import shiftprobe
from shiftprobe import data
from shiftprobe.api import finish
from shiftprobe.core.errors import DataError, SpecError
from shiftprobe.core.files import json_bytes
from shiftprobe.core.reading import read_json
from shiftprobe.data.bundle import Bundle
from shiftprobe.data.split import split
from shiftprobe.engine.home import at_home, known_parts, trained_hashes
from shiftprobe.report.kit.reading import read
from shiftprobe.report.side_by_side.reading import _facts
from shiftprobe.spec.loading import load_spec
from shiftprobe.spec.schema import Spec

SIDE, FEATURES = 8, 900


class Memoriser(nn.Module):
    """Random features under a head that solves its training images: it is right on all of them."""

    def __init__(self, pixels: Tensor, labels: Tensor) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.inside = nn.Linear(SIDE * SIDE, FEATURES)
        self.head = nn.Linear(FEATURES, 10)
        with torch.no_grad():
            self.inside.weight.copy_(torch.randn(FEATURES, SIDE * SIDE, generator=generator) / SIDE)
            self.inside.bias.copy_(torch.rand(FEATURES, generator=generator) / SIDE)  # not of whoever drew before
            wanted = torch.nn.functional.one_hot(labels, 10).double()
            found = torch.linalg.lstsq(self._features(pixels).double(), wanted).solution
            self.head.weight.copy_(found.T)
            self.head.bias.zero_()

    def _features(self, pixels: Tensor) -> Tensor:
        return torch.relu(self.inside(pixels.reshape(len(pixels), -1)))

    def forward(self, pixels: Tensor) -> Tensor:
        """Answers for a batch of images."""
        answers: Tensor = self.head(self._features(pixels))
        return answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """Digits of a source, some of which trained a checkpoint, and a target of the same kind."""

    root: Path
    source: Bundle
    target: Bundle
    model: Memoriser
    seen: np.ndarray  # positions in the source
    csv: Path  # names the images that trained it

    def run(self, **source: Any) -> shiftprobe.Run:
        spec = {
            "name": "planted", "source": {"data": "folder:source", **source},
            "target": {"data": "folder:target", "budgets": [100]},
            "arms": ["zero_shot"], "shifts": [], "severities": [], "probes": ["accuracy"], "train": {"device": "cpu"},
            "model": {"preprocess": {"size": SIDE, "channels": 1, "mean": [0.0], "std": [1.0]}},
        }  # fmt: skip
        file = self.root / "spec.json"
        file.write_bytes(json_bytes(spec))
        return shiftprobe.sweep(file, out=self.root / "runs", model=self.model, workers=1)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    root, digits = tmp_path_factory.mktemp("planted"), data.load("digits:uci", Path())
    order = np.random.default_rng(0).permutation(len(digits))[:600]
    for side, index in (("source", order[:300]), ("target", order[300:])):
        for i in index.tolist():
            folder = root / side / digits.classes[digits.labels[i]]
            folder.mkdir(parents=True, exist_ok=True)
            PIL.Image.fromarray(digits.images[i][..., 0]).save(folder / f"{i}.png")
    source, target = (data.load(f"folder:{side}", root) for side in ("source", "target"))
    seen = np.sort(np.random.default_rng(1).permutation(len(source))[:200])
    pixels = torch.from_numpy(np.stack([source.images[i][..., 0] for i in seen]).astype(np.float32) / 255)
    file = root / "seen.csv"
    assert source.paths is not None
    file.write_text("path\n" + "".join(f"source/{source.paths[i]}\n" for i in seen))
    model = Memoriser(pixels, torch.from_numpy(source.labels[seen])).eval()
    return Planted(root=root, source=source, target=target, model=model, seen=seen, csv=file)


def right(planted: Planted, bundle: Bundle, index: np.ndarray) -> float:
    """Its accuracy, computed without the tool."""
    pixels = np.stack([bundle.images[i][..., 0] for i in index.tolist()]).astype(np.float32) / 255
    answers = planted.model(torch.from_numpy(pixels)).argmax(1).numpy()
    return float((answers == bundle.labels[index]).mean())


def test_a_checkpoint_that_may_have_seen_its_home_is_not_judged_there(planted: Planted) -> None:
    before, run = planted.run(trained="seen.csv"), planted.run()
    assert before.path == run.path  # saying so makes no other run and trains nothing again
    assert "trained" not in read_json(run.path / "spec.json")["source"]
    assert run.summary.source_accuracy is None
    assert run.summary.source_trained == "unknown"
    assert "nobody said which images of the source trained the checkpoint" in run.summary.source_reason
    assert "source_trained_unknown" in {one.kind for one in run.summary.marks}
    assert not any("falls by" in one.text for one in run.summary.next)
    assert dict(_facts(read(run.path)))["source accuracy"] == "n/a"


def test_named_images_do_not_judge_it_and_all_others_do(planted: Planted) -> None:
    home = planted.run(trained="seen.csv").summary.source_accuracy
    unseen = np.setdiff1d(np.arange(300), planted.seen)
    assert home is not None
    assert home.n == len(unseen) == 100
    assert home.value == pytest.approx(right(planted, planted.source, unseen))
    assert right(planted, planted.source, planted.seen) == 1.0
    assert home.value < 0.95
    there = right(planted, planted.target, np.arange(300))
    assert abs(home.value - there) < 0.05  # the same kind of images: from 100 % it would seem to lose 10 points


def test_all_and_none_are_taken_at_their_word(planted: Planted) -> None:
    known, whole = planted.run(trained="all").summary, planted.run(trained="none").summary
    assert (known.source_accuracy, known.source_trained) == (None, "all")
    assert "source_trained_unknown" not in {one.kind for one in known.marks}
    assert whole.source_accuracy is not None
    assert (whole.source_accuracy.n, whole.source_trained) == (60, "none")  # the fifth that is held out, as ever
    everything = planted.run(trained=["folder:source"]).summary
    assert everything.source_accuracy is None
    assert "every image of the source trained the checkpoint, by folder:source" in everything.source_reason


def test_a_summary_of_an_earlier_version_loses_a_home_that_nobody_vouches_for(planted: Planted) -> None:
    path = planted.run(trained="none").path
    told, spec, about = (read_json(path / f"{name}.json") for name in ("summary", "spec", "about"))
    del spec["source"]["trained"], about["source_brought"], told["source_trained"]
    for name, content in (("summary", told), ("spec", spec), ("about", about)):
        (path / f"{name}.json").write_bytes(json_bytes(content))
    (path / "checksums.json").unlink()  # it had none
    assert told["source_accuracy"]["value"] > 0.8
    summary = read(path).summary
    assert (summary.source_accuracy, summary.source_trained) == (None, "unknown")
    assert finish(path).summary.source_accuracy is None


def spec_of(root: Path, **source: Any) -> Spec:
    spec = load_spec({"source": {"data": "digits:uci", **source}, "target": {"data": "digits:uci"}})
    return spec.model_copy(update={"base": root})


def test_images_of_the_target_that_trained_it_are_refused(planted: Planted) -> None:
    trained = frozenset(planted.target.hashes[::6])
    kept = split(None, planted.target, test=0.4, seed=0, trained=trained)
    assert kept.refused == 50
    whole = np.concatenate([kept.target_train, kept.target_test]).tolist()
    assert not trained & {planted.target.hashes[i] for i in whole}
    with pytest.raises(DataError, match=r"what source\.trained names holds all 300"):
        split(None, planted.target, test=0.4, seed=0, trained=frozenset(planted.target.hashes))


def test_home_is_known_by_content_whatever_the_order(planted: Planted) -> None:
    parts = split(planted.source, planted.target, test=0.4, seed=0, pretrained=True)
    spec = spec_of(planted.root, trained=["seen.csv"])
    trained = trained_hashes(spec, brought=True)
    whole = np.concatenate([parts.source_train, parts.source_test])
    found = set(whole[at_home(spec, planted.source, parts, trained)].tolist())
    assert found == set(range(300)) - set(planted.seen.tolist())
    home = at_home(spec, planted.source, parts, trained)
    seen, unseen = known_parts(spec, parts, home)
    assert (set(seen.tolist()), set(unseen.tolist())) == (set(planted.seen.tolist()), found)
    assert [len(part) for part in known_parts(spec_of(planted.root), parts, home[:0])] == [0, 0]
    assert [len(part) for part in known_parts(spec, parts, None)] == [240, 60]
    turned = replace(parts, source_train=parts.source_train[::-1])
    other = np.concatenate([turned.source_train, turned.source_test])
    assert set(other[at_home(spec, planted.source, turned, trained)].tolist()) == found


@pytest.mark.parametrize(
    ("trained", "brought", "said"),
    [
        ("all", False, r"source\.trained: wanted a checkpoint that is brought \(model\.weights\)"),
        ("sen.csv", True, r"source\.trained sen\.csv: no such folder or manifest; did you mean 'seen\.csv'"),
    ],
)
def test_what_cannot_be_told_is_refused_in_one_line(planted: Planted, trained: str, brought: bool, said: str) -> None:
    with pytest.raises((SpecError, DataError), match=said):
        trained_hashes(spec_of(planted.root, trained=trained), brought=brought)


@pytest.mark.parametrize("trained", [True, 3, [], ["all", "a.csv"], ["a.csv", "a.csv"], [""]])
def test_a_key_that_says_nothing_clear_is_refused(trained: Any) -> None:
    with pytest.raises(SpecError, match=r"source\.trained"):
        load_spec({"source": {"trained": trained}, "target": {"data": "digits:uci"}})
