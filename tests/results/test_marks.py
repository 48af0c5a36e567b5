"""What limits a run: each mark by its facts, kept when seeds are added, the same for every place that prints it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.why.made_up import ABOUT, EQUAL, GOOD, HELPS, SIDE, SPEC, WORSE, arm, curve, summed

from shiftprobe.results.about import About, Datasets, NameConflict, Prepared
from shiftprobe.results.marks import Mark
from shiftprobe.results.model import Curve, Summary
from shiftprobe.results.summary.convergence import at_its_best, fewest_steps
from shiftprobe.results.summary.given_marks import given_marks
from shiftprobe.results.summary_file import to_json
from shiftprobe.spec.recipe import batches
from shiftprobe.spec.schema import Spec

TENTH = replace(ABOUT, data=Datasets(source=SIDE, target=replace(SIDE, majority=0.1)))
REST = [2.0, 0.5, *[0.01] * 18]  # nats


def training(name: str, best: int, *, seed: int = 0, images: int = 240, validation: int = 60) -> Curve:
    """A training of 20 epochs that was at its best, by many images, in one of them."""
    seen = [0.5 + 0.4 * (epoch == best) for epoch in range(1, 21)]
    return replace(curve(name, REST, seen, seed=seed), images=images, validation_images=validation)


def found(rows: Sequence[Any], curves: Sequence[Curve], about: About = TENTH, **spec: Any) -> dict[str, Mark]:
    summary = summed([row for one in rows for row in one], curves=curves, about=about, **spec)[1]
    return {one.kind: one for one in summary.marks}


def calm(*seeds: int) -> list[Curve]:
    return [training(name, 7, seed=seed) for name in ("transfer", "scratch") for seed in seeds]


def test_a_run_that_lacks_nothing_but_tuning_has_one_mark() -> None:
    assert set(found(HELPS, calm(0, 1, 2))) == {"untuned"}
    tuned = [replace(one, lr=1e-3, validation_images=200) for one in calm(0, 1, 2)]
    assert found(HELPS, tuned, train={"epochs": 20, "tune": {"lr": [1e-3, 1e-2]}}) == {}


def test_an_arm_at_the_commonest_class_is_named_with_what_to_do() -> None:
    marks = found((arm("transfer", *GOOD), arm("scratch", 0.11, 0.8, 0.09)), calm(0, 1, 2))
    mark = marks["at_majority"]
    assert (mark.arms, mark.badge, mark.grave) == (("scratch",), "not trained out", True)
    assert "commonest class (10.0 % of the test images): scratch in 2 of 3 seeds" in mark.text
    assert mark.text.endswith("--set train.epochs=60.")
    # 1,000 test images: the 95 % Wilson interval of .12 begins at .1013, that of .118 at .0994
    assert "at_majority" not in found((arm("transfer", *GOOD), arm("scratch", 0.12, 0.8, 0.8)), calm(0, 1, 2))
    assert "at_majority" in found((arm("transfer", *GOOD), arm("scratch", 0.118, 0.8, 0.8)), calm(0, 1, 2))


def test_three_of_six_keep_their_mark_as_three_of_twelve() -> None:
    low, high = (0.1,) * 3, (0.8,) * 9
    for n in (3, 6, 12):
        rows = (arm("transfer", *(0.95,) * n), arm("scratch", *(low + high)[:n]))
        mark = found(rows, calm(*range(n)), seeds=n)["at_majority"]
        assert f"scratch in 3 of {n} seeds" in mark.text


@pytest.mark.parametrize(
    ("images", "batch", "epochs", "steps"),
    [(240, 64, 20, 80), (240, 64, 19, 76), (80, 64, 20, 40), (1, 64, 20, 20), (65, 64, 40, 80)],
)
def test_steps_are_epochs_times_batches(images: int, batch: int, epochs: int, steps: int) -> None:
    curves = [replace(one, images=images) for one in calm(0, 1, 2)]
    summary = summed([row for one in HELPS for row in one], curves=curves, train={"epochs": epochs, "batch": batch})[1]
    assert summary.training is not None
    assert {one.steps for one in summary.training.converged} == {steps} == {epochs * batches(images, batch)}
    assert ("short_schedule" in {one.kind for one in summary.marks}) == (steps < 80)


def test_a_short_schedule_leads_to_one_that_is_not() -> None:
    few = [replace(one, images=20) for one in calm(0, 1, 2)]
    mark = found(HELPS, few, train={"epochs": 4})["short_schedule"]
    assert mark.arms == ("scratch", "transfer")
    assert "scratch 4 steps; transfer 4 steps, where images like these need at least 80" in mark.text
    assert mark.text.endswith("--set train.epochs=80.")
    assert "short_schedule" not in found(HELPS, few, train={"epochs": 80})


@pytest.mark.parametrize(("channels", "size", "fewest"), [(1, 28, 80), (1, 63, 80), (1, 64, 500), (3, 32, 500)])
def test_photographs_need_more_steps_than_digits(channels: int, size: int, fewest: int) -> None:
    assert fewest_steps(Prepared(channels=channels, size=size)) == fewest
    assert fewest_steps(None) == 80


@pytest.mark.parametrize(("best", "late"), [(18, False), (19, True), (20, True)])
def test_a_median_best_epoch_in_the_last_tenth_is_late(best: int, late: bool) -> None:
    curves = [training("scratch", best, seed=seed) for seed in range(3)]
    mark = found(HELPS, curves).get("late_best_epoch")
    assert (mark is not None) == late
    if mark is not None:
        assert f"scratch best at epoch {best} of 20 (median of 1 of 3 trainings)" in mark.text


def test_one_validation_image_is_no_progress() -> None:
    seen = [0.5, 0.9, *[0.9] * 17, 0.9 + 1 / 60]
    assert at_its_best(replace(curve("scratch", REST, seen), validation_images=60)) == 2
    assert at_its_best(replace(curve("scratch", REST, seen), validation_images=120)) == 20
    unseen = replace(curve("scratch", REST, seen), validation=(), best_epoch=None)
    assert at_its_best(unseen) is None


seeds = st.lists(st.tuples(st.integers(1, 20), st.sampled_from([0.1, 0.5, 0.9]), st.booleans()), min_size=1, max_size=6)


@settings(deadline=None, max_examples=30)
@given(first=seeds, more=seeds)
def test_seeds_that_are_added_remove_no_mark(first: Any, more: Any) -> None:
    def kinds(some: Any) -> set[str]:
        n = len(some)
        rows = (arm("transfer", *(0.95,) * n), arm("scratch", *(value for _, value, _ in some)))
        curves = [
            replace(training("scratch", best, seed=seed), loss=(2.0, 1.0, 0.5) if falls else tuple(REST))
            for seed, (best, _, falls) in enumerate(some)
        ]
        return set(found(rows, curves, seeds=n)) - {"one_seed"}

    assert kinds(first) <= kinds([*first, *more])


def test_a_verdict_carries_the_marks_of_its_arms_and_of_the_run() -> None:
    curves = [*[training("transfer", 20, seed=seed) for seed in range(3)], *calm(0, 1, 2)[3:]]
    rows = (*HELPS, arm("mean_var", *WORSE))
    summary = summed(
        [row for one in rows for row in one], curves=curves, compare={"pairs": [["transfer", "scratch"],
        ["scratch", "mean_var"]]},
    )[1]  # fmt: skip
    by_pair = {one.pair: {mark.kind for mark in one.marks} for one in summary.verdicts}
    assert by_pair == {("transfer", "scratch"): {"late_best_epoch", "untuned"}, ("scratch", "mean_var"): {"untuned"}}
    assert summary.verdict.marks == summary.verdicts[0].marks == summary.marks
    assert to_json(summary)["marks"][0]["kind"] == "late_best_epoch"


def one(summary: Summary, kind: str) -> Mark | None:
    return next((mark for mark in summary.marks if mark.kind == kind), None)


def test_few_images_and_lost_cells_are_told_with_their_counts() -> None:
    rows = [row for some in EQUAL for row in some]
    few = replace(TENTH, data=Datasets(source=SIDE, target=replace(SIDE, test=99, majority=0.1)))
    curves = [replace(one, validation_images=20) for one in calm(0, 1, 2)]
    tuned = summed(rows, curves=curves, about=few, train={"epochs": 20, "tune": {"lr": [1e-3, 1e-2]}})[1]
    chosen, tested = one(tuned, "few_validation_images"), one(tuned, "few_test_images")
    assert chosen is not None
    assert tested is not None
    assert (chosen.badge, tested.badge) == ("20 images chose the rate", "99 test images")
    lost = summed([*arm("transfer", 0.9, None, 0.9), *arm("scratch", 0.8, 0.8, 0.8)], curves=calm(0, 1, 2))[1]
    mark = one(lost, "incomplete")
    assert mark is not None
    assert "1 accuracy lacks seeds" in mark.text
    assert one(summed(rows, curves=calm(0), seeds=1)[1], "one_seed") is not None


def test_names_against_the_file_and_dropped_colours_are_marks() -> None:
    conflict = NameConflict(given=0, carried=9, name="zero", count=1)
    marks = found(HELPS, calm(0, 1, 2), replace(TENTH, conflict=conflict, colours_dropped=True))
    assert set(marks) == {"untuned", "class_names_contradicted", "colours_dropped"}
    named, colours = marks["class_names_contradicted"], marks["colours_dropped"]
    assert (named.grave, colours.grave) == (True, False)
    assert named.text == (
        "the checkpoint's own list calls output 9 'zero', the names given call output 0 so: the names given were "
        "used. Leave source.classes out where the file is right."
    )
    assert "one channel" in colours.text


def test_a_target_that_is_the_sources_own_data_behind_dials_is_synthetic_evidence() -> None:
    dials, own = {"shifts": ["fog"], "severities": [0.0, 0.5]}, {"source": {"data": "digits:uci"}}
    (mark,) = given_marks(ABOUT, Spec.model_validate({**SPEC, **dials, **own}))
    assert mark.kind == "synthetic_evidence"
    assert "both digits:uci" in mark.text
    assert "arXiv:2007.00644" in mark.text
    assert given_marks(ABOUT, Spec.model_validate({**SPEC, **dials})) == ()
    assert given_marks(ABOUT, Spec.model_validate({**SPEC, **own})) == ()


def test_looks_in_bf16_are_a_mark_of_every_verdict() -> None:
    rows = [row for one in HELPS for row in one]
    summary = summed(rows, curves=calm(0, 1, 2), looks="bf16")[1]
    assert all("looks in bf16" in [mark.badge for mark in one.marks] for one in summary.verdicts)
    assert "rounded_looks" not in found(HELPS, calm(0, 1, 2))
