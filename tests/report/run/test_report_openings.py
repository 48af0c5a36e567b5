"""Every section opens with what it shows; nothing is said where the numbers do not carry it."""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.report.fake_answers import write_answers
from tests.report.fake_inside import add_inside, write_embedding
from tests.report.fake_run import Fake, Make, write_run
from tests.report.run.test_page import Reader, page_of, unlinked

from shiftprobe.core.types import UNSHIFTED
from shiftprobe.report.kit import claims, wording
from shiftprobe.report.kit.reading import read
from shiftprobe.report.run import openings, training
from shiftprobe.stats import Worth

SECTION = re.compile(r'<section id="(\w+)".*?<h2[^>]*>.*?</h2>\s*<span class="(\w+)">(.*?)</span>', re.DOTALL)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    fake = Fake()
    path = write_run(tmp_path_factory.mktemp("openings") / "run", fake, add_inside)
    write_embedding(path, fake)
    write_answers(path, fake, lost=1)
    return path


def test_sections_open_with_a_number(run: Path) -> None:
    opened = {key: (kind, said) for key, kind, said in SECTION.findall(unlinked(page_of(run)))}
    shown = {key: said for key, (kind, said) in opened.items() if kind == "finding"}
    wanted = {"arms", "images", "curves", "dial", "inside", "embedding", "classes", "numbers", "data", "made"}
    assert wanted <= set(shown)
    assert all(re.search(r"\d", shown[key]) or shown[key].startswith("No finding") for key in wanted)


def test_the_arms_open_with_their_difference_its_interval_and_its_n(run: Path) -> None:
    one = read(run)
    contrast = one.contrast(UNSHIFTED, 300, ("transfer", "scratch"))
    assert contrast is not None
    assert openings.arms(one).endswith(f"with 300 labelled images per arm, {wording.difference(contrast)}.")


def test_the_images_open_with_counts_of_answers(run: Path) -> None:
    said = openings.images(read(run))
    assert said.startswith(
        "transfer alone is right on 93 of 2,157 (4.3 %) answers, scratch alone on 36 of 2,157 (1.7 %)"
    )
    assert said.endswith("719 test images times 3 seeds.")


def test_the_data_say_what_was_left_out(run: Path) -> None:
    said = openings.data(read(run))
    assert said.startswith("All accuracies are on 1,000 test images")
    assert said.endswith("4 images were skipped or left out as duplicates.")


def test_without_a_comparison_nothing_is_said_of_one(make_run: Make) -> None:
    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        summary["contrasts"], summary["best"] = [], None

    one = read(make_run(Fake(shifts=(), severities=(0.0,), compared=False), changes))
    assert openings.arms(one) == openings.images(one) == ""


def test_nothing_is_said_of_elsewhere_where_there_is_none(tmp_path: Path) -> None:
    def everywhere(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        for one in summary["contrasts"]:
            one.update(verdict="better", p_holm=0.01)

    def nearly(summary: dict[str, Any], rows: list[Any]) -> None:
        everywhere(summary, rows)
        summary["contrasts"][-1]["p_holm"] = 0.3

    assert "Elsewhere" not in claims.carries(read(write_run(tmp_path / "a", Fake(), everywhere)))
    assert "Elsewhere neither arm is shown to be ahead." in claims.carries(
        read(write_run(tmp_path / "b", Fake(), nearly))
    )


def test_next_steps_stand_below_the_verdict_as_text(tmp_path: Path) -> None:
    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        summary["next"] = [{"name": "use_it", "text": "Try <b>it</b>, at -3.0 points."}]

    page = page_of(write_run(tmp_path / "a", Fake(), changes))
    assert "Try <b>it</b>, at \N{MINUS SIGN}3.0 points." in Reader(page).text
    assert page.index("What next?") < page.index('<div class="tiles">')
    assert "What next?" not in page_of(write_run(tmp_path / "b", Fake()))


@pytest.mark.parametrize(
    ("low", "high", "n", "said"),
    [
        (55.0, 90.2, 3, "55 to 90"),
        (55.0, None, 3, "at least 55"),
        (None, 90.0, 3, "at most 90"),
        (None, None, 1, "no interval"),
        (None, None, 3, "no end within the budgets"),
    ],
)
def test_a_censored_interval_is_said_in_words(low: float | None, high: float | None, n: int, said: str) -> None:
    assert training._interval(Worth(budget=50, equal_to=60.0, bound="", low=low, high=high, n=n)) == said


def test_notes_are_marked_by_letters_that_no_number_swallows(make_run: Make) -> None:
    assert [wording.letter(number) for number in (1, 2, 26, 27, 52, 53)] == ["a", "b", "z", "aa", "az", "ba"]
    page = page_of(make_run(Fake(seeds=1)))
    marks = set(re.findall(r"<sup>(.*?)</sup>", page))
    assert marks
    assert all(re.fullmatch(r" \[[a-z]+\]", one) for one in marks)
    assert '<ol class="notes" type="a">' in page
