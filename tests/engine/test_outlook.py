"""What a run can settle, and what a cheaper one still would."""

import math
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev
from types import SimpleNamespace
from typing import Any

import pytest
from scipy.stats import t
from tests.tiny import tiny_plan

from shiftprobe.engine import outlook as outlooks
from shiftprobe.engine.outlook import outlook
from shiftprobe.engine.priced import PricedRun, priced
from shiftprobe.results.model import Contrast, SeedPair
from shiftprobe.stats import seeds_needed

PRICES = (0.5, 0.01)


def run_of(out: Path, **keys: Any) -> PricedRun:
    return priced(tiny_plan(out, **keys), 1, PRICES)


def half(n: int, sd: float) -> float:
    return float(t.ppf(0.95, n - 1)) * sd / math.sqrt(n)


def test_what_is_certified_is_half_the_interval_of_an_assumed_spread(tmp_path: Path) -> None:
    seen = outlook(run_of(tmp_path, seeds=5))
    assert seen is not None
    assert (seen.pair, seen.whole.spread.seeds) == (("transfer", "zero_shot"), None)
    assert seen.whole.margin == pytest.approx(half(5, 0.01))  # docs/statistics.md plans with a point
    assert seen.needed == seeds_needed(0.01, 0.01)


def test_a_cheaper_plan_takes_fewer_seeds_severities_and_budgets(tmp_path: Path) -> None:
    wide = run_of(tmp_path, seeds=10, severities=[0.2, 0.4, 0.6, 0.8, 1.0], target__budgets=[20, 40])
    seen = outlook(wide)
    assert seen is not None
    alone, fewer = seen.cheaper
    assert (alone.seeds, alone.severities, alone.budgets, alone.margin) == (10, 5, 1, seen.whole.margin)
    assert (fewer.seeds, fewer.severities, fewer.budgets) == (5, 3, 1)
    assert fewer.margin == pytest.approx(half(5, 0.01))
    narrow = run_of(tmp_path, seeds=5, severities=[0.2, 0.6, 1.0], target__budgets=[40])
    assert fewer.share == pytest.approx(narrow.seconds(narrow.todo) / wide.seconds(wide.todo))
    assert fewer.share < alone.share < 1


@pytest.mark.parametrize("keys", [{"seeds": 3}, {"seeds": 1}, {"seeds": 2, "severities": [0.2, 0.5, 1.0]}])
def test_a_plan_that_is_small_has_no_cheaper_one(tmp_path: Path, keys: dict[str, Any]) -> None:
    seen = outlook(run_of(tmp_path, **keys))
    assert seen is not None
    assert seen.cheaper == ()
    assert (seen.whole.margin is None) == (keys["seeds"] == 1)


def test_nothing_is_said_where_no_seed_moves_anything_or_nobody_knows_how_much(tmp_path: Path) -> None:
    assert outlook(run_of(tmp_path, arms=["zero_shot", "bn_adapt"])) is None
    assert outlook(run_of(tmp_path, compare__metric="nll")) is None
    some = run_of(tmp_path)
    assert outlook(replace(some, todo=())) is None


def known(conditions: dict[float, list[float]]) -> SimpleNamespace:
    """What is read of a summary: one difference per seed in each condition."""
    contrasts = tuple(
        Contrast(
            shift="rotation" if severity else "identity",
            severity=severity,
            budget=40,
            a="transfer",
            b="zero_shot",
            per_seed=tuple(SeedPair(seed=i, a=0.5 + one, b=0.5, difference=one) for i, one in enumerate(each)),
        )
        for severity, each in conditions.items()
    )
    return SimpleNamespace(metric="top1", skipped_arms={}, contrasts=contrasts)


def test_the_spread_of_a_run_that_is_there_is_taken_where_it_has_three_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    still, turned = [0.01, 0.03, 0.08], [0.02, -0.01, 0.05]
    some = run_of(tmp_path, seeds=5)
    some.setup.run.path.mkdir(parents=True)
    (some.setup.run.path / "summary.json").write_text("{}")
    sd = stdev(fmean(both) for both in zip(still, turned, strict=True))
    for seen, count, wanted in (
        ({0.0: still, 0.5: turned}, 3, sd),
        ({0.0: still}, None, 0.01),  # not every condition of the spec
        ({0.0: still, 0.5: turned[:2]}, None, 0.01),
        ({0.0: [0.02] * 3, 0.5: [0.02] * 3}, None, 0.01),  # no spread at all
    ):
        one = known(seen)
        monkeypatch.setattr(outlooks, "read_summary", lambda _, one=one: one)
        told = outlook(some)
        assert told is not None
        assert told.whole.spread.seeds == count
        assert told.whole.spread.sd == pytest.approx(wanted)
        assert told.whole.margin == pytest.approx(half(5, wanted))


def test_a_summary_that_cannot_be_read_is_no_measurement(tmp_path: Path) -> None:
    some = run_of(tmp_path, seeds=5)
    some.setup.run.path.mkdir(parents=True)
    (some.setup.run.path / "summary.json").write_text("{")
    told = outlook(some)
    assert told is not None
    assert told.whole.spread.seeds is None
