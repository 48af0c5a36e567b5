"""The reader that trained a checkpoint: found by trying, named by a flag, and asked before an order of the classes."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch
from numpy.typing import NDArray
from torch import nn
from torchvision.datasets.folder import pil_loader

from shiftprobe import audit
from shiftprobe.auditing.measurements import OtherPreprocessing, PreprocessingTrials
from shiftprobe.auditing.model import Measurements, Part
from shiftprobe.auditing.order_suspected import order_suspected
from shiftprobe.auditing.perform import AuditResult
from shiftprobe.auditing.ready import prepare
from shiftprobe.auditing.request import request
from shiftprobe.auditing.types import Check
from shiftprobe.core.errors import SpecError

SIDES = ("bottom", "left", "right", "top")  # where the bright stripe is
TURNS = {"top": 0, "left": 1, "bottom": 2, "right": 3}
LOOKS = {"mean": (0.5,) * 3, "std": (0.5,) * 3, "size": 48}
POLICY = {"shifts": [], "drift": {"level": "off"}, "attribution": {"level": "off"}, "repairs": False}


def _solved(given: NDArray[np.float32], labels: list[int], outputs: int) -> nn.Module:
    """A network whose head is solved for: right on all of these images, (N, 3, S, S)."""
    network = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(48, outputs))
    with torch.inference_mode():
        features = torch.cat([network[:2](torch.from_numpy(given)), torch.ones(len(given), 1)], 1).double()
    wanted = nn.functional.one_hot(torch.tensor(labels), outputs).double() * 10
    solved = torch.linalg.solve(features.T @ features + 1e-3 * torch.eye(49).double(), features.T @ wanted).float()
    head = network[2]
    assert isinstance(head, nn.Linear)
    with torch.no_grad():
        head.weight.copy_(solved[:-1].T)
        head.bias.copy_(solved[-1])
    return network


def _as_image_folder_reads(path: Path) -> NDArray[np.float32]:
    levels = np.array(pil_loader(str(path))).transpose(2, 0, 1)
    return np.asarray((levels / 255 - 0.5) / 0.5, np.float32)


@pytest.fixture
def turned(tmp_path: Path) -> nn.Module:
    """Photographs that are to be turned, below `data`; the network that ImageFolder would have trained on them."""
    rng, exif = np.random.default_rng(0), PIL.Image.Exif()
    exif[0x0112] = 6
    paths: list[Path] = []
    for name in SIDES:
        (tmp_path / "data" / name).mkdir(parents=True)
        for place in range(14):
            levels = rng.normal(60, 10, (48, 48, 3))
            np.rot90(levels, TURNS[name])[:14] += 130
            paths.append(tmp_path / "data" / name / f"{place}.png")
            PIL.Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8)).save(paths[-1], exif=exif)
    given = np.stack([_as_image_folder_reads(path) for path in paths])
    network = _solved(given, [SIDES.index(path.parent.name) for path in paths], 4)
    with torch.inference_mode():
        answers = network(torch.from_numpy(given)).argmax(1).tolist()
    assert answers == [SIDES.index(path.parent.name) for path in paths]
    return network


def _audited(network: nn.Module, tmp_path: Path, **keys: object) -> AuditResult:
    return audit(
        network, tmp_path / "data", classes="data", policy=POLICY, preprocess={**LOOKS, **keys}, out=tmp_path / "out"
    )


def test_the_reader_is_suspected_before_the_order_of_the_classes(turned: nn.Module, tmp_path: Path) -> None:
    found = _audited(turned, tmp_path).verdicts
    checks = {one.name: one for one in found.checks}
    assert checks["accuracy"].value == 0.0
    assert "with reader torchvision" in checks["preprocessing"].reason
    assert checks["preprocessing"].fix.endswith("--reader torchvision")
    assert checks["class_order"].status == "cannot tell"
    assert checks["class_order"].explained_by == "preprocessing"
    assert found.shown.preprocessing is not None
    there = {one.name: one.accuracy for one in found.shown.preprocessing.tried}
    assert there["reader torchvision"] == 1.0
    assert not {"reader opencv", "reader 12-bit"} & set(there)  # they read these files as viewers do
    assert found.images.reading is not None
    assert (found.images.reading.turned, found.images.reading.otherwise) == (56, 56)
    assert "reader_guessed" in {mark.kind for mark in found.marks}
    assert any("56 are turned as their EXIF says" in note.text for note in found.notes)
    page = (tmp_path / "out" / "report.html").read_text()
    assert "56 are turned as their EXIF says" in page


def test_its_advice_leads_on(turned: nn.Module, tmp_path: Path) -> None:
    found = _audited(turned, tmp_path, reader="torchvision").verdicts
    checks = {one.name: one for one in found.checks}
    assert checks["accuracy"].value == 1.0
    assert found.preprocess["reader"] == "torchvision"
    assert checks["class_order"].status == "pass"
    assert "reader_guessed" not in {mark.kind for mark in found.marks}


def test_another_reader_is_another_audit_and_the_usual_one_is_what_it_was(turned: nn.Module, tmp_path: Path) -> None:
    said: tuple[dict[str, object], ...] = ({}, {"reader": "viewer"}, {"reader": "opencv"})
    first, same, other = (
        prepare(request(turned, tmp_path / "data", classes="data", preprocess={**LOOKS, **one})) for one in said
    )
    assert first.name == same.name != other.name
    assert first.data.bundle.digest == other.data.bundle.digest  # both turn these files
    assert "reader" not in first.subject.preprocess.to_dict()
    assert (first.reading["data"].is_guess, same.reading["data"].is_guess) == (True, False)


def test_a_misspelt_reader_is_refused_before_anything_is_read(turned: nn.Module, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="did you mean 'torchvision'"):
        _audited(turned, tmp_path, reader="torchvisio")


def test_twelve_bits_in_sixteen_are_told_and_found(tmp_path: Path) -> None:
    rng, given, labels = np.random.default_rng(0), list[NDArray[np.float32]](), list[int]()
    for place in range(4):
        (tmp_path / "data" / f"g{place}").mkdir(parents=True)
        for number in range(14):
            levels = np.clip(500 + 900 * place + rng.normal(0, 150, (48, 48)), 0, 4095).astype(np.uint16)
            PIL.Image.fromarray(levels).save(tmp_path / "data" / f"g{place}" / f"{number}.png")
            given.append(np.repeat((levels[None].astype(np.float32) / 4095 - 0.5) / 0.5, 3, axis=0))
            labels.append(place)
    network = _solved(np.stack(given), labels, 4)
    found = _audited(network, tmp_path, channels=3).verdicts
    assert any("--reader 12-bit takes 4,095 for white" in note.text for note in found.notes)
    fix = next(one.fix for one in found.checks if one.name == "preprocessing")
    assert fix.endswith("--reader 12-bit")
    better = {one.name: one.value for one in _audited(network, tmp_path, channels=3, reader="12-bit").verdicts.checks}
    with torch.inference_mode():
        right = network(torch.from_numpy(np.stack(given))).argmax(1).numpy() == np.array(labels)
    assert better["accuracy"] == pytest.approx(right.mean(), abs=0.02)  # 8 of 12 bits are left
    assert right.mean() > 0.7


def _check(name: str, value: float, status: str = "fail") -> Check:
    return Check(name=name, kind=name, title=name, status=status, gates=True, reason="R?", value=value, fix="F")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("gain", "of_preparation", "status"),
    [(0.5, "fail", "cannot tell"), (0.1, "fail", "fail"), (0.5, "pass", "fail"), (0.5, "cannot tell", "fail")],
)
def test_an_order_stays_suspected_where_no_preparation_explains_it(
    gain: float, of_preparation: str, status: str
) -> None:
    way = OtherPreprocessing(name="reader opencv", accuracy=0.9, gain=gain)
    shown = Measurements(preprocessing=PreprocessingTrials(tried=(way,), best="reader opencv"))
    parts = [
        Part(checks=(_check("preprocessing", gain, of_preparation),), shown=shown),
        Part(checks=(_check("class_order", 0.6), _check("accuracy", 0.1)), shown=Measurements()),
    ]
    first, second = order_suspected(parts)
    assert first == parts[0]
    assert [one.status for one in second.checks] == [status, "fail"]
    if status == "cannot tell":
        assert "reader opencv, which reaches 90.0 %" in second.checks[0].reason


def test_without_trials_nothing_is_taken_back() -> None:
    parts = [Part(checks=(_check("class_order", 0.6),), shown=Measurements())]
    assert order_suspected(parts) == parts
