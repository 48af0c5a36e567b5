from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from shiftprobe.core.types import Cell, Row
from shiftprobe.results.about import About, Datasets
from shiftprobe.results.model import (
    Headline,
    Summary,
    Verdict,
)
from shiftprobe.results.summary import RunContents, summarize_run
from shiftprobe.results.summary_file import to_json
from shiftprobe.spec.schema import Spec
from shiftprobe.stats import compare_paired, holm, wilson

ABOUT = About(command="shiftprobe sweep", digest="0" * 8, skipped_arms={}, data=Datasets(), device="cpu")
DOSES = (("identity", 0.0), ("rotation", 0.5), ("rotation", 1.0))
IMAGES = 500

TRANSFER = {0: (0.95, 0.94, 0.97), 1: (0.90, 0.93, 0.91), 2: (0.70, 0.78, 0.74)}
SCRATCH = {0: (0.94, 0.92, 0.93), 1: (0.80, 0.83, 0.79), 2: (0.71, 0.77, 0.75)}


def spec(**keys: Any) -> Spec:
    axes = {"shifts": ["rotation"], "severities": [0.5, 1], "seeds": 3, "arms": ["scratch", "transfer"]}
    return Spec.model_validate({"target": {"data": "digits:uci", "budgets": [40]}, **axes, **keys})


def row(arm: str, dose: int, seed: int | None, value: float | None, budget: int | None = 40) -> Row:
    reason = "" if value is not None else "training diverged at epoch 1, lr 9; try a smaller train.lr"
    n = None if value is None else IMAGES
    cell = Cell(*DOSES[dose], budget, seed)
    return Row(cell=cell, probe="accuracy", metric="top1", value=value, reason=reason, n=n, arm=arm)


def rows(budget: int = 40) -> list[Row]:
    return [
        row(arm, dose, seed, value, budget)
        for arm, table in (("transfer", TRANSFER), ("scratch", SCRATCH))
        for dose, values in table.items()
        for seed, value in enumerate(values)
    ]


def pairs(cells: Iterable[Cell], **changes: str) -> dict[tuple[Cell, str], dict[str, str]]:
    """Hashes that agree; `changes` are of transfer's alone."""
    same = {"split": "s", "order": "o", "head": "h"}
    return {
        (cell, arm): same | (changes if arm == "transfer" else {}) for cell in cells for arm in ("scratch", "transfer")
    }


def summary(some: Iterable[Row], wanted: Spec | None = None, pairing: Any = None) -> Summary:
    return summarize_run(RunContents(rows=list(some), about=ABOUT, pairing=pairing or {}), wanted or spec())


def declared(verdict: Verdict) -> Headline:
    """The declared comparison, which is there."""
    assert verdict.contrast is not None
    return verdict.contrast


def test_points_are_mean_spread_and_the_test_images_own_error() -> None:
    (point,) = [p for p in summary(rows()).points if (p.shift, p.severity, p.arm) == ("rotation", 0.5, "transfer")]
    values = list(TRANSFER[1])
    assert point.values == TRANSFER[1]
    assert point.mean == pytest.approx(np.mean(values), abs=1e-15)
    assert point.std == pytest.approx(np.std(values, ddof=1), abs=1e-15)
    assert (point.n, point.images, point.reason) == (3, IMAGES, "")
    assert (point.low, point.high) == wilson(round(np.mean(values) * IMAGES), IMAGES)


def test_contrasts_are_the_paired_comparison_of_each_dose_and_holm_over_the_family() -> None:
    found = summary(rows()).contrasts
    direct = [compare_paired(TRANSFER[dose], SCRATCH[dose], 0.01) for dose in range(3)]
    assert [(one.shift, one.severity) for one in found] == list(DOSES)
    for one, result in zip(found, direct, strict=True):
        assert (one.low, one.high) == result.interval
        for key in ("difference", "sd", "p", "p_equivalence", "margin_certified", "verdict", "n"):
            assert getattr(one, key) == getattr(result, key)
    adjusted = [one.p_holm or 0.0 for one in found]
    np.testing.assert_allclose(adjusted, list(holm([one.p or 0.0 for one in direct])), rtol=1e-12)
    assert found[1].differences == pytest.approx([0.10, 0.10, 0.12])


