"""Files of a run folder, written and read by one class each."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.report.fake_run import Fake, write_run
from tests.why.made_up import ABOUT, HELPS, SIDE, curve, summed

from shiftprobe.core.errors import RunError
from shiftprobe.core.files import json_bytes
from shiftprobe.results.about import Datasets, SeverityScale, TowardGap
from shiftprobe.results.model import EarlyStop, Summary
from shiftprobe.results.reading import read_curves, read_galleries, read_summary
from shiftprobe.results.summary_file import to_json
from shiftprobe.why import explain, next_steps

FULL = replace(
    ABOUT,
    data=Datasets(
        source=replace(SIDE, train=900, skipped=0),
        target=replace(
            SIDE,
            pool=500,
            skipped=1,
            refused=0,
            duplicates=2,
            near_duplicates=3,
            skipped_examples=("a: b",),
            majority=0.3,
        ),
    ),
    scale=SeverityScale(common=0.3, reach={"rotation": 0.8}, doses={"rotation": {"0.5": 0.4}}),
    toward={"toward_fourier": TowardGap(levels=(12.5, 3.0), spectrum=(0.5, 0.25))},
    skipped_arms={"bn_adapt": "the network has no batch norm"},
    arms_about={"mine": "what it says of itself"},
)


@pytest.fixture
def whole() -> Summary:
    """A summary in which everything has something to say."""
    rows, summary = summed(
        [row for one in HELPS for row in one],
        curves=[curve("scratch", [2.0, 1.6, 1.2, 0.8, 0.4], [0.5] * 5)],
        about=FULL,
    )
    return replace(summary, why=explain(rows, summary), next=next_steps(rows, summary), paired=False)


def test_what_is_written_is_read_again(tmp_path: Path, whole: Summary) -> None:
    (tmp_path / "summary.json").write_bytes(json_bytes(to_json(whole)))
    assert read_summary(tmp_path) == whole


def test_keys_that_came_later_are_written_where_they_say_something(whole: Summary) -> None:
    told = to_json(whole)
    assert told["version"] == 2
    assert told["training"]["early"] == ({"arm": "scratch", "budget": 100, "count": 1, "n": 1},)
    assert told["paired"] is False
    assert told["arms_about"] == {"mine": "what it says of itself"}
    assert set(told["data"]["source"]) == {"name", "classes", "train", "test", "skipped"}
    rows, summary = summed([row for one in HELPS for row in one])
    plain = to_json(summary)
    assert not {"paired", "arms_about"} & set(plain)
    assert "early" not in plain["training"]
    assert rows


def test_a_run_of_before_is_read_without_them(tmp_path: Path) -> None:
    found = read_summary(write_run(tmp_path / "run", Fake()))
    assert found.paired
    assert found.arms_about == {}
    assert found.training is not None
    assert found.training.early == ()


def test_what_early_trainings_were_is_read_again(tmp_path: Path, whole: Summary) -> None:
    (tmp_path / "summary.json").write_bytes(json_bytes(to_json(whole)))
    training = read_summary(tmp_path).training
    assert training is not None
    assert training.early == (EarlyStop(arm="scratch", budget=100, count=1, n=1),)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"verdict": {"word": "splendid", "sentence": ""}}, "verdict.word"),
        ({"points": [{"shift": "rotation"}]}, r"points.0.\w+"),
        ({"margin": "wide"}, "margin"),
    ],
)
def test_a_summary_that_is_none_is_refused_by_its_key(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    run = write_run(tmp_path / "run", Fake(), lambda summary, _: summary.update(change))
    with pytest.raises(RunError, match=f"{named}.*`shiftprobe report` rebuilds"):
        read_summary(run)


def test_what_a_run_does_not_keep_is_empty(tmp_path: Path) -> None:
    assert read_curves(tmp_path) == ()
    assert read_galleries(tmp_path) == ()
    (tmp_path / "summary.json").write_text(json.dumps({"margin": float("nan")}))
    with pytest.raises(RunError, match="the number NaN"):
        read_summary(tmp_path)
