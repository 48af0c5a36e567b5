"""How many images would decide a gate, and what is said where all there are would not."""

from dataclasses import replace
from typing import Any

import pytest
from scipy.stats import binom
from tests.auditing.made_up import side

from shiftprobe.auditing.advice import Looked, advised
from shiftprobe.auditing.images_to_decide import images_to_decide
from shiftprobe.auditing.policy import load_policy
from shiftprobe.auditing.request import request
from shiftprobe.auditing.types import Check, Power

POWER = Power(loss=0.03, images=60, missed=0.9, wanted=0.2, needed=2000, sentence="so")


def gate(value: float, *, n: int = 60, threshold: float = 0.7, name: str = "accuracy") -> Check:
    kind = name.partition(":")[0]
    return Check(
        name=name, kind=kind, title=name, status="cannot tell", gates=True, reason="so", value=value, low=0.5,
        high=0.9, n=n, threshold=threshold, relation="at least", power=POWER,
    )  # fmt: skip


def chance(n: int, value: float, threshold: float) -> float:
    """That n images of such a true share decide: by scipy's binomial alone, at 2.5 % a side."""
    counts = range(n + 1)
    fails = [k for k in counts if binom.cdf(k, n, threshold) <= 0.025]
    passes = [k for k in counts if binom.sf(k - 1, n, threshold) <= 0.025]
    return float(sum(binom.pmf(k, n, value) for k in (fails if value < threshold else passes)))


@pytest.mark.parametrize(("value", "threshold"), [(0.6, 0.7), (0.8, 0.7), (0.97, 0.9), (0.85, 0.9)])
def test_so_many_images_decide_four_times_in_five_and_clearly_fewer_do_not(value: float, threshold: float) -> None:
    needed = images_to_decide(gate(value, threshold=threshold), load_policy({}))
    assert needed is not None
    assert chance(needed, value, threshold) >= 0.8
    assert chance(round(0.8 * needed), value, threshold) < 0.8


def test_a_family_needs_more_and_so_does_a_share_nearer_to_its_threshold() -> None:
    policy = load_policy({})
    one, many, near = (
        images_to_decide(gate(0.6), policy) or 0,
        images_to_decide(gate(0.6), policy, family=6) or 0,
        images_to_decide(gate(0.65), policy) or 0,
    )
    assert 60 < one < many < near


def test_what_is_no_share_of_all_images_has_no_such_number() -> None:
    policy = load_policy({})
    assert images_to_decide(replace(gate(0.6), power=None), policy) is None
    assert images_to_decide(replace(gate(0.6), kind="worst_class"), policy) is None
    assert images_to_decide(replace(gate(-0.01, threshold=-0.02), unit="points"), policy) is None


def fixed(check: Check, *, left_out: int = 0, **asked: Any) -> str:
    """What is advised to an audit of 60 labelled images and 40 of the target."""
    wanted = request("model.pt", "folder:photos", policy={}, **asked)
    looked = Looked(data=replace(side(60), left_out=left_out), target=side(40, name="t"), request=wanted)
    return advised([check], looked)[0].fix


def test_of_images_that_were_left_out_no_more_are_asked_for_than_decide() -> None:
    said = fixed(gate(0.5), left_out=4940, images=60)
    assert said == "look at more images: about 61 decide it (if the true share is the one seen); give --images 61"


def test_images_that_would_not_do_are_not_advised() -> None:
    said = fixed(gate(0.68), left_out=180, images=60)
    assert "--images" not in said
    assert said.startswith("add labelled images: about 4,")
    assert said.endswith("labelled images would decide it (if the true share is the one seen), 240 are all there are")


def test_a_target_that_is_too_small_leads_to_the_pictures_worth_labelling() -> None:
    said = fixed(gate(0.6, n=40, name="target"))
    assert said.startswith(
        "label more of the target, --ask 160 on a folder of its pictures without labels draws which: about 194 "
    )
    assert "40 are all there are" in said


def test_a_share_at_its_threshold_is_decided_by_no_number_of_images() -> None:
    assert fixed(gate(0.7)).startswith("it is too near the threshold for any number of images")


def test_looks_that_ended_early_are_gone_on_with() -> None:
    assert fixed(gate(0.4, n=20), minutes=1.0).startswith("look at the rest of the images")
