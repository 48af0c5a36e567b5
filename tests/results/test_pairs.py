"""Every declared pair of arms is judged, an arm that no seed moves too; the first is the headline."""

import numpy as np
import pytest
from tests.results.test_summary import ABOUT, DOSES, SCRATCH, TRANSFER, pairs, row, rows, spec

from shiftprobe.core.types import Cell, Row
from shiftprobe.results.findings import Answers
from shiftprobe.results.model import Contrast, Summary
from shiftprobe.results.summary import RunContents, summarize_run
from shiftprobe.results.summary_file import to_json
from shiftprobe.spec.schema import Spec
from shiftprobe.stats import compare_paired, holm, image_interval

UNTOUCHED = {0: 0.91, 1: 0.95, 2: 0.60}
MINE = {0: (0.96, 0.95, 0.97), 1: (0.91, 0.92, 0.93), 2: (0.80, 0.81, 0.82)}


def untouched() -> list[Row]:
    return [row("zero_shot", dose, None, value, None) for dose, value in UNTOUCHED.items()]


def mine() -> list[Row]:
    return [row("mine", dose, seed, value) for dose, values in MINE.items() for seed, value in enumerate(values)]


def judged(wanted: Spec, some: list[Row], **contents: object) -> Summary:
    return summarize_run(RunContents(rows=some, about=ABOUT, **contents), wanted)  # type: ignore[arg-type] # by name


def of(summary: Summary, a: str, b: str) -> list[Contrast]:
    return [one for one in summary.contrasts if (one.a, one.b) == (a, b)]


WITH = spec(arms=["scratch", "transfer", "zero_shot"])


def test_the_untouched_checkpoint_is_judged_against_fine_tuning_by_default() -> None:
    found = of(judged(WITH, [*rows(), *untouched()]), "transfer", "zero_shot")
    assert [(one.shift, one.severity) for one in found] == list(DOSES)
    for dose, one in enumerate(found):
        right = compare_paired(TRANSFER[dose], [UNTOUCHED[dose]] * 3, 0.01)
        assert one.difference == pytest.approx(right.difference)
        assert (one.low, one.high) == pytest.approx(right.interval)
        assert one.n == 3
        assert [pair.b for pair in one.per_seed] == [UNTOUCHED[dose]] * 3


def test_each_pair_is_a_family_of_its_own() -> None:
    whole = judged(WITH, [*rows(), *untouched()])
    for pair in (("transfer", "scratch"), ("transfer", "zero_shot")):
        found = of(whole, *pair)
        assert [one.p_holm for one in found] == pytest.approx(holm([one.p or 0.0 for one in found]))


def test_a_further_pair_moves_nothing_of_the_first() -> None:
    with_it, without = judged(WITH, [*rows(), *untouched()]), judged(spec(), rows())
    assert of(with_it, "transfer", "scratch") == list(without.contrasts)
    assert next(one for one in with_it.verdicts if one.pair == ("transfer", "scratch")) == without.verdict
    assert with_it.verdict.pair == ("transfer", "zero_shot")
    assert "pair" not in to_json(without)["verdict"]


def test_images_of_an_arm_that_no_seed_moves_stand_beside_those_of_every_seed() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 200)
    tuned = [np.where(rng.random(200) < 0.9, labels, 1 - labels) for _ in range(3)]
    plain = np.where(rng.random(200) < 0.7, labels, 1 - labels)
    answers = {Cell("identity", 0.0): Answers(labels, {"zero_shot": plain})}
    answers |= {Cell("identity", 0.0, 40, seed): Answers(labels, {"transfer": one}) for seed, one in enumerate(tuned)}
    one = of(judged(WITH, [*rows(), *untouched()], answers=answers), "transfer", "zero_shot")[0]
    right = image_interval(np.array([one == labels for one in tuned]), np.array([plain == labels] * 3))
    assert (one.image_low, one.image_high) == pytest.approx((right.low, right.high))
    first = one.per_seed[0]
    assert first.a_only == int(((tuned[0] == labels) & (plain != labels)).sum())
    assert first.b_only == int(((tuned[0] != labels) & (plain == labels)).sum())


DECLARED = spec(arms=["scratch", "transfer", "mine"], compare={"pairs": [["mine", "transfer"], ["mine", "scratch"]]})


def test_the_first_declared_pair_is_the_headline() -> None:
    whole = judged(DECLARED, [*rows(), *mine()])
    means = [[sum(table[dose][seed] for dose in range(3)) / 3 for seed in range(3)] for table in (MINE, TRANSFER)]
    right = compare_paired(means[0], means[1], 0.01)
    assert whole.verdict.pair == ("mine", "transfer")
    assert whole.verdict.word == right.verdict
    assert whole.verdict.contrast is not None
    assert whole.verdict.contrast.difference == pytest.approx(right.difference)
    assert right.sentence("mine", "transfer") in whole.verdict.sentence
    assert "mine better in" in whole.verdict.detail
    assert to_json(whole)["verdict"]["pair"] == ("mine", "transfer")
    assert dict.fromkeys((one.a, one.b) for one in whole.contrasts) == dict.fromkeys(
        [("mine", "transfer"), ("mine", "scratch")]
    )


def test_causes_are_not_told_of_a_verdict_on_other_arms() -> None:
    from shiftprobe.why.run_facts import RunFacts

    whole = judged(DECLARED, [*rows(), *mine()])
    assert RunFacts.of(rows(), whole).word == "none"
    assert RunFacts.of(rows(), judged(spec(), rows())).word == judged(spec(), rows()).verdict.word != "none"


def test_a_pair_whose_seeds_met_other_images_is_left_out_and_the_others_stay() -> None:
    cells = [Cell(*dose, 40, seed) for dose in DOSES for seed in range(3)]
    apart = pairs(cells, split="other")
    whole = judged(WITH, [*rows(), *untouched()], pairing=apart)
    assert not of(whole, "transfer", "scratch")
    assert len(of(whole, "transfer", "zero_shot")) == 3
    assert [one.word for one in whole.verdicts if one.pair == ("transfer", "scratch")] == ["none"]
    assert whole.verdict.pair == ("transfer", "zero_shot")
    assert whole.verdict.word != "none"
    assert not whole.paired


def test_a_pair_of_arms_that_are_not_there_is_silent() -> None:
    assert not judged(spec(arms=["zero_shot"]), untouched()).contrasts
    lost = {dose: values[:2] for dose, values in SCRATCH.items()}
    fewer = [one for one in rows() if one.arm == "transfer" or one.cell.seed in range(len(lost[0]))]
    assert {one.n for one in of(judged(WITH, [*fewer, *untouched()]), "transfer", "scratch")} == {2}
    assert {one.n for one in of(judged(WITH, [*fewer, *untouched()]), "transfer", "zero_shot")} == {3}
