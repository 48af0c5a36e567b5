"""Which images a plan uses, by name, on real digits."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import PIL.Image
from tests.tiny import tiny_plan

from shiftprobe.core.types import Cell
from shiftprobe.data.digits import load
from shiftprobe.engine.used_images import path_of, used_images
from shiftprobe.results.images import csv_bytes


def table(out: Path, **overrides: object) -> list[dict[str, str]]:
    text = csv_bytes(used_images(tiny_plan(out, **overrides))).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def seeds(cell: str, budget: int) -> set[int]:
    """'b40~s0-2,5' read back."""
    found = re.search(rf"\bb{budget}~s([0-9,-]+)", cell)
    ends = [part.split("-") for part in found[1].split(",")] if found else []
    return {seed for one in ends for seed in range(int(one[0]), int(one[-1]) + 1)}


def test_every_image_stands_there_once_with_its_role(tmp_path: Path) -> None:
    ready, rows = tiny_plan(tmp_path), table(tmp_path)
    for side in ("source", "target"):
        assert sorted(int(row["path"][1:]) for row in rows if row["side"] == side) == list(range(1797))
    parts = {
        ("source", "train"): ready.split.source_train,
        ("source", "test"): ready.split.source_test,
        ("target", "train"): ready.split.target_train,
        ("target", "test"): ready.split.target_test,
    }
    for (side, role), index in parts.items():
        mine = [row for row in rows if (row["side"], row["role"]) == (side, role)]
        assert [row["path"] for row in mine] == [f"#{i}" for i in index]
        assert [row["image"] for row in mine] == [str(i) for i in range(len(index))]
        assert [row["label"] for row in mine] == [str(load("uci", Path()).labels[i]) for i in index]


def test_trainings_are_named_by_budget_and_seed(tmp_path: Path) -> None:
    overrides = {"target__budgets": [20, 40], "seeds": [0, 1, 2, 5]}
    ready, rows = tiny_plan(tmp_path, **overrides), table(tmp_path, **overrides)
    pool = [row for row in rows if (row["side"], row["role"]) == ("target", "train")]
    for budget in (20, 40):
        for seed in (0, 1, 2, 5):
            train, validation = ready.setup.parts(Cell("rotation", 0.5, budget, seed))
            assert {i for i, row in enumerate(pool) if seed in seeds(row["train"], budget)} == set(train.tolist())
            judged = {i for i, row in enumerate(pool) if seed in seeds(row["validation"], budget)}
            assert judged == set(validation.tolist())
    assert not any(row["train"] or row["validation"] for row in rows if row not in pool)
    assert any(re.search(r"s0-1|s0-2|s1-2", row["train"]) for row in pool)  # runs of seeds stand together


def test_paths_start_at_the_data_and_never_at_the_root(tmp_path: Path) -> None:
    digits = load("uci", Path())
    for place in range(120):
        folder = tmp_path / "photos" / f"digit {digits.labels[place]}"
        folder.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(digits.images[place][..., 0]).save(folder / f"{place}.png")
    data = f"folder:{tmp_path / 'photos'}"
    rows = table(tmp_path, source__data="digits:mnist", source__images=100, target__data=data, target__budgets=[20])
    mine = [row for row in rows if row["side"] == "target"]
    assert len(mine) == 120
    for row in mine:
        assert (tmp_path / "photos" / row["path"]).is_file()
        assert row["path"].startswith(row["label"])
    assert not any(str(tmp_path) in cell for row in rows for cell in row.values())


def test_data_without_files_is_numbered() -> None:
    assert path_of(load("uci", Path()), np.int64(12)) == "#12"
