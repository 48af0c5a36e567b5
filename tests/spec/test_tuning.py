"""What every arm tries: grids, random searches, and what is refused in one line."""

import math
from collections import Counter
from typing import Any

import pytest
from pydantic import ValidationError

from shiftprobe.core.errors import SpecError
from shiftprobe.spec.loading import load_spec
from shiftprobe.spec.training import Parts, Train
from shiftprobe.spec.tuning import MAX_TRIALS, NO_PARTS, Tune, trials_of


def drawn(**tune: Any) -> list[dict[str, Any]]:
    return [dict(one) for one in trials_of(Tune.model_validate(tune), Train())]


def test_a_grid_is_every_value_with_every_other_and_the_rate_varies_slowest() -> None:
    found = [tuple(one.items()) for one in drawn(batch=["16", 64], lr=["1e-3", 3e-3])]
    assert found == [
        (("lr", 0.001), ("batch", 16)),
        (("lr", 0.001), ("batch", 64)),
        (("lr", 0.003), ("batch", 16)),
        (("lr", 0.003), ("batch", 64)),
    ]


def test_one_spelling_of_a_number_is_as_good_as_another() -> None:
    spelled = Tune.model_validate({"batch": ["16", "64.0"], "lr": ["1e-3", "0.01"]})
    written = Tune.model_validate({"lr": [0.001, 1e-2], "batch": [16, 64]})
    assert spelled == written
    assert spelled.model_dump(mode="json") == written.model_dump(mode="json")
    assert list(written.model_dump(mode="json")) == ["batch", "lr"]  # no key that nobody set


def test_a_range_is_drawn_once_in_each_of_as_many_strata_as_there_are_trials() -> None:
    """Eight trials over eight decades: one in each decade, whatever the seed; the order is drawn."""
    for seed in range(5):
        rates = [one["lr"] for one in drawn(trials=8, seed=seed, lr="1e-8..1")]
        assert sorted(math.floor(math.log10(rate) + 8) for rate in rates) == list(range(8))
        assert rates != sorted(rates)
        assert all(float(f"{rate:.3g}") == rate for rate in rates)


def test_a_range_that_begins_at_0_is_linear() -> None:
    shares = sorted(one["smoothing"] for one in drawn(trials=10, smoothing="0..0.5"))
    assert [math.floor(20 * share) for share in shares] == list(range(10))


def test_words_switches_and_numbers_are_tried_with_each_other() -> None:
    found = drawn(opt=["sgd", "adamw"], freeze_bn=["true", False], weight_decay=["0", ".05"])
    assert len(found) == 8
    assert {"opt": "sgd", "weight_decay": 0.05, "freeze_bn": True} in found


def test_the_parts_that_may_be_tried_are_those_of_a_recipe() -> None:
    assert set(Train.model_fields) - NO_PARTS == set(Parts.model_fields)


def test_a_trial_stands_in_for_the_parts_of_the_spec_and_leaves_the_others() -> None:
    train = {"lr": {"scratch": 0.1}, "epochs": 7, "tune": {"lr": [1e-3, 1e-2]}}
    spec = load_spec({"target": {"data": "digits:uci"}, "train": train})
    one = spec.with_trial(spec.train.trials()[1]).train
    assert (one.lr, one.epochs, one.tune) == (1e-2, 7, None)


def test_a_range_of_a_whole_number_gives_whole_numbers_and_lists_are_used_evenly() -> None:
    found = drawn(trials=6, batch="8..512", lr=[1e-3, 1e-2])
    assert all(isinstance(one["batch"], int) and 8 <= one["batch"] <= 512 for one in found)
    assert Counter(one["lr"] for one in found) == {1e-3: 3, 1e-2: 3}


def test_a_seed_is_a_search_and_the_same_seed_the_same_one() -> None:
    assert drawn(trials=4, lr="1e-4..1e-1") == drawn(trials=4, lr="1e-4..1e-1", seed=0)
    assert drawn(trials=4, lr="1e-4..1e-1") != drawn(trials=4, lr="1e-4..1e-1", seed=1)