def test_the_headline_compares_each_seeds_mean_over_all_doses() -> None:
    verdict = summary(rows()).verdict
    ours, theirs = (np.mean(list(table.values()), axis=0) for table in (TRANSFER, SCRATCH))
    direct = compare_paired(ours.tolist(), theirs.tolist(), 0.01)
    assert verdict.word == direct.verdict
    assert declared(verdict).difference == pytest.approx(direct.difference, abs=1e-12)
    assert declared(verdict).p == pytest.approx(direct.p, rel=1e-6)
    assert verdict.sentence.startswith("Averaged over 3 conditions with 40 labelled images, ")
    assert "transfer better in 1, worse in 0 of 3" in verdict.detail
    assert "Largest difference +10.7 points at rotation 0.5, smallest -0.3 points at rotation 1." in verdict.detail


def test_the_order_of_rows_moves_nothing() -> None:
    assert summary(reversed(rows())) == summary(rows())


def test_each_budget_is_a_family_of_its_own_and_the_largest_speaks() -> None:
    alone = summary(rows())
    both = summary([*rows(), *rows(90)], spec(target={"data": "digits:uci", "budgets": [90, 40]}))
    assert [one.budget for one in both.contrasts] == [40] * 3 + [90] * 3
    for one, other in zip(both.contrasts, alone.contrasts * 2, strict=True):
        assert one.p_holm == other.p_holm
    assert "with 90 labelled images" in both.verdict.sentence


def test_rows_of_other_probes_do_not_count() -> None:
    cell = Cell("identity", 0.0, 40, 0)
    other = [
        Row(cell=cell, probe="linear", metric="probe_accuracy", value=0.1, arm="transfer"),
        Row(cell=cell, probe="accuracy", metric="epochs", value=0.1, arm="transfer"),
    ]
    assert summary([*rows(), *other]) == summary(rows())


def test_a_diverged_seed_leaves_the_pair_and_is_said_to_flatter() -> None:
    lost = [
        row("transfer", 1, 2, None) if (r.arm, r.cell) == ("transfer", Cell("rotation", 0.5, 40, 2)) else r
        for r in rows()
    ]
    whole = summary(lost)
    one = whole.contrasts[1]
    assert one.n == 2
    assert list(one.differences) == pytest.approx([0.10, 0.10])
    assert one.reason == "n = 2 of 3 seeds; dropping seeds flatters"
    (point,) = [p for p in whole.points if (p.severity, p.arm) == (0.5, "transfer")]
    assert point.n == 2
    assert point.reason.startswith("n = 2 of 3; dropping seeds flatters (seed 2: training diverged")
    assert declared(whole.verdict).n == 2  # the headline keeps seeds that have every dose


def test_the_first_seed_may_be_the_lost_one() -> None:
    lost = [
        row("transfer", 0, 0, None),
        *[r for r in rows() if (r.arm, r.cell) != ("transfer", Cell("identity", 0.0, 40, 0))],
    ]
    (point,) = [p for p in summary(lost).points if (p.severity, p.arm) == (0.0, "transfer")]
    assert (point.n, point.images) == (2, IMAGES)


def test_a_missing_seed_is_counted_too() -> None:
    found = summary([r for r in rows() if r.cell != Cell("rotation", 1.0, 40, 0)])
    assert [one.n for one in found.contrasts] == [3, 3, 2]
    assert "n = 2 of 3 seeds" in found.contrasts[2].reason


def test_an_arm_that_diverged_everywhere_has_no_number() -> None:
    whole = summary(
        [
            *(row("transfer", 0, seed, None) for seed in range(3)),
            *[r for r in rows() if r.cell.severity or r.arm == "scratch"],
        ]
    )
    (point,) = [p for p in whole.points if (p.severity, p.arm) == (0.0, "transfer")]
    assert (point.mean, point.std, point.low, point.n) == (None, None, None, 0)
    assert point.reason.startswith("seed 0: training diverged")
    assert whole.contrasts[0].difference is None
    assert whole.contrasts[0].reason == "no seed has both arms"
    assert whole.contrasts[0].verdict == whole.verdict.word == "inconclusive"
    assert whole.verdict.sentence == "No comparison: no seed has both arms at every dose."
    lost, kept = to_json(whole)["contrasts"][:2]
    assert set(lost) == set(kept)


