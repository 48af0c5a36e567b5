"""A run whose images are varied and mixed, by one worker and by several."""

from pathlib import Path
from typing import Any

import pytest
from tests.specs import DIGITS

import shiftprobe
from shiftprobe.results.run_folder import RunDir

AUGMENTED: dict[str, Any] = {"aug": "trivial", "scale": 0.5, "mixup": 0.2, "cutmix": 1.0, "epochs": 1}


@pytest.mark.slow
def test_workers_move_no_byte_of_a_run_with_augmentation(tmp_path: Path) -> None:
    spec = {**DIGITS, "train": {**AUGMENTED, "device": "cpu"}, "probes": ["accuracy"]}
    runs = {workers: shiftprobe.sweep(spec, out=tmp_path / str(workers), workers=workers) for workers in (1, 3)}
    folders = {workers: RunDir(next((tmp_path / str(workers)).glob("tiny-*"))).path for workers in runs}
    for pattern in ("cells/*/*/model.safetensors", "results.csv", "results.json"):
        one, many = (sorted(folder.glob(pattern)) for folder in folders.values())
        assert one
        assert [path.read_bytes() for path in one] == [path.read_bytes() for path in many]
    assert runs[1].summary.pairing.startswith("paired over 2 seeds")
