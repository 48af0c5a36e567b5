"""Every pair of text and ground in the style sheet keeps a contrast of 4.5 to 1, in light and in dark."""

import re
from importlib import resources

import pytest

STYLE = (resources.files("shiftprobe") / "report" / "kit" / "style.css").read_text("utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#\w{6});", block)) for block in re.findall(r":root \{([^}]+--page[^}]+)\}", STYLE)
)
WASHED = ("better", "worse", "equivalent", "inconclusive")
TEXT = [
    *((ink, ground) for ink in ("ink", "quiet", "accent") for ground in ("page", "card", "wash")),
    *((word, ground) for word in WASHED for ground in (f"{word}-wash", "card", "page", "wash")),
    ("warn", "warn-wash"),
    *(("on-low" if step < 6 else "on-high", f"h{step}") for step in range(11)),
]
MARKS = [(f"arm{i}", "card") for i in range(8)]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read(theme: dict[str, str]) -> None:
    weak = {pair: round(contrast(theme[pair[0]], theme[pair[1]]), 2) for pair in TEXT}
    assert {pair: found for pair, found in weak.items() if found < 4.5} == {}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_marks_can_be_seen(theme: dict[str, str]) -> None:
    weak = {pair: round(contrast(theme[pair[0]], theme[pair[1]]), 2) for pair in MARKS}
    assert {pair: found for pair, found in weak.items() if found < 3.0} == {}


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
