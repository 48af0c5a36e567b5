import csv
import io
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from tests.results.made_flips import IMAGES, SPEC, flip_answers, made_flips

from shiftprobe.core.errors import RunError
from shiftprobe.core.types import Cell, Condition
from shiftprobe.report.kit.flip_grid import MOST, flip_grid, stretches, told
from shiftprobe.results.findings import Answers
from shiftprobe.results.flip_map import COLUMNS, OLDER, FlipsFound, csv_text, read_flips
from shiftprobe.results.summary.accuracies import ArmPlace
from shiftprobe.results.summary.flipping import flips_found
from shiftprobe.results.summary.straying import Strayed


def test_every_image_has_its_kind() -> None:
    found = made_flips()
    assert (found.a, found.b, found.budget, found.images) == ("transfer", "scratch", 80, IMAGES)
    assert found.conditions == (Condition(), Condition("rotation", 0.5))
    assert {one.image for one in found.of("hurt")} == set(range(10))
    assert {one.image for one in found.of("helped")} == set(range(10, 30))
    assert found.counts == {"hurt": 10, "helped": 20, "apart": 0, "jitter": 30, "same": 440}
    assert found.shown[0].doses == (-5, -5)
    assert told(found) == (
        "By transfer instead of scratch, 10 hurt and 20 helped beyond seed noise (false discovery rate 5 %, 500 test "
        "images, 5 seeds, 2 conditions). 30 only jitter."
    )


def test_seeds_agree_as_counted_by_hand() -> None:
    found = made_flips().agreement
    assert found is not None
    jitter = 30 / IMAGES  # seeds 0, 2 and 4 answer as one, 1 and 3 as the other
    assert found.a == found.b == pytest.approx(1 - jitter * 6 / 10)
    assert found.between == pytest.approx(1 - 30 / IMAGES - jitter * 8 / 20)
    assert (found.a_right, found.b_right) == pytest.approx(
        (1 - 10 / IMAGES - jitter * 0.4, 1 - 20 / IMAGES - jitter * 0.6)
    )


def test_seeds_that_answer_alike_agree_whether_they_are_right_or_wrong() -> None:
    wrong = {
        cell: Answers(one.labels, {arm: np.full(IMAGES, 3) for arm in one.predicted})
        for cell, one in flip_answers().items()
    }
    found = flips_found(wrong, SPEC, Strayed()).flips
    assert found is not None
    assert found.agreement is not None
    assert asdict(found.agreement) == {"a": 1.0, "b": 1.0, "between": 1.0, "a_right": 0.0, "b_right": 0.0}


def test_a_seed_that_went_astray_is_left_out_everywhere() -> None:
    gone = Strayed({ArmPlace(Condition("rotation", 0.5), 80, "scratch"): frozenset({2})})
    assert made_flips(gone=gone).seeds == (0, 1, 3, 4)


def test_three_seeds_tell_no_image_apart() -> None:
    found = made_flips(3)
    assert (found.counts["hurt"], found.counts["helped"], found.counts["apart"]) == (0, 0, 30)
    assert told(found).startswith("With 3 seeds no single image can be told from seed noise (p is at least .1).")


def test_the_table_has_a_line_per_image() -> None:
    found = FlipsFound(flips=made_flips())
    rows = list(csv.DictReader(io.StringIO(csv_text(found, ["=a.png"] * IMAGES, ["0"] * IMAGES))))
    assert tuple(rows[0]) == COLUMNS
    assert [row["kind"] for row in rows[:10]] == ["hurt"] * 10
    assert rows[0]["path"] == "'=a.png"
    assert len(rows) == IMAGES
    assert csv_text(FlipsFound(reason="none"), [], []).count("\n") == 1


def test_it_is_read_as_it_was_written_and_a_reason_stands_where_it_is_not(tmp_path: Path) -> None:
    assert read_flips(tmp_path) == FlipsFound(reason=OLDER)
    found = FlipsFound(flips=made_flips())
    (tmp_path / "flips.json").write_text(json.dumps(asdict(found)))
    assert read_flips(tmp_path) == found
    (tmp_path / "flips.json").write_text('{"flips": {"a": 1}}')
    with pytest.raises(RunError, match=r"flips\.json"):
        read_flips(tmp_path)


def test_says_why_there_is_no_map() -> None:
    assert flips_found({}, SPEC, Strayed()).reason == "the run keeps no answers image by image"
    still = {Cell("identity", 0.0): Answers(np.zeros(3, np.int64), {"zero_shot": np.zeros(3, np.int64)})}
    assert flips_found(still, SPEC, Strayed()).reason == "no declared pair has two arms that a seed moves"
    assert "this run has 1" in flips_found(flip_answers(1), SPEC, Strayed()).reason


def test_what_is_drawn_fits_and_keeps_those_that_are_called() -> None:
    whole = made_flips()
    grid = flip_grid(whole)
    assert grid is not None
    assert [len(block.cells) for block in grid.blocks] == [5, 5, 2]
    assert [one.kind for one in grid.images[:10]] == ["hurt"] * 10
    assert next((one.start, one.length) for one in stretches(grid.blocks[2].cells[0])) == (0, 10)
    many = replace(whole, shown=tuple(replace(one, image=i) for i in range(40) for one in whole.shown))
    crowded = flip_grid(many)
    assert crowded is not None
    assert len(crowded.images) == MOST
    assert flip_grid(replace(whole, shown=())) is None
