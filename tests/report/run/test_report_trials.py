"""Trials of both arms on the page: what was tried, what won, how flat it is, and a description without a verdict."""

import re
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from tests.report.fake_run import Fake, Make
from tests.report.run.test_page import page_of
from tests.results.made_trials import tuned_spec, write_run

from shiftprobe.report.kit.reading import read
from shiftprobe.report.kit.wording import MARKS
from shiftprobe.report.run import trials
from shiftprobe.results.run_folder import RunDir
from shiftprobe.results.trials import read_tuning
from shiftprobe.results.tuning import TrialDifference, Tuning
from shiftprobe.spec.tuning import Trial

Change = Callable[[Tuning], Tuning]


@pytest.fixture(scope="module")
def tuning(tmp_path_factory: pytest.TempPathFactory) -> Tuning:
    run, spec = RunDir(tmp_path_factory.mktemp("tuned")), tuned_spec()
    write_run(run, spec)
    found = read_tuning(run, spec)
    assert found is not None
    return found


def page_with(make_run: Make, tuning: Tuning) -> Path:
    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        summary["training"]["tuning"] = asdict(tuning)

    return make_run(Fake(), changes)


def text_of(page: str) -> str:
    section = page[page.index('<section id="trials"') :]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", section[: section.index("</section>")]))


def test_both_arms_stand_side_by_side_in_one_row_per_trial(make_run: Make, tuning: Tuning) -> None:
    found = trials.section(read(page_with(make_run, tuning)))
    assert found
    (panel,) = found.panels
    assert [head for head, _ in panel.table.heads] == ["lr", "scratch", "transfer", "transfer − scratch"]  # noqa: RUF001
    assert [[entry.main for entry in row[:3]] for row in panel.table.rows] == [
        ["0.0001", "30.5", "80.5"],
        ["0.001", "60.5", "90.5 chosen"],
        ["0.01", "75.5 chosen", "70.5"],
    ]
    assert panel.table.rows[0][1].small == ("30.0 31.0",)
    assert panel.table.heads[3][1] == "test images, points; n = 2 seeds, 200 images"
    assert all(re.fullmatch(r"[+−][\d.]+ to [+−][\d.]+", row[3].small[0]) for row in panel.table.rows)  # noqa: RUF001


def test_the_finding_names_what_won_and_the_edge(make_run: Make, tuning: Tuning) -> None:
    text = text_of(page_of(page_with(make_run, tuning)))
    assert "scratch: lr 0.01 (lr at the highest value tried); transfer: lr 0.001." in text
    assert "chosen by 60 images with each of 2 seeds: 0 of 2 other trials within one standard error" in text
    assert "best and worst lie 45.0 points apart" in text


def test_no_word_of_a_verdict_and_no_sign_of_one_stands_there(make_run: Make, tuning: Tuning) -> None:
    page = page_of(page_with(make_run, tuning))
    section = page[page.index('<section id="trials"') :]
    section = section[: section.index("</section>")]
    assert not re.search(r"\b(better|worse|equivalent|inconclusive)\b", text_of(page))
    assert not any(f"s-{word}" in section for word in MARKS)


def test_one_trial_whose_gap_is_unknown_says_why(make_run: Make, tuning: Tuning) -> None:
    gaps = (TrialDifference(a="transfer", b="scratch", trial=0, budget=300), *tuning.differences[1:])
    found = trials.section(read(page_with(make_run, replace(tuning, differences=gaps))))
    assert found
    table = found.panels[0].table
    assert (table.rows[0][3].main, table.notes) == ("n/a", ("no seed has both arms",))


def test_words_and_switches_are_tried_too_and_have_no_axis(make_run: Make, tuning: Tuning) -> None:
    values: tuple[Trial, ...] = (
        {"opt": "sgd", "flip": True},
        {"opt": "adamw", "flip": False},
        {"opt": "adam", "flip": False},
    )
    arms = tuple(
        replace(one, edges=(), trials=tuple(replace(t, values=v) for t, v in zip(one.trials, values, strict=True)))
        for one in tuning.arms
    )
    found = trials.section(read(page_with(make_run, Tuning(arms=arms, differences=tuning.differences))))
    assert found
    assert found.panels[0].figure is None
    assert [entry.main for entry in found.panels[0].table.rows[0][:2]] == ["sgd", "yes"]
    assert found.finding == "scratch: opt adam, flip no; transfer: opt adamw, flip no."


def test_a_page_of_an_untuned_run_has_no_such_section(make_run: Make) -> None:
    page = page_of(make_run())
    assert 'id="trials"' not in page
    assert "#trials" not in page


def test_many_conditions_stay_a_page(make_run: Make, tuning: Tuning) -> None:
    """Of 30 conditions 12 are shown, the unshifted target first; how many more there are is said."""
    many = [
        replace(one, shift="blur" if dose else "identity", severity=dose)
        for dose in [i / 30 for i in range(30)]
        for one in tuning.arms
    ]
    run = page_with(make_run, Tuning(arms=tuple(many)))
    found = trials.section(read(run))
    assert found
    assert (len(found.panels), found.more) == (12, 18)
    assert found.panels[0].title.startswith("unshifted target, 300 labelled images")
    assert "18 more stand in summary.json" in text_of(page_of(run))
