"""A probe and an arm of one's own on the page: every number in a table, the arm in its own words."""

from typing import Any

from tests.report.fake_inside import add_inside
from tests.report.fake_run import REST, Fake, Make, point
from tests.report.run.test_page import page_of

from shiftprobe.probes import PROBES
from shiftprobe.report.kit.drawn import is_drawn
from shiftprobe.report.kit.reading import read
from shiftprobe.report.run import other_probes, page
from shiftprobe.results.arm_texts import BUILT_IN, arm_text
from shiftprobe.train.arms import ARMS

OWN: dict[str, Any] = {**REST, "probe": "sparsity", "metric": "zeros", "arm": "source", "versus": "", "n": 800}


def own(summary: dict[str, Any], rows: list[Any]) -> None:
    """Rows of a probe that no section knows: two taps at two doses, trained networks, one number missing."""
    add_inside(summary, rows)
    for shift, severity, tap, value in (
        ("gaussian_noise", 1.0, "blocks.2", 0.25),
        ("gaussian_noise", 1.0, "blocks.10", 0.75),
        ("identity", 0.0, "blocks.2", 0.125),
    ):
        around = {"value": value, "low": value - 0.0625, "high": value + 0.0625, "tap": tap}
        rows.append({**OWN, **around, "shift": shift, "severity": severity})
    trained = {**OWN, "shift": "identity", "severity": 0.0, "arm": "transfer", "tap": "", "low": None, "high": None}
    rows += [{**trained, "budget": 300, "seed": seed, "value": 0.1 * (seed + 1)} for seed in range(3)]
    rows.append({**trained, "metric": "dead <b>", "value": None, "reason": "the tap <i>x</i> is gone", "n": None})


def test_every_probe_that_ships_has_a_section_that_draws_it() -> None:
    assert [name for name in PROBES if not is_drawn(name)] == []
    assert not is_drawn("sparsity")


def test_a_probe_without_a_chart_has_every_measure_in_a_table(make_run: Make) -> None:
    (table,) = other_probes.section(read(make_run(changes=own)))
    assert table.caption == "Probe sparsity"
    assert {len(row) for row in table.rows} == {len(table.heads)}
    lines = [tuple(entry.main for entry in row) for row in table.rows]
    assert lines == [
        ("dead <b>", "transfer", "–", "–", "none (unshifted)", "0", "n/a", "fraction"),  # noqa: RUF001 - a dash
        ("zeros", "source", "blocks.2", "–", "none (unshifted)", "0", "0.125", "fraction"),  # noqa: RUF001
        ("zeros", "source", "blocks.2", "–", "gaussian_noise", "1", "0.25", "fraction"),  # noqa: RUF001
        ("zeros", "source", "blocks.10", "–", "gaussian_noise", "1", "0.75", "fraction"),  # noqa: RUF001
        ("zeros", "transfer", "–", "–", "none (unshifted)", "0", "0.2", "fraction"),  # noqa: RUF001
    ]
    assert table.rows[1][6].small == ("0.0625 to 0.1875", "n = 800")
    assert table.rows[4][6].small == ("0.1 to 0.3", "3 seeds", "n = 800")
    assert table.notes == ("the tap <i>x</i> is gone",)
    assert table.rows[0][6].note == 1


def test_it_stands_on_the_page_as_text_and_only_where_there_is_one(make_run: Make) -> None:
    text = page_of(make_run(changes=own))
    assert '<section id="probes"' in text
    assert '<a href="#probes">Probes</a>' in text
    assert "dead &lt;b&gt;" in text
    assert "the tap &lt;i&gt;x&lt;/i&gt; is gone" in text


def test_probes_that_ship_have_no_such_section(make_run: Make) -> None:
    run = make_run(changes=add_inside)
    assert other_probes.section(read(run)) == ()
    assert 'id="probes"' not in page_of(run)


def test_a_table_that_would_drown_the_page_is_left_to_the_csv(make_run: Make) -> None:
    def many(_: dict[str, Any], rows: list[Any]) -> None:
        here = {**OWN, "shift": "identity", "severity": 0.0, "value": 0.5, "low": None, "high": None}
        rows += [{**here, "tap": f"tap{i}"} for i in range(page.MAX_TABLE_ROWS + 1)]

    text = page_of(make_run(changes=many))
    assert "Probe sparsity: 401 rows are too many for this page; results.csv in the run folder holds them." in text


def test_an_arm_of_ones_own_is_drawn_and_explained(make_run: Make) -> None:
    def mine(summary: dict[str, Any], _: list[Any]) -> None:
        summary["arms"].append("halfway")
        summary["arms_about"] = {"halfway": "half of the checkpoint's <weights>, averaged"}
        summary["points"].append({**point(Fake(), "identity", 0.0, 300, "transfer"), "arm": "halfway"})

    text = page_of(make_run(changes=mine))
    assert 'id="w-arm-halfway"' in text
    assert "An arm: half of the checkpoint&#39;s &lt;weights&gt;, averaged." in text
    assert "An arm: random weights, every weight trained on the target." in text


def test_an_arm_has_one_text() -> None:
    assert {name: arm_text(name, {}) for name in BUILT_IN} == {name: ARMS[name].about for name in BUILT_IN}
    assert arm_text("halfway", {"halfway": "halfway home"}) == "halfway home"
    assert arm_text("halfway", {}) == ""
