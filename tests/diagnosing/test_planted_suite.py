"""The planted-cause suite: its list is whole and committed, and its rates are counted as they are told."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scipy.stats import binomtest

from shiftprobe.results.diagnosis import Cause, Diagnosis

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def suite() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        import bench_diagnose
        from plants import scenarios, scoring
    return SimpleNamespace(bench=bench_diagnose, list=scenarios, scoring=scoring)


def said(suite: Any, one: Any, name: str, grade: str = "", **more: Any) -> Any:
    plain = {"strong": "", "units": 8.0, "screened": 5.0, "run_seconds": 1.0, "seconds": 1.0, "commit": "c"}
    return suite.scoring.Said(name=one.name, half=one.half, said=name, grade=grade, **{**plain, **more})


def test_the_list_holds_what_was_asked_for(suite: Any) -> None:
    every = suite.list.scenarios()
    accepted = [one.accepted for one in every]
    assert len(every) >= 60
    assert len({one.name for one in every}) == len(every)
    assert len({one.kind for one in every} - {"reused", "open"}) >= 20
    assert len({one.data for one in every}) >= 4
    assert len({one.network for one in every}) >= 4
    assert 1 <= sum(names == ("open",) for names in accepted) <= 6
    assert sum("no_fault" in names for names in accepted) >= 6
    assert all(one.accepted[0] == one.kind for one in every)


def test_halves_follow_from_the_seed_and_dev_never_saw_one_data_set_and_one_network(suite: Any) -> None:
    every = suite.list.scenarios()
    drawn = suite.list.halves([(one.kind, one.data, one.network) for one in every])
    assert tuple(one.half for one in every) == drawn
    dev, held_out = ([one for one in every if one.half == half] for half in ("dev", "held_out"))
    assert abs(len(dev) - len(held_out)) <= len(every) / 5
    assert {one.data for one in held_out} - {one.data for one in dev} >= {"photographs"}
    assert {one.network for one in held_out} - {one.network for one in dev} >= {"vit"}
    assert Counter(one.kind for one in dev).most_common(1)[0][1] <= 6


def test_every_plant_was_seen_to_move_its_number(suite: Any) -> None:
    with (ROOT / "benchmarks" / "plants" / "verified.csv").open() as file:
        import csv

        seen = {row["name"]: row for row in csv.DictReader(file)}
    assert set(seen) == {one.name for one in suite.list.scenarios()}
    for row in seen.values():
        assert abs(float(row["before"]) - float(row["undone"])) >= 0.08


def test_a_first_name_that_is_accepted_is_right_and_a_denied_fault_is_wrong(suite: Any) -> None:
    one = replace(suite.list.scenarios()[0], kind="turned", accepted=("turned",))
    healthy = replace(one, kind="reused", accepted=("reused", "no_fault"))
    silent = replace(one, kind="open", accepted=("open",))
    result = suite.scoring.result
    assert result(one, said(suite, one, "turned", "suggestive")) == "right"
    assert result(one, said(suite, one, "mirrored", "strong")) == "wrong_strong"
    assert result(one, said(suite, one, "mirrored", "suggestive")) == "wrong"
    assert result(one, said(suite, one, "open")) == "abstained"
    assert result(one, said(suite, one, "no_fault")) == "wrong"
    assert result(one, said(suite, one, "failed")) == "wrong"
    assert result(healthy, said(suite, one, "no_fault")) == "right"
    assert result(silent, said(suite, one, "open")) == "right"
    assert result(silent, said(suite, one, "reused", "strong")) == "wrong_strong"


def test_intervals_are_exact(suite: Any) -> None:
    one = replace(suite.list.scenarios()[0], kind="turned", accepted=("turned",))
    pairs = [(one, said(suite, one, "turned", "strong"))] * 17 + [(one, said(suite, one, "open"))] * 3
    found = suite.scoring.score(pairs)
    exact = binomtest(17, 20).proportion_ci(method="exact")
    assert (found.right.count, found.abstained.count, found.wrong_strong.count) == (17, 3, 0)
    assert str(found.right) == f"17 of 20, 85 % ({100 * exact.low:.0f} to {100 * exact.high:.0f})"
    assert (found.units, found.screened) == (8.0, 5.0)


def test_groups_add_up_to_all_and_the_order_of_rows_moves_nothing(suite: Any) -> None:
    every = suite.list.scenarios()
    spoken = [said(suite, one, ("turned", "open", "no_fault")[i % 3], "") for i, one in enumerate(every)]
    pairs = suite.scoring.matched(every, spoken, "dev")
    again = suite.scoring.matched(every, spoken[::-1], "dev")
    assert pairs == again
    found = list(suite.scoring.scores(pairs))
    for title in ("planted", "data", "network"):
        assert sum(one.right.count for name, _, one in found if name == title) == found[0][2].right.count
    missed = [line for line in suite.scoring.markdown(pairs) if line.startswith("| `")]
    assert len(missed) == found[0][2].right.n - found[0][2].right.count


def test_what_a_diagnosis_says_first(suite: Any) -> None:
    cause = Cause(name="turned", grade="strong", claim="", do="", experiment=0)
    assert suite.scoring.first(Diagnosis(answer="cause", sentence="", causes=(cause,))) == ("turned", "strong")
    assert suite.scoring.first(Diagnosis(answer="open", sentence="")) == ("open", "")


def test_the_held_out_half_is_run_once_with_frozen_code(suite: Any) -> None:
    held = [one for one in suite.list.scenarios() if one.half == "held_out"]
    done = [said(suite, one, "open", commit="a") for one in held]
    refusal = suite.bench.refusal
    assert refusal([], "a", []) == ""
    assert "got changes in src/x.py" in refusal([], "a", ["src/x.py"])
    assert refusal(done[:3], "a", []) == ""  # an interrupted run goes on
    assert "it is run once" in refusal(done[:3], "b", [])
    assert "was run" in refusal(done, "a", [])


def test_rows_come_back_as_they_were_written(suite: Any, tmp_path: Path) -> None:
    some = suite.list.scenarios()[:3]
    before = [said(suite, one, "open", reason="a, b") for one in some]
    suite.bench.write(before[::-1], tmp_path / "rows.csv")
    assert suite.bench.rows(tmp_path / "rows.csv") == before