def test_one_seed_has_a_difference_and_no_verdict() -> None:
    whole = summary([r for r in rows() if r.cell.seed == 0], spec(seeds=1))
    assert whole.verdict.word == "inconclusive"
    assert "one seed has no spread" in whole.verdict.sentence
    for one, dose in zip(whole.contrasts, range(3), strict=True):
        assert one.difference == pytest.approx(TRANSFER[dose][0] - SCRATCH[dose][0])
        assert (one.low, one.p, one.p_holm) == (None, None, None)
    assert {point.std for point in whole.points} == {None}


def test_one_arm_alone_is_compared_with_nothing() -> None:
    whole = summary([r for r in rows() if r.arm == "scratch"], spec(arms=["scratch"]))
    assert whole.verdict.word == "none"
    assert whole.verdict.sentence.startswith("No comparison: this run does not hold both arms")
    assert whole.contrasts == ()
    assert len(whole.points) == 3


@pytest.mark.parametrize("what", ["split", "order", "head"])
def test_arms_that_met_different_things_are_not_compared(what: str) -> None:
    cells = [Cell("rotation", 0.5, 40, seed) for seed in (2, 1, 0)]
    whole = summary(rows(), pairing=pairs(cells, **{what: "other"}))
    assert whole.contrasts == ()
    assert whole.verdict.word == "none"
    told = f"the arms of rotation~0.5~b40~s0 are not paired: their {what} differs; run them again in one command"
    assert whole.pairing == told
    assert told in whole.verdict.sentence


def test_a_head_kept_from_the_source_need_not_be_the_drawn_one() -> None:
    cells = [Cell("rotation", 0.5, 40, 0)]
    kept = spec(model={"head": "source"})
    assert summary(rows(), kept, pairs(cells, head="other")).contrasts


def test_paired_arms_say_over_how_many_seeds() -> None:
    cells = [Cell("rotation", dose, 40, seed) for dose in (0.5, 1.0) for seed in range(3)]
    assert summary(rows(), pairing=pairs(cells)).pairing.startswith("paired over 3 seeds")
    assert summary([]).pairing == "nothing was trained"


def test_the_untrained_arm_stands_beside_with_one_value() -> None:
    zero = [row("zero_shot", dose, None, 0.5, None) for dose in range(3)]
    found = [p for p in summary([*rows(), *zero]).points if p.arm == "zero_shot"]
    assert [(p.budget, p.n, p.mean, p.std) for p in found] == [(None, 1, 0.5, None)] * 3


def test_a_difference_of_nothing_has_no_sign() -> None:
    wobble = {"transfer": 0.0, "scratch": 1e-9}
    near = [
        row(arm, dose, seed, 0.5 + (seed + 1) * (0.1 + wobble[arm]))
        for arm in wobble
        for dose in range(3)
        for seed in range(3)
    ]
    assert (summary(near).contrasts[0].difference or 0.0) < 0
    assert "-0.0" not in summary(near).verdict.detail


def test_without_a_dial_the_detail_says_how_the_verdict_moves_with_the_label_budget() -> None:
    wanted = spec(shifts=[], target={"data": "digits:uci", "budgets": [40, 400]})
    near = [row("scratch", 0, seed, value, 400) for seed, value in enumerate(SCRATCH[0])]
    near += [row("transfer", 0, seed, value - 0.001 * seed, 400) for seed, value in enumerate(SCRATCH[0])]
    found = summary([*(one for one in rows() if one.cell.shift == "identity"), *near], wanted)
    assert found.verdict.word == "equivalent"
    assert found.verdict.detail == (
        "By label budget, transfer against scratch: 40: inconclusive (+2.3 points); 400: equivalent (-0.1 points)."
    )
    assert summary(rows(), spec(shifts=[])).verdict.detail == ""
