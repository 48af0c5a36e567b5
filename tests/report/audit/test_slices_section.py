"""The section on slices: numbers, pictures, bars, and words that it does not know."""

import re
from pathlib import Path

import pytest
from tests.report.audit.pages import made, text_of
from tests.report.fake_audit import verdicts


def part_of(page: str) -> str:
    found = re.search(r'<section id="slices".*?</section>', page, re.DOTALL)
    assert found is not None
    return found[0]


@pytest.fixture
def part(page: str) -> str:
    return part_of(page)


def test_a_slice_is_told_with_its_numbers_and_what_to_do(part: str) -> None:
    said = text_of(part)
    assert "Dark pictures, brightness below 0.3" in said
    assert "61.0 % right" in said
    assert "49.7 to 71.5, n = 84 \N{MIDDLE DOT} all others 88.0 %, n = 316" in said
    assert "It is 27.0 points less accurate than the rest (16.0 to 39.0; exact p &lt; 0.001" in said
    assert "other images of the same classes reach 87.0 %, so its classes do not explain it" in said.replace(
        "Other", "other"
    )
    assert "class 0 (12 of 30 right, mostly taken for 1)" in said
    assert "Its pictures are also flatter (contrast 0.05 against 0.3)" in said
    assert "<code>shiftprobe preview darken</code>" in part


def test_pictures_and_bars_stand_beside(part: str) -> None:
    assert part.count("<img ") == 2
    assert 'class="wrong"' in part
    assert 'class="right"' in part
    heights = [float(one) for one in re.findall(r'<rect[^>]*height="([\d.]+)"[^>]*class="bin', part)] or [
        float(one) for one in re.findall(r'class="bin[^>]*height="([\d.]+)"', part)
    ]
    assert heights == pytest.approx([84 * 104 / 170, 84 * 560 / 630], abs=0.1)


def test_the_third_slice_folds_and_an_empty_target_says_so(part: str) -> None:
    assert "1 further slice" in text_of(part)
    assert "On the target" in text_of(part)


def test_shortcuts_say_what_is_known_of_their_use(part: str) -> None:
    said = text_of(part)
    assert "shorter side, all classes" in said
    assert "right in 40.0 % of 116 images" in said
    assert "no image goes against it" in said


def test_a_property_of_a_later_version_is_named_as_it_is(tmp_path: Path) -> None:
    found = verdicts()
    one = found["shown"]["slices"][0]["slices"][0]
    one["by"] = "<b>tilt"
    one["traits"][0]["name"] = "sway"
    found["shown"]["shortcuts"][0]["by"] = "tilt"
    said = part_of(made(tmp_path, data=found))
    assert "&lt;b&gt;tilt below 0.3" in said
    assert "<b>tilt" not in said
