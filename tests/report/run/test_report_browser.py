"""The page in a real browser: no errors, the slider moves, heads sort, nothing runs off a narrow screen."""

from pathlib import Path
from typing import Any

import pytest
from tests.browsing import assert_in_sight, opened
from tests.report.fake_answers import write_answers
from tests.report.fake_run import Fake, write_run

from shiftprobe.report import write
from shiftprobe.report.side_by_side.page import write_many


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    long = "a name of a tap that goes on " * 11
    fake = Fake(shifts=("gaussian_noise", "<script>alert(1)</script>", "n" * 300), taps=("blocks.0", long))
    return write(write_run(tmp_path_factory.mktemp("browser") / "run", fake))


def test_it_opens_without_a_word_and_asks_for_nothing(browser: Any, page_path: Path) -> None:
    page, said = opened(browser, page_path)
    assert said == []
    assert page.evaluate("document.scripts.length") == 1
    assert page.evaluate("getComputedStyle(document.querySelector('nav')).position") == "sticky"


def test_nothing_runs_off_the_screen(browser: Any, page_path: Path) -> None:
    page, _ = opened(browser, page_path, 360)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert_in_sight(page, 360, 768, 1280)


def test_the_slider_moves_every_picture_by_keyboard(browser: Any, page_path: Path) -> None:
    page, said = opened(browser, page_path)
    lines = "[...document.querySelectorAll('line.cursor')].map((one) => one.getAttribute('x1'))"
    assert set(page.evaluate(lines)) == {"372"}
    page.focus(".slider input")
    page.keyboard.press("Home")
    assert set(page.evaluate(lines)) == {"48"}
    assert page.inner_text(".slider output") == "0"
    assert page.inner_text(".readout:not(.off) b") == "Severity 0"
    assert page.locator(".stage img").count() == 3 * 4
    assert page.evaluate("[...document.querySelectorAll('.stage img')].every((one) => one.naturalWidth > 0)")
    assert said == []


def test_a_head_sorts_its_column_both_ways_with_missing_values_last(browser: Any, page_path: Path) -> None:
    page, _ = opened(browser, page_path)
    head = page.locator("#numbers th", has_text="severity").first
    column = "[...document.querySelectorAll('#numbers tbody tr')].map((row) => Number(row.cells[1].dataset.sort))"
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert page.evaluate(column) == sorted(page.evaluate(column))
    head.locator("button").press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert page.evaluate(column) == sorted(page.evaluate(column), reverse=True)


def test_it_is_whole_without_scripts(browser: Any, page_path: Path) -> None:
    page, _ = opened(browser, page_path, java_script_enabled=False)
    assert page.locator(".slider label").is_hidden()
    assert page.locator("article .chart").first.is_visible()
    assert page.locator(".readout:not(.off)").count() == 3
    assert page.locator("#numbers tbody tr").count() == 13


@pytest.fixture(scope="module")
def answered_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    fake = Fake(shifts=("gaussian_noise", "gaussian_blur", "contrast"), classes=("<b>bold</b>", "n" * 200, *"23456789"))
    run = write_run(tmp_path_factory.mktemp("answered") / "run", fake)
    (run / "results.csv").write_bytes(b"shift,value\n" + b"gaussian_noise,0.5\n" * 3000)
    write_answers(run, fake, lost=4)
    return write(run)


def test_the_tables_come_out_of_the_page_whole(browser: Any, answered_path: Path) -> None:
    page, said = opened(browser, answered_path)
    for name in ("results.csv", "results.json"):
        with page.expect_download() as waited:
            page.get_by_role("button", name=f"Download {name}").click()
        assert waited.value.suggested_filename == name
        assert Path(waited.value.path()).read_bytes() == (answered_path.parent / name).read_bytes()
    assert said == []


def test_without_scripts_a_sentence_says_where_the_tables_are(browser: Any, answered_path: Path) -> None:
    page, _ = opened(browser, answered_path, java_script_enabled=False)
    assert page.locator(".downloads").is_hidden()
    assert "beside this file in the run folder" in page.inner_text("#made")


def test_classes_are_sorted_by_a_head_and_stay_on_the_screen(browser: Any, answered_path: Path) -> None:
    page, said = opened(browser, answered_path, 360)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("#classes table").count() == 4
    first = "document.querySelector('#classes tbody tr').cells[0].dataset.sort"
    assert page.evaluate(first) == "4"
    head = page.locator("#classes th", has_text="transfer").nth(1)
    column = "[...document.querySelector('#classes tbody').rows].map((row) => Number(row.cells[5].dataset.sort))"
    for sign in (1, -1):
        head.locator("button").click()
        numbers = [sign * one for one in page.evaluate(column)]
        assert numbers == sorted(numbers)
    assert page.evaluate(first) != "4"
    assert said == []


