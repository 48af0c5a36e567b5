"""Figures for papers: their numbers without a pixel, then the files: text as text, no date, the same bytes."""

import json
import re
from dataclasses import asdict
from typing import Any

import pytest
from tests.report.fake_inside import add_inside
from tests.report.fake_run import Fake, Make
from tests.results.made_flips import made_flips

from shiftprobe.report.figures import numbers
from shiftprobe.report.figures.drawing import pictures
from shiftprobe.report.figures.write import write
from shiftprobe.report.kit.reading import read
from shiftprobe.results.flip_map import FlipsFound


def test_two_arms_are_every_seed_and_their_interval(make_run: Make) -> None:
    found = numbers.two_arms(read(make_run()))
    assert isinstance(found, numbers.TwoArms)
    assert found.names == ("transfer", "scratch")
    assert [a - b for a, b in found.seeds] == pytest.approx([4.3, 3.7, 4.3])
    assert found.gap[1:] == pytest.approx((4.0, 1.0, 7.0))
    assert found.margin == 1.0


def test_the_dial_is_mean_and_std_of_seeds_and_the_interval_of_a_single_look(make_run: Make) -> None:
    found = numbers.dial(read(make_run()))
    assert isinstance(found, numbers.Panels)
    assert [panel.title for panel in found.panels] == ["gaussian_noise", "gaussian_blur"]
    lines = {line.name: line.spots for line in found.panels[1].lines}
    assert lines["transfer"][4] == pytest.approx((1.0, 89.0, 88.0, 90.0))
    assert lines["zero_shot"][0] == pytest.approx((0.0, 98.0, 96.5, 99.2))


def test_the_gain_leaves_a_gap_where_a_number_is_missing(make_run: Make) -> None:
    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        next(one for one in summary["contrasts"] if one["severity"] == 0.5).update(difference=None, reason="gone")

    found = numbers.gain(read(make_run(changes=changes)))
    assert isinstance(found, numbers.Panels)
    assert [[spot.x for spot in panel.lines[0].spots] for panel in found.panels] == [
        [0.0, 0.25, 0.75, 1.0], [0.0, 0.25, 0.5, 0.75, 1.0],
    ]  # fmt: skip
    assert found.margin == 1.0


def test_budgets_stand_side_by_side(make_run: Make) -> None:
    found = numbers.budget(read(make_run(Fake(budgets=(50, 300, 1200)))))
    assert isinstance(found, numbers.Panels)
    assert found.ticks == ("50", "300", "1,200")
    assert [len(line.spots) for line in found.panels[0].lines] == [3, 3, 3]


def test_the_depth_has_the_band_of_scratch_seeds_and_the_control(make_run: Make) -> None:
    found = numbers.depth(read(make_run(changes=add_inside)))
    assert isinstance(found, numbers.DepthFigure)
    assert found.title == "gaussian_noise 1"
    assert set(found.band) == {(0.55, 0.65)}
    assert [line.name for line in found.read] == ["checkpoint", "never trained"]
    assert found.read[0].spots[0][1:] == pytest.approx((60.0, 57.0, 63.0))


def test_what_a_run_has_no_numbers_for_is_said(make_run: Make) -> None:
    run = make_run(Fake(shifts=(), severities=(0.0,), taps=()))
    drawn = write(run, ("dial", "gain", "depth", "budget"))
    assert drawn.files == ()
    assert set(drawn.missing) == {"dial", "gain", "depth", "budget"}
    assert not (run / "figures").exists()


def test_files_are_text_without_a_date_and_the_same_twice(make_run: Make) -> None:
    run = make_run(Fake(budgets=(50, 300)), add_inside)
    assert set(write(run, ("gain", "flip_map")).missing) == {"flip_map"}  # this folder holds no answers
    flips = FlipsFound(flips=made_flips())
    (run / "flips.json").write_text(json.dumps(asdict(flips)))
    drawn = write(run)
    assert [one.name for one in drawn.files] == [f"{name}.{kind}" for name in numbers.NAMES for kind in ("svg", "pdf")]
    first = {one: one.read_bytes() for one in drawn.files}
    for one in write(run).files:
        assert one.read_bytes() == first[one]
    for one, content in first.items():
        assert not re.search(rb"(CreationDate|<dc:date>|20[2-9][0-9]-[01][0-9])", content), one
    svg = first[run / "figures" / "dial.svg"].decode()
    assert ">gaussian_blur</text>" in svg
    assert ">accuracy (%)</text>" in svg


def test_only_one_is_made_again(make_run: Make) -> None:
    run = make_run()
    assert [one.name for one in write(run, ("gain",)).files] == ["gain.svg", "gain.pdf"]
    assert {one.name for one in (run / "figures").iterdir()} == {"gain.svg", "gain.pdf"}


@pytest.mark.parametrize("name", ["$x_1^2$", "_hidden", "<script>", "\u202etxt", "\u65e5\u672c", "a" * 300, "%s {0}"])
def test_foreign_names_are_drawn_as_they_are(name: str) -> None:
    spots = (numbers.FigureSpot(0.0, 50.0, 45.0, 55.0), numbers.FigureSpot(1.0, 40.0, None, None))
    lines = (numbers.FigureLine(name, spots), numbers.FigureLine("scratch", spots))
    svg = pictures(numbers.Panels("severity", "accuracy (%)", (numbers.FigurePanel(name, lines),)))["svg"].decode()
    words = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    shown = name.replace("<", "&lt;").replace(">", "&gt;").replace("\u202e", "\\u202e")
    assert sum(word.strip() == shown for word in words) == 2 or (
        len(name) == 300 and sum("a\u2026a" in w for w in words) == 2
    )
    assert "<script>" not in svg


@pytest.mark.parametrize(("count", "inches"), [(1, 3.3), (2, 6.9), (9, 6.9)])
def test_a_figure_is_as_wide_as_a_column_or_two(count: int, inches: float) -> None:
    line = numbers.FigureLine(
        "transfer", (numbers.FigureSpot(0.0, 50.0, 45.0, 55.0), numbers.FigureSpot(1.0, 40.0, 35.0, 45.0))
    )
    panels = tuple(numbers.FigurePanel(f"shift {i}", (line,)) for i in range(count))
    svg = pictures(numbers.Panels("severity", "points", panels, 1.0))["svg"].decode()
    width = re.search(r'<svg[^>]* width="([0-9.]+)pt"', svg)
    assert width
    assert inches - 0.25 < float(width[1]) / 72 <= inches + 0.05