def test_some_of_a_grid_are_drawn_without_repeating_and_fewer_are_the_first_of_more() -> None:
    grid = {"lr": [1e-4, 1e-3, 1e-2], "batch": [16, 32, 64]}
    four, six = drawn(trials=4, **grid), drawn(trials=6, **grid)
    assert six[:4] == four
    assert len({tuple(one.items()) for one in six}) == 6
    assert {tuple(one.items()) for one in six} <= {tuple(one.items()) for one in drawn(**grid)}


@pytest.mark.parametrize("part", sorted(set(Train.model_fields) - NO_PARTS))
def test_every_part_of_the_recipe_may_be_named(part: str) -> None:
    """What is refused is a value, never the name."""
    with pytest.raises(ValueError, match=rf"^tune: {part}(\.\w+)*: ") as told:
        drawn(**{part: ["no such value", "nor this"]})
    assert "\n" not in str(told.value)


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown part": ({"lrr": [1, 2]}, r"tune: wanted parts of the recipe, got lrr; did you mean 'lr'\? \(known: "),
    "a key that all trials share": ({"threads": [1, 2]}, "tune: wanted parts of the recipe, got threads"),
    "one trial": ({"lr": [0.1]}, "train.tune: wanted two trials at least, got one; give a part several values"),
    "one trial of a search": ({"lr": "1e-3..1e-1", "trials": 1}, "train.tune.trials: .*greater than or equal to 2"),
    "nothing to try": ({"trials": 3}, "train.tune: wanted parts of the recipe to try, as lr: "),
    "an empty list": ({"lr": []}, "train.tune.lr: wanted a value at least, got \\[\\]"),
    "a rate twice": ({"lr": ["1e-3", 0.001]}, "train.tune.lr: 0.001 stands there twice; name each value once"),
    "upside down": ({"lr": "1e-1..1e-4", "trials": 4}, r"train.tune.lr: wanted a range from low to high, as 0.0001..0"),
    "no width": ({"lr": "1e-3..1e-3", "trials": 4}, "train.tune.lr: wanted a range from low to high"),
    "below 0": ({"lr": "-1..1", "trials": 4}, "train.tune.lr: wanted a range of numbers from 0 up, got '-1..1'"),
    "no end": ({"lr": "1e-3..inf", "trials": 4}, "train.tune.lr: wanted finite numbers"),
    "no number": ({"lr": "low..high", "trials": 4}, "train.tune.lr: wanted two numbers around '..', as 1e-4..1e-1"),
    "NaN": ({"lr": ["nan", 1]}, "train.tune.lr: wanted finite numbers"),
    "range and values": ({"lr": ["1e-3..1e-2", 1], "trials": 3}, "train.tune.lr: wanted one range or a list of values"),
    "range without trials": (
        {"lr": "1e-4..1e-1"},
        "train.tune: lr is a range: say how many trials of it, as trials: 8",
    ),
    "more than the grid": ({"lr": [1, 2], "trials": 3}, "train.tune: wanted at most 2 trials, the whole grid, got 3"),
    "too many": (
        {"lr": list(range(1, 12)), "batch": list(range(10, 20))},
        rf"train.tune: wanted at most {MAX_TRIALS} trials, got a grid of 110; trials: 8 draws",
    ),
    "values that no recipe has": ({"lr": [0, 0.1]}, "tune: lr.*: wanted greater than 0, got 0"),
    "words for numbers": ({"batch": ["a", "b"]}, "tune: batch: wanted a valid integer.*, got 'a'"),
    "a mapping": ({"lr": {"low": 1}}, "train.tune.lr: wanted numbers or words"),
    "narrower than its trials": ({"batch": "16..17", "trials": 5}, "tune: wanted 5 different trials, got one twice"),
    "one fold": ({"lr": [1e-3, 1e-2], "folds": 1}, "train.tune.folds: .*greater than or equal to 2"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_line_that_says_what_was_wanted(fault: str) -> None:
    tune, words = FAULTS[fault]
    with pytest.raises(SpecError, match=words) as told:
        load_spec({"target": {"data": "digits:uci"}, "train": {"tune": tune}})
    assert "\n" not in str(told.value)


def test_tuning_without_a_validation_part_is_refused() -> None:
    with pytest.raises(ValidationError, match="tune needs a validation part to judge its trials"):
        Train.model_validate({"validation": 0, "tune": {"lr": [0.1, 0.2]}})