@pytest.mark.parametrize("scripts", [True, False])
def test_runs_side_by_side_stay_on_the_screen(browser: Any, tmp_path: Path, scripts: bool) -> None:
    fakes = (Fake(name="n" * 200), Fake(severities=(0.0, 1.0)), Fake(shifts=("<script>", "gaussian_blur")))
    runs = [write_run(tmp_path / f"r{i}", fake) for i, fake in enumerate(fakes)]
    for run in runs:
        (run / "about.json").write_text("{}")
    write_many(runs, tmp_path / "compared.html")
    page, said = opened(browser, tmp_path / "compared.html", 360, java_script_enabled=scripts)
    assert page.locator("#dial .card .chart").count() == 2 * 2
    assert page.locator("#verdicts tbody tr").count() == 3
    if scripts:
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert_in_sight(page, 360, 1280)
        page.locator("#verdicts th", has_text="difference").locator("button").press("Enter")
        assert page.locator("th[aria-sort=ascending]").count() == 1
    assert said == []


SHOWN = "[...document.querySelectorAll('.which[open] figure')].filter((one) => one.checkVisibility()).length"


def test_a_cell_of_the_mosaic_filters_the_gallery_by_mouse_and_keyboard(browser: Any, page_path: Path) -> None:
    page, said = opened(browser, page_path)
    cell = page.locator(".cell[data-outcome=a_only]")
    assert cell.get_attribute("aria-pressed") == "true"
    assert page.inner_text(".status") == "only transfer right: 9 of 40 images shown"
    assert page.evaluate(SHOWN) == 9
    page.locator(".cell[data-outcome=neither]").focus()
    page.keyboard.press("Enter")
    assert cell.get_attribute("aria-pressed") == "false"
    assert page.inner_text(".status") == "both wrong: 9 of 30 images shown"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.locator(".cell[data-outcome=b_only]").focus()
    page.keyboard.press("Space")
    assert page.inner_text(".status").startswith("only scratch right")
    page.locator("g.tile-both").click()
    assert page.inner_text(".status") == "both right: 36 of 700 images shown"
    assert page.evaluate(SHOWN) == 12
    page.locator(".more").press("Enter")
    assert page.evaluate(SHOWN) == 24
    page.locator(".more").click()
    assert page.evaluate(SHOWN) == 36
    assert page.locator(".more").is_hidden()
    assert page.evaluate("document.querySelectorAll('g.chosen').length") == 1
    assert page.evaluate("[...document.querySelectorAll('figure img')].every((one) => one.naturalWidth > 0)")
    assert said == []


def test_without_scripts_the_whole_gallery_stands_grouped(browser: Any, page_path: Path) -> None:
    page, _ = opened(browser, page_path, java_script_enabled=False)
    assert page.locator("figure:visible").count() == 9  # of the outcome that the verdict is about
    for rest in page.locator(".rest > summary").all():
        rest.click()
    assert page.locator("figure:visible").count() == 36
    assert page.locator(".outcomes:visible").count() == 4
    assert page.locator(".scripted:visible").count() == 0
    page.locator(".cell[data-outcome=a_only]").click()
    assert page.url.endswith("#w0-a_only")


def test_dark_and_light_follow_the_reader(browser: Any, page_path: Path) -> None:
    grounds = set()
    for scheme in ("light", "dark"):
        page, _ = opened(browser, page_path, color_scheme=scheme)
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == {"rgb(246, 247, 248)", "rgb(14, 19, 24)"}


@pytest.fixture(scope="module")
def crowded_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shifts = tuple(f"gaussian_blur*0.{i}+contrast=0.3+gaussian_noise" for i in range(10, 30))
    fake = Fake(shifts=shifts, severities=(0.0, 0.5, 1.0), scaled=True)
    return write(write_run(tmp_path_factory.mktemp("crowded") / "run", fake))


def test_many_long_names_stay_on_the_screen(browser: Any, crowded_path: Path) -> None:
    page, said = opened(browser, crowded_path, 360)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert_in_sight(page, 360, 1280)
    assert said == []


def test_the_map_opens_the_fold_that_holds_a_panel(browser: Any, crowded_path: Path) -> None:
    page, _ = opened(browser, crowded_path)
    assert page.locator("#d0-17").is_hidden()
    page.locator(".map tbody a").nth(17).click()
    page.wait_for_selector("#d0-17", state="visible")
    assert page.locator("#d0-17").evaluate("(one) => one.getBoundingClientRect().top") < 900


def test_a_chosen_shift_stands_out_in_every_picture_by_mouse_and_keyboard(browser: Any, crowded_path: Path) -> None:
    page, said = opened(browser, crowded_path)
    buttons = page.locator("#kinds .numbered button[aria-pressed]")
    assert buttons.count() == 20
    buttons.nth(4).click()
    assert page.evaluate("[...document.querySelectorAll('.kind.chosen')].map((one) => one.dataset.kind)") == ["5"] * 3
    buttons.nth(6).focus()
    page.keyboard.press("Enter")
    assert buttons.nth(4).get_attribute("aria-pressed") == "false"
    assert page.evaluate("[...document.querySelectorAll('.kind.chosen')].map((one) => one.dataset.kind)") == ["7"] * 3
    page.keyboard.press("Space")
    assert page.locator(".kind.chosen").count() == page.locator(".choosing").count() == 0
    assert said == []


def test_without_scripts_the_kinds_are_a_list_and_the_folds_open(browser: Any, crowded_path: Path) -> None:
    page, _ = opened(browser, crowded_path, java_script_enabled=False)
    assert page.locator("#kinds button").count() == 0
    assert page.locator("#kinds .scripted").is_hidden()
    page.locator("#dial .fold > summary").click()
    assert page.locator("#d0-17").is_visible()
