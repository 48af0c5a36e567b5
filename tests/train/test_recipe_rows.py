"""Rows of `benchmarks/bench_recipes.py`: what they hold is of one piece, and the table of the docs is made of them."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        import bench_recipes
    return bench_recipes


def test_every_accuracy_is_that_of_the_answers_kept_beside_it(bench: ModuleType) -> None:
    rows = bench.rows()
    assert rows
    for row in rows:
        bits = "".join(f"{int(digit, 16):04b}" for digit in row.right)
        assert row.test == pytest.approx(bits.count("1") / 500, abs=5e-5)
        assert bench.answers(row).sum() == bits.count("1")


def test_no_training_stands_there_twice(bench: ModuleType) -> None:
    addresses = [(one.case, one.labels, one.recipe, one.arm, one.factor, one.seed) for one in bench.rows()]
    assert len(set(addresses)) == len(addresses)


def test_the_docs_hold_the_table_that_the_rows_give(bench: ModuleType) -> None:
    text = (ROOT / "docs" / "training.md").read_text()
    assert "\n".join(bench.table(bench.rows())) in text


def test_the_rate_is_chosen_by_the_validation_part_alone(bench: ModuleType) -> None:
    def row(factor: float, seed: int, validation: float, test: float) -> object:
        return bench.Row(
            case="a", labels=100, recipe="plain", arm="scratch", factor=factor, seed=seed, steps=1, seconds=1.0,
            validation=validation, test=test, right="",
        )  # fmt: skip

    seen = {1.0: (0.5, 0.6, 0.4), 0.3: (0.9, 0.2, 0.7), 0.1: (np.nan, 0.9, 0.8), 3.0: (0.1, 0.1, 0.1)}
    rows = [row(factor, seed, value, 1 - value) for factor, some in seen.items() for seed, value in enumerate(some)]
    assert [one.factor for one in bench.chosen(rows, (1.0,))] == [1.0] * 3
    assert [one.factor for one in bench.chosen(rows, (1.0, 0.3, 0.1, 3.0))] == [0.3] * 3  # a diverged seed counts as 0
    assert bench.chosen(rows[:-1], (1.0, 0.3, 0.1, 3.0)) == []  # a trial is missing
