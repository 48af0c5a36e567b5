"""Large images meet shifts at twice what the network sees: the numbers are those of images that were brought there."""

from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

import shiftprobe
from shiftprobe import data
from shiftprobe.auditing.model import Verdicts
from shiftprobe.data.reduced import reduced
from shiftprobe.results.model import Summary

SEEN = 8  # px
SIDE = 16  # px: twice that
PREPROCESS = {"size": SEEN, "channels": 1, "mean": [0.3], "std": [0.35]}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MNIST's digits at four times their size, and the same brought to the working resolution."""
    root, digits = tmp_path_factory.mktemp("large"), data.load("digits:mnist", Path())
    for i in np.argsort(digits.labels, kind="stable")[:: len(digits) // 240].tolist():
        large = np.kron(digits.images[i], np.ones((4, 4, 1), np.uint8))
        for name, image in (("large", large), ("brought", reduced(large, SIDE))):
            folder = root / name / digits.classes[digits.labels[i]]
            folder.mkdir(parents=True, exist_ok=True)
            PIL.Image.fromarray(image[..., 0]).save(folder / f"{i}.png")
    return root


def swept(folders: Path, name: str, out: Path, **more: Any) -> Summary:
    spec = {
        "source": {"data": "digits:uci", "images": 400},
        "target": {"data": f"folder:{folders / name}", "budgets": [40]},
        "model": {"preprocess": PREPROCESS},
        "shifts": ["gaussian_noise"],
        "severities": [0.5],
        "arms": ["zero_shot", "scratch"],
        "seeds": 1,
        "train": {"epochs": 8, "device": "cpu"},
        "probes": ["accuracy"],
        **more,
    }
    return shiftprobe.sweep(spec, out=out, workers=1).summary


def accuracies(summary: Summary, shift: str) -> list[float]:
    return [value for one in summary.points if one.shift == shift for value in one.values]


def test_a_sweep_shifts_large_images_where_a_reader_is_told_it_does(folders: Path, tmp_path: Path) -> None:
    large, brought, native = (
        swept(folders, "large", tmp_path / "a"),
        swept(folders, "brought", tmp_path / "b"),
        swept(folders, "large", tmp_path / "c", native=True),
    )
    assert large.working is not None
    assert (large.working.side, large.working.larger) == (SIDE, large.working.images)
    assert brought.working is native.working is None
    assert large.digest != native.digest
    assert accuracies(large, "gaussian_noise") != accuracies(native, "gaussian_noise")
    assert accuracies(large, "identity") == accuracies(native, "identity")  # what is not shifted has all its pixels
    for page in (tmp_path / "a").glob("*/report.html"):
        assert f"images brought to {SIDE} px (shorter side)" in page.read_text()
    for page in (tmp_path / "c").glob("*/report.html"):
        assert "brought to" not in page.read_text()


def test_the_target_under_a_shift_is_that_of_images_that_were_brought_there(folders: Path) -> None:
    from shiftprobe.engine.shifted_sets import Dose, prepared
    from shiftprobe.models.preprocess import Preprocess
    from shiftprobe.shifts import SHIFTS, find

    large, brought = (data.load(f"folder:{folders / name}", Path()).images for name in ("large", "brought"))
    how = Preprocess.from_dict(PREPROCESS)
    grey = [name for name in SHIFTS if not getattr(find(name), "colour", False)]
    assert len(grey) > 25
    for name in grey:
        pixels = prepared(large, range(6), Dose(find(name), 0.5, 0, SIDE), how)
        np.testing.assert_array_equal(pixels, prepared(brought, range(6), Dose(find(name), 0.5, 0), how))


def test_an_audit_says_so_too_and_its_clean_accuracy_is_that_of_all_pixels(folders: Path, tmp_path: Path) -> None:
    from shiftprobe.models.build import build

    model = build("small_cnn", classes=10, channels=1, size=SEEN, seed=0)
    rules = {
        "shifts": ["gaussian_noise"],
        "severities": [0.5],
        "severity": {"at": 0.5},
        "attribution": {"level": "off"},
    }
    given = {key: value for key, value in PREPROCESS.items() if key != "channels"}

    def audited(name: str, *, native: bool = False) -> Verdicts:
        where = tmp_path / f"{name}{native}"
        found = shiftprobe.audit(
            model, str(folders / name), out=where, classes="data", policy=rules, preprocess=given, device="cpu",
            workers=1, native=native,
        )  # fmt: skip
        return found.verdicts

    large, native, brought = audited("large"), audited("large", native=True), audited("brought")
    told = "Shifts fall on images brought to 16 px (shorter side), twice what the network sees"
    assert [one.text.startswith(told) for one in large.notes].count(True) == 1
    assert not any(one.text.startswith(told) for one in (*native.notes, *brought.notes))
    clean, shifted = large.shown.dials["gaussian_noise"].accuracy
    assert brought.shown.dials["gaussian_noise"].accuracy[1] == shifted
    assert native.shown.dials["gaussian_noise"].accuracy[0] == clean
