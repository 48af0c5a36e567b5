"""Numbers in reasons and outputs are those of the fields beside them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t
from tests.auditing.made_up import evidence, labels_of, policy, seen, side

from shiftprobe.auditing.checks import preprocessing as preparing
from shiftprobe.auditing.checks.calibration import along
from shiftprobe.auditing.checks.class_order import _capped
from shiftprobe.auditing.checks.classes import worst_class
from shiftprobe.auditing.checks.corruption import corruption_error
from shiftprobe.auditing.checks.preprocessing import Alternatives
from shiftprobe.auditing.checks.target import target
from shiftprobe.auditing.estimate.types import AccuracyEstimate, Zone
from shiftprobe.auditing.measurements import Repair
from shiftprobe.auditing.outputs import repair_words, wording
from shiftprobe.auditing.paired import Gain, gains, recovered
from shiftprobe.auditing.repairs.base import moves, site_of
from shiftprobe.auditing.samples import _of_different_classes, _worst
from shiftprobe.auditing.types import Check, Power
from shiftprobe.core.types import Condition
from shiftprobe.stats import image_interval

SURE = 20.0


def test_the_worst_overconfidence_is_told_with_its_place_and_the_highest_end() -> None:
    labels = labels_of(400)
    made = evidence(400, 400)
    dial = {
        **made.dial,
        Condition("fog", 0.25): seen(labels, 200, sure=SURE),
        Condition("jpeg", 0.25): seen(labels, 220, sure=SURE),
    }
    (check,) = along(replace(made, dial=dial)).checks
    assert "is +50.0 points under fog 0.25, the highest of 3" in check.reason
    assert check.high is not None
    assert check.high > 0.5


@pytest.mark.parametrize(("wrong", "status"), [(90, "cannot tell"), (98, "cannot tell"), (104, "warn")])
def test_overconfidence_is_proven_at_the_level_of_one_among_all_shifts(wrong: int, status: str) -> None:
    """98 wrong of 400 alone are proven to be more than 20 %, as one of three shifts they are not."""
    labels, made = labels_of(400), evidence(400, 400)
    dial = {Condition("fog", 0.25): wrong, Condition("jpeg", 0.25): 60, Condition("contrast", 0.25): 70}
    seens = {place: seen(labels, 400 - bad, sure=SURE) for place, bad in dial.items()}
    (check,) = along(replace(made, dial=seens)).checks
    padded = np.concatenate([np.arange(400) < wrong, [1.0, -1.0]])
    error = padded.std(ddof=1) / np.sqrt(402)
    assert check.low == pytest.approx(t.ppf(0.025 / 3, 401) * error + padded.mean(), abs=1e-6)
    assert check.high == pytest.approx(t.ppf(0.975, 401) * error + padded.mean(), abs=1e-6)
    assert check.status == status


def test_the_mce_is_told_with_its_level_and_images() -> None:
    rules = policy(corruption_error={"reference": {"fog": (0.5, 0.5, 0.5)}}, confidence=0.9)
    (check,) = corruption_error(evidence(400, 380, policy=rules)).checks
    assert "mCE over 1 shift is 0.10 of the reference's (90 % interval" in check.reason
    assert "n = 400), most errors under fog" in check.reason


@pytest.mark.parametrize(
    ("wrong", "high", "capped"), [(10, 0.5, 0.0900), (10, 0.05, 0.05), (100, 0.6, 0.5713), (200, 0.9, 0.9)]
)
def test_no_names_add_more_than_is_wrong_now(wrong: int, high: float, capped: float) -> None:
    """The end of the exact interval of what is wrong; of 10 wrong among 200 it is 9.0 %."""
    found = Gain(before=0.5, after=0.5, value=0.0, low=0.0, high=high, alone=high, n=100, p=1.0, p_holm=1.0)
    assert _capped(found, wrong, 200, 0.95).high == pytest.approx(capped, abs=5e-4)
    assert _capped(found._replace(value=0.3), wrong, 200, 0.95).high >= 0.3


def test_a_weakest_class_of_the_target_stands_in_the_targets_section() -> None:
    made = evidence(target=side(200, name="folder:camera"), on_target=seen(labels_of(200), 200))
    ours, theirs = worst_class(made).checks
    assert (ours.evidence, theirs.evidence) == ("#classes", "#target")
    assert (ours.name, theirs.name, theirs.kind) == ("worst_class", "worst_class:target", "worst_class")


def test_an_estimate_is_told_with_its_zone() -> None:
    zone = Zone(drift=0.1, drift_limit=2.0, shares=0.2, shares_limit=0.3, shares_changed=False)
    found = AccuracyEstimate(value=0.9, low=0.8, high=0.95, n=200, confidence=0.9, methods=(), zone=zone)
    made = evidence(target=side(200, labelled=False), on_target=seen(labels_of(200), 100), estimate=found)
    told = target(made).shown.estimates
    assert told is not None
    assert told.zone == zone
    bare = target(replace(made, estimate=replace(found, zone=None))).shown.estimates
    assert bare is not None
    assert bare.zone is None


def check(**fields: object) -> Check:
    whole = {
        "name": "a",
        "kind": "a",
        "title": "accuracy on a",
        "status": "pass",
        "gates": True,
        "reason": "",
        **fields,
    }
    return Check(**whole)  # type: ignore[arg-type] # names and types are those of the fields


def test_values_are_told_with_what_they_rest_on() -> None:
    assert wording.behind(check(low=0.28, high=0.345, n=1800)) == "28.0 to 34.5, n = 1,800"
    assert wording.behind(check(low=0.28, n=18)) == "n = 18"
    assert wording.behind(check(low=0.28, high=0.345)) == "28.0 to 34.5"
    assert wording.amount(check(value=0.312)) == "31.2 %"
    assert wording.amount(check()) == "n/a"


def test_powers_are_told_once_with_how_many_gates_share_them() -> None:
    power = Power(loss=0.03, images=9, missed=0.5, wanted=0.2, needed=99, sentence="with 9 images it misses a loss")
    shared = [check(power=power, title=f"accuracy on {name}") for name in "abc"]
    assert wording.powers(shared) == ["Accuracy on a (and 2 others): with 9 images it misses a loss"]
    assert wording.powers(shared[:2])[0].startswith("Accuracy on a (and 1 other): ")
    assert wording.powers(shared[:1])[0].startswith("Accuracy on a: ")
    assert wording.powers([check(power=power, gates=False), check()]) == []


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.01, 0.2, "raises accuracy"), (0.0, 0.2, "is not shown to help"), (-0.2, 0.0, "is not shown to help"),
     (-0.2, -0.01, "makes it worse")],
)  # fmt: skip
def test_a_repair_raises_accuracy_where_its_interval_lies_above_0(low: float, high: float, said: str) -> None:
    value = (low + high) / 2
    found = Repair(name="it", title="it", before=0.5, after=0.5 + value, gain=value, low=low, high=high, n=9)
    assert moves(found, 0.95).startswith(said)


def test_a_repair_is_told_with_both_numbers_and_what_the_gain_rests_on() -> None:
    whole = Repair(name="head", title="it", before=0.312, after=0.78, gain=0.468, low=0.43, high=0.505, n=1800)
    arrow = "\N{RIGHTWARDS ARROW}"
    said = f"accuracy 31.2 % {arrow} 78.0 % (gain +46.8 points, +43.0 to +50.5, n = 1,800)"
    assert repair_words.repaired(whole) == said
    bare = said.replace("+43.0 to +50.5", "no interval")
    assert repair_words.repaired(replace(whole, high=None)) == bare
    assert repair_words.repaired(replace(whole, low=None)) == bare.replace("gain", "change")
    assert repair_words.repaired(replace(whole, n=None)) == said.replace(", n = 1,800", "")


def test_repairs_are_tried_where_accuracy_is_worst() -> None:
    made = evidence(
        400, 380, dial={Condition("fog", 0.25): 200, Condition("jpeg", 0.25): 100, Condition("contrast", 1.0): 10}
    )
    assert site_of(made).on == "shift jpeg at 0.25"
    assert site_of(replace(made, policy=policy(shifts=[]), dial={})).on == "data"
    there = evidence(target=side(200), on_target=seen(labels_of(200), 200))
    assert site_of(there).on == "target"
    assert not site_of(there).paired


def test_gains_stay_within_what_can_be_gained() -> None:
    nothing, everything = np.zeros(6, bool), np.ones(6, bool)
    up, down = gains(nothing, {"a": everything})["a"], gains(everything, {"a": nothing})["a"]
    assert (up.value, up.high, up.alone, down.value, down.low) == (1.0, 1.0, 1.0, -1.0, -1.0)
    assert -1.0 < up.low < 1.0
    rng = np.random.default_rng(0)
    before, after = rng.random(80) < 0.6, rng.random(80) < 0.5
    lower = gains(before, {"a": after})["a"]
    known = image_interval(after[None], before[None])
    assert (lower.low, lower.high) == pytest.approx((known.low, known.high))
    assert lower.low < 0.0


def test_unpaired_clean_images_bring_their_own_spread() -> None:
    rng = np.random.default_rng(1)
    before, after, clean = rng.random(200) < 0.4, rng.random(200) < 0.7, rng.random(2000) < 0.9
    few, many = (recovered(before, after, some, paired=False) for some in (clean[:40], clean))
    assert few is not None
    assert many is not None
    assert few.high - few.low > 1.05 * (many.high - many.low)


def test_six_images_of_different_classes_are_shown() -> None:
    assert _of_different_classes(side(3)) == [0, 1, 2]
    assert _of_different_classes(side(40)) == [0, 1, 2, 3, 4, 5]
    many = replace(side(40), labels=np.arange(40) // 4)
    assert _of_different_classes(many) == [0, 8, 16, 20, 28, 36]


def test_the_surest_wrong_answers_are_shown_twelve_at_most() -> None:
    drawn: dict[str, bytes] = {}
    made = evidence(40, 20)
    logits = made.clean.logits.copy()
    logits[39] *= 2
    found = _worst(replace(made, clean=replace(made.clean, logits=logits)), drawn)
    assert len(found) == 12
    assert found[0].label == "dog"
    assert (found[0].confidence or 0.0) > (found[1].confidence or 1.0)
    assert {one.on for one in found} == {"data"}
    assert sorted(drawn) == [f"wrong-{i:02d}.webp" for i in range(12)]
    there = replace(made, target=side(40), on_target=seen(labels_of(40), 39))
    assert [(one.on, one.label) for one in _worst(there, {})] == [("target", "dog")]
    blind = replace(there, target=side(40, labelled=False))
    assert {one.on for one in _worst(blind, {})} == {"data"}
    assert _worst(evidence(40, 40), {}) == ()


def tried(**values: float) -> Alternatives:
    """Other preparations by what each gains, with intervals of three points on either side, five for the family."""
    found = {
        name: Gain(
            before=0.7, after=0.7 + value, value=value, low=value - 0.05, high=value + 0.05, alone=value + 0.03,
            n=200, p=0.001, p_holm=0.01,
        )
        for name, value in values.items()
    }  # fmt: skip
    return Alternatives(gains=found, reasons={}, n=200)


@pytest.mark.parametrize(
    ("gain", "word", "said"),
    [
        (-0.0123, "pass", "the nearest, a moves accuracy by -1.2 points (95 % interval -6.2 to 1.8, n = 200)"),
        (-0.011, "pass", "none of 2 other ways to prepare images is better"),
        (0.0567, "cannot tell", "more than 2.0 points cannot be told: a moves accuracy by +5.7 points (95 % interval"),
        (0.0703, "fail", "accuracy rises from 70.0 % to 77.0 % with a (by 7.0 points, 95 % interval 2.0 to 12.0"),
    ],
)
def test_another_preprocessing_is_told_with_its_gain(gain: float, word: str, said: str) -> None:
    made, other = evidence(), tried(a=gain, b=-0.2)
    assert preparing._word(other, made) == word
    assert said in preparing._reason(other, "a", preparing._word(other, made), made)


@pytest.mark.parametrize(
    ("low", "p", "word"), [(0.02, 0.01, "cannot tell"), (0.0201, 0.01, "fail"), (0.03, 0.051, "cannot tell")]
)
def test_a_gain_is_proven_where_its_interval_and_holm_say_so(low: float, p: float, word: str) -> None:
    one = tried(a=0.1).gains["a"]._replace(low=low, p_holm=p)
    assert preparing._word(Alternatives(gains={"a": one}, reasons={}, n=200), evidence()) == word


def test_a_preparation_that_cannot_be_told_is_the_one_that_could_gain_most() -> None:
    other = tried(a=0.05, b=0.04)
    wide = replace(other, gains={**other.gains, "b": other.gains["b"]._replace(alone=0.3)})
    assert (wide.named("cannot tell"), wide.named("pass"), wide.named("fail"), wide.best()) == ("b", "a", "a", "a")
