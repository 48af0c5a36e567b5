"""What is advised where a check cannot tell, and what stands beside the verdict."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.auditing.made_up import CLASSES, evidence, side, subject

from shiftprobe.auditing.advice import Looked, advised
from shiftprobe.auditing.checks.accuracy import GUESSED, accuracy
from shiftprobe.auditing.evidence import Side
from shiftprobe.auditing.limits import limits
from shiftprobe.auditing.model import Measurements
from shiftprobe.auditing.request import Request, request
from shiftprobe.auditing.sides import How, labelled
from shiftprobe.auditing.types import Check
from shiftprobe.models.class_names import conflict

NOTHING = Measurements()


def check(name: str = "accuracy", status: Any = "cannot tell", **changes: Any) -> Check:
    made = Check(
        name=name, kind=name.partition(":")[0], title=name, status=status, gates=True, reason="so", fix="other"
    )
    return replace(made, **changes)


def asked(images: int | None = None, policy: int = 2000) -> Request:
    return request("model.pt", "folder:photos", images=images, policy={"images": policy})


def looked(left_out: int = 0, images: int | None = None, policy: int = 2000) -> Looked:
    return Looked(data=replace(side(60), left_out=left_out), target=side(40, name="t"), request=asked(images, policy))


@pytest.mark.parametrize(
    ("given", "fix"),
    [
        (
            looked(318, images=60),
            "look at more images: 318 of 378 were left out by --images 60; give --images 378, or leave --images out",
        ),
        (
            looked(4940, images=60),
            "look at more images: 4,940 of 5,000 were left out by --images 60; give --images 5000",
        ),
        (looked(318, policy=60), "look at more images: 318 of 378 were left out; give --images 378"),
        (looked(), "add labelled images: all 60 that there are were looked at"),
    ],
)
def test_a_check_that_cannot_tell_asks_for_the_images_that_were_left_out(given: Looked, fix: str) -> None:
    assert [one.fix for one in advised([check(), check("severity:fog")], given)] == [fix, fix]


def test_what_more_images_do_not_change_keeps_its_own_advice() -> None:
    kept = [check(status="fail"), check("attribution"), check("transfer"), check("preprocessing", n=256)]
    assert [one.fix for one in advised(kept, looked(318, images=60))] == ["other"] * 4


def test_the_target_is_told_its_own_images_and_an_unlabelled_one_is_not_asked_for_more() -> None:
    there = looked(318, images=60)
    assert advised([check("target")], there)[0].fix == "add labelled images: all 40 that there are were looked at"
    bare = replace(there, target=side(40, labelled=False))
    assert advised([check("target")], bare)[0].fix == "other"


def test_a_side_knows_how_many_images_were_left_out() -> None:
    bundle = side(378).bundle
    found, _ = labelled(bundle, bundle.classes, How(most=60))
    assert (len(found), found.left_out) == (60, 318)


@pytest.mark.parametrize(
    ("origin", "given", "said"),
    [
        ("usual", (), GUESSED),
        ("usual", ("mean", "std"), "--mean and --std are as given, the rest is a guess: give --size too"),
        ("fitted", ("size",), "--size is as given, the rest is a guess: give --mean and --std too"),
        ("given", ("mean", "size", "std"), ""),
        ("of the run", (), ""),
    ],
)
def test_it_says_that_nobody_said_how_images_were_prepared_only_where_nobody_did(
    origin: Any, given: tuple[str, ...], said: str
) -> None:
    audited = replace(subject(), preprocess_origin=origin, preprocess_given=given)
    (found,) = accuracy(evidence(right=200, subject=audited)).checks
    assert found.fix.startswith(said)
    assert ("nobody said" in found.fix) == (said == GUESSED)


def test_what_limits_an_open_audit_stands_beside_it_as_marks() -> None:
    there = looked(318, images=60)
    (mark,) = limits(advised([check()], there), "cannot tell", there, subject(), NOTHING)
    assert (mark.kind, mark.badge) == ("few_test_images", "few test images")
    assert "--images 378" in mark.text
    assert limits([check(status="pass")], "pass", looked(318, images=60), subject(), NOTHING) == ()
    assert limits([check(explained_by="x")], "cannot tell", looked(), subject(), NOTHING) == ()


def test_copies_are_a_mark() -> None:
    whole = side(20)
    twice = replace(whole, index=np.array([0, 1, 2, 2, 2]))
    (mark,) = limits(
        [check(status="pass")], "pass", Looked(data=twice, target=None, request=asked()), subject(), NOTHING
    )
    assert (mark.kind, mark.badge) == ("repeated_images", "2 repeated images")


def in_colour(n: int, *, same: bool = False) -> Side:
    """Images of three channels; the same in all of them where asked."""
    whole, rng = side(n), np.random.default_rng(2)
    images = [np.repeat(rng.integers(0, 256, (8, 8, 1), np.uint8), 3, axis=2) for _ in range(n)]
    if not same:
        images = [rng.integers(0, 256, (8, 8, 3), np.uint8) for _ in range(n)]
    return replace(whole, bundle=replace(whole.bundle, images=tuple(images)))


def test_colours_that_a_network_of_one_channel_cannot_see_are_a_mark() -> None:
    passed, three = [check(status="pass")], replace(subject().preprocess, channels=3, mean=(0.5,) * 3, std=(0.5,) * 3)
    there = Looked(data=in_colour(40), target=replace(in_colour(40), name="t"), request=asked())
    (mark,) = limits(passed, "pass", there, subject(), NOTHING)
    assert (mark.kind, mark.badge, mark.grave) == ("colours_dropped", "colours dropped", False)
    assert "the colours of folder:photos and t were dropped" in mark.text
    assert limits(passed, "pass", there, replace(subject(), preprocess=three), NOTHING) == ()
    grey = Looked(data=in_colour(40, same=True), target=side(40, name="t"), request=asked())
    assert limits(passed, "pass", grey, subject(), NOTHING) == ()


def test_names_that_contradict_the_file_are_a_grave_mark() -> None:
    contradicting = replace(subject(), conflict=conflict(CLASSES, ("dog", "bee", "cat", "ant")))
    (mark,) = limits([check(status="pass")], "pass", looked(), contradicting, NOTHING)
    assert (mark.kind, mark.grave) == ("class_names_contradicted", True)
    assert mark.text.startswith(
        "the checkpoint's own list calls output 3 'ant', the names given call output 0 so, and 1 more differ"
    )
