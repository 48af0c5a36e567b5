import json

from shiftprobe.locate import Choice, Found, Located, to_json, words
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
