"""Marks stand where the numbers say, and foreign words cannot leave their element."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.report.fake_run import Fake, Make

from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.report.kit import charts, measures, samples, svg
from shiftprobe.report.kit.reading import read
from shiftprobe.report.run import pairs, sections, tables
from shiftprobe.results.model import ArmPoint


def test_a_scale_maps_its_ends_onto_the_extent() -> None:
    scale = svg.Scale((20.0, 100.0), (200.0, 0.0))
    assert (scale(20), scale(60), scale(100)) == (200, 100, 0)


@given(st.floats(-50, 50), st.floats(0.01, 100))
def test_ticks_are_few_even_and_inside(low: float, width: float) -> None:
    found = svg.ticks(low, low + width, 5)
    assert 1 <= len(found) <= 7
    assert all(low - 1e-6 <= tick <= low + width + 1e-6 for tick in found)
    gaps = {round(b - a, 9) for a, b in itertools.pairwise(found)}
    assert max(gaps, default=0) - min(gaps, default=0) < 1e-6


def test_words_and_attributes_are_escaped() -> None:
    mark = svg.tag("text", "<b>&", title='" onload="x')
    assert mark == '<text title="&#34; onload=&#34;x">&lt;b&gt;&amp;</text>'


def test_coordinates_are_short_and_never_minus_zero() -> None:
    assert [svg.number(x) for x in (1.0, 1.25, 1.005, -0.001, 120.0)] == ["1", "1.2", "1", "0", "120"]


def test_both_ends_of_a_crowded_axis_keep_their_labels() -> None:
    axis = charts.severity_axis([0.0, 0.01, 0.02, 0.5, 0.99, 1.0])
    assert axis.apart == (0, 3, 5)


def test_a_single_severity_stands_in_the_middle_and_does_not_move() -> None:
    axis = charts.severity_axis([0.0])
    assert axis.xs == (210.0,)
    assert not charts.cursor(axis, 0, 1)


def test_a_line_never_bridges_a_missing_value(make_run: Make) -> None:
    run = read(make_run())
    points = [run.point(Condition.of("gaussian_blur", dose), 300, "transfer") for dose in run.summary.severities]
    points[2] = None
    axis = charts.severity_axis(run.summary.severities)
    drawn = charts.accuracy_chart("a", axis, [("transfer", points)], (0.0, 100.0), "said")
    lines = re.findall(r'<path d="([^"]+)" class="line', drawn)
    assert [line.count("L") + 1 for line in lines] == [2, 2]
    assert "transfer n/a" in drawn


def test_every_arm_has_a_shape_of_its_own() -> None:
    looks = [charts.look(arm) for arm in charts.ARMS]
    assert len(set(looks)) == len({shape for _, shape in looks}) == len(charts.ARMS)
    assert charts.look("an arm of tomorrow") in looks


def test_taps_stand_in_depth_order_not_by_letter(make_run: Make) -> None:
    assert read(make_run()).taps("cka") == ("blocks.0", "blocks.1", "blocks.2", "blocks.10", "penultimate")


def test_long_tap_names_keep_what_tells_them_apart() -> None:
    assert measures.short_names([f"features.{i}.conv.pointwise" for i in (0, 11)]) == ["0", "11"]
    assert measures.short_names(["blocks.0", "head"]) == ["blocks.0", "head"]
    assert len(measures.short_names(["x" * 300])[0]) == measures.FITS


def test_the_identity_begins_every_dial_and_a_free_arm_stands_at_every_budget(make_run: Make) -> None:
    run = read(make_run(Fake(budgets=(50, 300))))
    first = run.point(Condition.of("rotation", 0.0), 50, "transfer")
    assert first
    assert first.shift == "identity"
    strong = Condition("gaussian_blur", 1.0)
    assert run.point(strong, 50, "zero_shot") is run.point(strong, 300, "zero_shot") is not None


def test_without_shifts_the_label_budget_is_the_dial(make_run: Make) -> None:
    fake = Fake(shifts=(), severities=(0.0,), budgets=(50, 300), compared=False)
    groups = sections.dials(read(make_run(fake)))
    assert [panel.title for group in groups for panel in group.panels] == ["label budget", "target"]
    assert [group.title for group in groups][1] == "300 labelled target images per arm"


def test_with_a_gallery_the_budget_dial_stands_alone(make_run: Make) -> None:
    (group,) = sections.dials(read(make_run(Fake(shifts=(), severities=(0.0,), budgets=(50, 300)))))
    assert [panel.title for panel in group.panels] == ["label budget"]


def test_the_table_has_a_row_per_dose_and_budget(make_run: Make) -> None:
    table = tables.main_table(read(make_run(Fake(budgets=(50, 300)))))
    assert len(table.rows) == 2 * 9
    assert {len(row) for row in table.rows} == {len(table.heads)}


@pytest.mark.parametrize(("side", "channels", "kind"), [(28, 1, "png"), (28, 3, "png"), (224, 3, "webp")])
def test_images_travel_small(make_run: Make, side: int, channels: int, kind: str) -> None:
    import base64
    import io

    run = read(make_run(Fake(side=side, channels=channels)))
    sample = run.samples[UNSHIFTED]
    head, body = sample.uris[0].split(",")
    assert head == f"data:image/{kind};base64"
    assert sample.pixelated is (side < samples.PIXELATED_BELOW)
    assert max(Image.open(io.BytesIO(base64.b64decode(body))).size) == min(side, samples.MAX_SIDE)
    assert sample.labels == ("0", "2", "5", "7")


def test_many_doses_show_fewer_images_each(make_run: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_run()
    monkeypatch.setattr(samples, "MAX_CHARACTERS", 20_000)
    shown = {len(sample.uris) for sample in read(path).samples.values()}
    assert shown
    assert max(shown) < samples.IMAGES_PER_DOSE


def test_no_whisker_leaves_what_an_accuracy_can_be() -> None:
    point = ArmPoint(
        shift="identity", severity=0.0, budget=300, arm="transfer", mean=0.995, std=0.02, n=3, values=(0.97, 1.0, 1.0),
        low=0.98, high=0.999, images=1000,
    )  # fmt: skip
    scale = svg.Scale((90.0, 100.0), (pairs.BOTTOM, pairs.TOP))
    drawn = pairs._mean(scale, point, 0.0)
    ends = [float(one) for one in re.findall(r"M-?[\d.]+ ([\d.]+)H", drawn)]
    assert min(ends) == pairs.TOP  # 100 %
    assert len(ends) == 2


def test_chance_is_named_inside_the_picture() -> None:
    scale = svg.Scale((0.0, 100.0), (200.0, 0.0))
    drawn = charts.level_lines(scale, {"chance": 0.1, "majority class": 0.35})
    assert re.search(r'<text x="51"[^>]*text-anchor="start">chance<', drawn)
    assert re.search(r'y1="130"[^>]*class="chance"', drawn)
    assert re.search(r'text-anchor="end">majority class<', drawn)
