"""The explanation from units that no image moves."""

import pytest
from tests.why.made_up import EQUAL, IMAGES, TAPS, seen

from shiftprobe.core.types import Cell, Row
from shiftprobe.results.model import Explanation
from shiftprobe.why.dead import dead_layers


def constant(network: str, *shares: float, half: float = 0.0, severity: float = 0.0) -> list[Row]:
    """Shares of constant units at the taps, first to last."""
    return [
        Row(
            cell=Cell("darken" if severity else "identity", severity),
            probe="linear",
            metric="constant_units",
            value=share,
            low=max(0.0, share - half),
            high=share + half,
            n=IMAGES,
            arm=network,
            tap=tap,
        )
        for tap, share in zip(TAPS, shares, strict=True)
    ]


def test_a_tap_where_nothing_moves_is_named_with_its_rows() -> None:
    found = dead_layers(seen(*EQUAL, constant("source", 0.0, 0.1, 1.0, 0.6), constant("random", 0.0, 0.0, 0.1, 0.1)))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"
    assert "at third no unit moves" in found.claim
    assert "at third, 100.0 % of the units are the same on all 1,000 test images" in found.evidence[0].text
    assert found.evidence[0].rows[0] == "identity~0.0 linear/constant_units source at third"
    assert len(found.evidence) == 2
    assert "diagnose" in found.experiment


@pytest.mark.parametrize(("share", "half", "said"), [(0.5, 0.1, True), (0.49, 0.1, False), (0.6, 0.3, False)])
def test_half_of_the_units_and_more_than_a_further_random_network_would_have(
    share: float, half: float, said: bool
) -> None:
    rows = (constant("source", 0, 0, 0, share), constant("random", 0.3, 0.3, 0.3, 0.3, half=half))
    assert isinstance(dead_layers(seen(*EQUAL, *rows)), Explanation) is said


def test_images_that_a_shift_makes_all_alike_kill_no_layer_and_old_folders_say_nothing() -> None:
    dark = (constant("source", 1, 1, 1, 1, severity=1.0), constant("random", 0, 0, 0, 0, severity=1.0))
    assert dead_layers(seen(*EQUAL, *dark, shifts=["darken"], severities=[1.0])) is None
    assert dead_layers(seen(*EQUAL)) is None
    assert dead_layers(seen(*EQUAL, constant("source", 1, 1, 1, 1))) is None  # without its control
