"""Large runs: what the page draws is bounded along every axis, and it says what is not drawn."""

import re

import pytest
from tests.report.fake_run import Fake, Make

from shiftprobe.report.kit.large import spread
from shiftprobe.report.kit.reading import read
from shiftprobe.report.run.page import render
from shiftprobe.report.run.shown import folds_budgets, shown, told

NOISE = ("gaussian_noise",)
LARGE = {
    "seeds": Fake(shifts=NOISE, severities=(0.0, 1.0), seeds=600),
    "severities": Fake(shifts=NOISE, severities=tuple(i / 100 for i in range(101)), budgets=(100, 200), seeds=5),
    "shifts": Fake(shifts=tuple(f"shift{i}" for i in range(80)), severities=(0.0, 0.5, 1.0), seeds=5),
    "budgets": Fake(shifts=NOISE, severities=(0.0, 1.0), budgets=tuple(range(100, 5100, 100)), seeds=5),
    "shifts and budgets": Fake(
        shifts=tuple(f"shift{i}" for i in range(20)), severities=(0.0, 1.0), budgets=(1, 2, 3, 4, 5, 6, 7), seeds=3
    ),
}
SAID = {
    "seeds": "2 conditions, 1 label budget and 600 seeds. Pictures and tables show 50 of 600 seeds as single lines",
    "severities": "show 20 of 101 severities, evenly spaced.",
    "shifts": "show 60 of 80 shifts.",
    "budgets": "show 6 of 50 label budgets (100, 1,100, 2,100, 3,000, 4,000, 5,000).",
    "shifts and budgets": "7 label budgets (1, 4, 7). Panels of all label budgets but the largest are folded.",
}


def text(page: str) -> str:
    return " ".join(re.sub("<[^>]+>", "", page).split())


def test_a_few_of_many_are_evenly_spaced_with_both_ends() -> None:
    assert spread(range(5), 5) == (0, 1, 2, 3, 4)
    assert spread(range(101), 5) == (0, 25, 50, 75, 100)
    assert spread((40, 80), 1) == (80,)
    assert spread((), 3) == ()
    for n in range(2, 40):
        for most in range(2, n):
            found = spread(range(n), most)
            assert len(set(found)) == most
            assert (found[0], found[-1]) == (0, n - 1)


@pytest.mark.parametrize("what", LARGE)
def test_a_large_run_has_a_page_of_bounded_size_that_says_what_it_leaves_to_the_tables(
    what: str, make_run: Make
) -> None:
    page = render(read(make_run(LARGE[what])))
    assert len(page) < 4_000_000
    said = text(page)
    assert SAID[what] in said
    assert "Every number stands in results.csv" in said
    assert "Means, intervals, verdicts and findings are about all of it." in said


def test_a_run_of_usual_size_is_shown_whole_and_says_nothing_about_it(make_run: Make) -> None:
    run = read(make_run(Fake(budgets=(50, 300))))
    assert shown(run) is run
    assert not folds_budgets(run)
    assert told(run, run) == ""
    assert "A large run" not in render(run)


def test_findings_and_the_first_numbers_are_about_the_whole_run(make_run: Make) -> None:
    run = read(make_run(LARGE["severities"]))
    part = shown(run)
    assert len(part.summary.severities) == 20
    assert part.summary.verdict == run.summary.verdict
    assert part.summary.contrasts == run.summary.contrasts
    assert part.points == run.points


@pytest.mark.parametrize("what", ["severities", "shifts and budgets"])
def test_every_link_of_a_large_page_leads_somewhere(what: str, make_run: Make) -> None:
    page = render(read(make_run(LARGE[what])))
    places = set(re.findall(r'\bid="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= places


def test_the_panels_of_smaller_budgets_are_folded_and_the_pictures_stand_in_view(make_run: Make) -> None:
    page = render(read(make_run(LARGE["shifts and budgets"])))
    assert page.count("<summary>The panels with <b>") == 2
    last = page.index("7 labelled target images per arm")
    assert 'class="strip' not in page[page.index("The panels with <b>") : last]


def test_a_seed_table_of_many_seeds_names_how_many_it_holds(make_run: Make) -> None:
    page = render(read(make_run(LARGE["seeds"])))
    assert "Seed by seed, the first 50 of 600" in page
