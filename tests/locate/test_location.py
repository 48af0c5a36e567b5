import dataclasses
import json

from shiftprobe.locate import Choice, Found, Located, to_json, words
from shiftprobe.locate.location import headline
from shiftprobe.locate.shift_kinds import KINDS, kind_of
from shiftprobe.shifts import SHIFTS

BLANK = Located(p_value=0.4, source_images=200, target_images=150, side=28, channels=1, notes=("a note",))
BLUR = Found(name="gaussian_blur", kind="blur", severity=0.421, low=0.39, high=0.45)
LIGHT = Found(name="brightness", kind="light", severity=0.152, low=0.1, high=0.2)


def located(explained: float) -> Located:
    return Located(
        shifts=(BLUR, LIGHT),
        explained=explained,
        low=explained - 0.05,
        high=explained + 0.05,
        distance=10.0,
        remaining=10 * (1 - explained),
        p_value=0.001,
        families=(
            Choice(names=("brightness", "gaussian_blur"), share=0.9),
            Choice(names=("contrast", "fog"), share=0.1),
        ),
        kinds=(Choice(names=("blur", "light"), share=1.0),),
        source_images=200,
        target_images=150,
        side=28,
        channels=1,
        notes=(),
    )


def test_what_was_found_is_said_with_doses_and_the_part_left() -> None:
    lines = words(located(0.63)).splitlines()
    assert lines[0] == (
        "your target looks like gaussian blur 0.42 + brightness 0.15; 63 % of the distance explained, "
        "37 % is something else"
    )
    assert "gaussian blur 0.39 to 0.45" in lines[1]
    assert "explained 58 % to 68 %" in lines[1]
    assert "brightness + gaussian blur in 90 %" in lines[2]
    assert lines[-1] == "from 200 source and 150 target images at 28 px"


def test_nothing_found_is_said_as_such() -> None:
    lines = words(BLANK).splitlines()
    assert lines[0] == "no shift found: the target is within the noise of the source (p = 0.4)"
    assert lines[1] == "a note"


def test_a_family_that_explains_next_to_nothing_is_not_sold_as_the_answer() -> None:
    first = words(located(0.06)).splitlines()[0]
    assert "by no shift we know" in first
    assert "6 % of the distance explained" in first


def test_json_holds_every_field() -> None:
    held = json.loads(to_json(located(0.63)))
    assert held["shifts"][0] == {"name": "gaussian_blur", "kind": "blur", "severity": 0.421, "low": 0.39, "high": 0.45}
    assert set(held) == set(Located.__dataclass_fields__)


def test_each_family_has_one_kind() -> None:
    named = [name for names in KINDS.values() for name in names]
    assert len(named) == len(set(named))
    assert set(named) <= set(SHIFTS)
    assert kind_of("defocus") == "blur"


SPLIT = Located(
    shifts=(Found(name="shear", kind="tilt", severity=0.26, low=None, high=None),),
    explained=0.18,
    low=None,
    high=None,
    p_value=0.001,
    families=(
        Choice(names=("frost",), share=0.5),
        Choice(names=("shear",), share=0.46),
        Choice(names=("fog",), share=0.04),
    ),
    kinds=(Choice(names=("haze",), share=0.54), Choice(names=("tilt",), share=0.46)),
    family_share=0.46,
    kind_share=0.46,
    split=True,
    source_images=200,
    target_images=200,
    side=28,
    channels=1,
    notes=(),
)


def test_where_resamples_split_over_kinds_there_is_no_single_shift_and_no_interval() -> None:
    lines = words(SPLIT).splitlines()
    assert lines[0] == "no single shift: resamples choose haze (frost) in 54 %, tilt (shear) in 46 %"
    assert lines[1] == (
        "nearest: shear 0.26, 18 % of the distance explained, chosen in 46 % of the resamples: too few for an interval"
    )
    assert " to " not in lines[1]
    held = json.loads(to_json(SPLIT))
    assert (held["split"], held["shifts"][0]["low"], held["low"]) == (True, None, None)


def test_an_interval_given_a_choice_says_its_condition() -> None:
    found = dataclasses.replace(located(0.63), family_share=0.9)
    assert words(found).splitlines()[1] == (
        "95 % intervals if it is gaussian blur + brightness (as in 90 % of the resamples): gaussian blur 0.39 to 0.45, "
        "brightness 0.10 to 0.20; explained 58 % to 68 %"
    )


def test_a_headline_has_at_most_25_words() -> None:
    pair = (BLUR, LIGHT)
    kinds = tuple(Choice(names=("blur", name), share=0.25) for name in ("grain", "haze", "tilt", "warp"))
    families = tuple(
        Choice(names=("gaussian_blur", name), share=0.25) for name in ("gaussian_noise", "fog", "shear", "elastic")
    )
    many = dataclasses.replace(SPLIT, shifts=pair, explained=0.6, kinds=kinds, families=families)
    assert words(many).startswith(
        "no single pair of shifts: resamples choose blur + grain (gaussian blur + gaussian noise)"
    )
    for one in (BLANK, SPLIT, many, located(0.63), located(0.06)):
        assert len(headline(one).split()) <= 25
