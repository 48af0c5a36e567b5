"""An audit's page in a real browser: no errors, no requests, the slider, sorting, narrow screens, contrast."""

from pathlib import Path
from typing import Any

import pytest
from tests.browsing import assert_accessible, assert_in_sight, opened
from tests.report.fake_audit import write_folder
from tests.report.fake_checks import SHIFTS
from tests.report.hostile_audit import hostile

from shiftprobe.report.audit.page import write_audit

OPEN = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"


@pytest.fixture(scope="module")
def tame(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_audit(write_folder(tmp_path_factory.mktemp("audited") / "tame"))


@pytest.fixture(scope="module")
def wild(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_audit(write_folder(tmp_path_factory.mktemp("audited") / "wild", data=hostile()))


@pytest.mark.parametrize("which", ["tame", "wild"])
def test_it_opens_without_a_word_and_nothing_runs_off_the_screen(
    browser: Any, request: pytest.FixtureRequest, which: str
) -> None:
    page, said = opened(browser, request.getfixturevalue(which), 360, folded=True)
    page.evaluate(OPEN)
    assert_in_sight(page, 360, 768, 1280)
    assert page.evaluate("document.scripts.length") == 1
    assert said == []


def test_as_it_opens_it_is_read_in_five_screens(browser: Any, tame: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(tame.as_uri())
    assert page.evaluate("document.documentElement.scrollHeight") <= 4000
    for place in ("h1", ".tiles .tile:nth-child(2)", "#checks-h"):
        assert page.locator(place).first.evaluate("(one) => one.getBoundingClientRect().bottom") <= 800


def test_the_words_of_charts_can_be_read_on_a_telephone(browser: Any, tame: Path) -> None:
    page, _ = opened(browser, tame, 360, folded=True)
    page.evaluate(OPEN)
    sizes = page.evaluate(
        """[...document.querySelectorAll('.chart text')].map((one) => {
          const box = one.ownerSVGElement.getBoundingClientRect();
          return parseFloat(getComputedStyle(one).fontSize) * box.width / one.ownerSVGElement.viewBox.baseVal.width;
        })"""
    )
    assert len(sizes) > 30
    assert min(sizes) >= 10


def test_one_slider_moves_every_dial_and_its_images_by_keyboard(browser: Any, tame: Path) -> None:
    page, said = opened(browser, tame, folded=True)
    page.evaluate(OPEN)
    lines = "[...document.querySelectorAll('#dials line.cursor')].map((one) => one.getAttribute('x1'))"
    assert page.evaluate(lines) == ["372"] * len(SHIFTS)
    assert page.locator(".readout:not(.off)").first.inner_text().startswith("Severity 1: 67.0 % right")
    before = page.locator(".stage img").first.get_attribute("src")
    page.focus(".slider input")
    page.keyboard.press("Home")
    assert page.evaluate(lines) == ["48"] * len(SHIFTS)
    assert page.inner_text(".slider output") == "0"
    assert page.get_attribute(".slider input", "aria-valuetext") == "0"
    assert page.locator(".readout:not(.off)").first.inner_text().startswith("Severity 0: 97.0 % right")
    assert page.locator(".stage img").count() == len(SHIFTS) * 4
    assert page.locator(".stage img").first.get_attribute("src") != before
    assert page.evaluate("[...document.querySelectorAll('.stage img')].every((one) => one.naturalWidth > 0)")
    assert said == []


def test_the_slider_stays_in_sight_beside_the_dials(browser: Any, tame: Path) -> None:
    page, _ = opened(browser, tame, folded=True)
    page.evaluate(OPEN)
    page.locator("#d2").scroll_into_view_if_needed()
    page.mouse.wheel(0, 250)
    page.wait_for_function("document.querySelector('#d2').getBoundingClientRect().top < 300")
    assert 0 <= page.locator(".slider").evaluate("(one) => one.getBoundingClientRect().top") < 120


def test_classes_are_sorted_by_their_heads(browser: Any, tame: Path) -> None:
    page, _ = opened(browser, tame, folded=True)
    page.evaluate(OPEN)
    column = "[...document.querySelector('#classes tbody').rows].map((row) => Number(row.cells[1].dataset.sort))"
    assert page.evaluate(column) == sorted(page.evaluate(column))
    head = page.locator("#classes th", has_text="accuracy").first
    head.locator("button").press("Enter")
    head.locator("button").press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert page.evaluate(column) == sorted(page.evaluate(column), reverse=True)


def test_a_check_leads_to_its_evidence(browser: Any, tame: Path) -> None:
    page, _ = opened(browser, tame, folded=True)
    page.locator("#c0 a", has_text="The evidence").click()
    assert page.url.endswith("#target")
    assert page.locator("#target").evaluate("(one) => Math.abs(one.getBoundingClientRect().top)") < 250


def test_its_files_come_out_whole(browser: Any, tame: Path) -> None:
    page, said = opened(browser, tame, folded=True)
    page.evaluate(OPEN)
    with page.expect_download() as waited:
        page.get_by_role("button", name="Download verdicts.json").click()
    assert Path(waited.value.path()).read_bytes() == (tame.parent / "verdicts.json").read_bytes()
    assert said == []


def test_it_is_whole_without_scripts(browser: Any, tame: Path) -> None:
    page, _ = opened(browser, tame, java_script_enabled=False, folded=True)
    assert page.locator(".slider label").is_hidden()
    assert page.locator(".downloads").is_hidden()
    page.locator("#dials .curves > summary").click()
    assert page.locator("#dials .chart:visible").count() == 2 * len(SHIFTS)
    assert page.locator(".readout:visible").count() == len(SHIFTS)
    page.locator("#checks .done summary").first.click()
    assert page.locator("#checks .results tbody tr").first.is_visible()


def test_dark_and_light_follow_the_reader(browser: Any, tame: Path) -> None:
    grounds = set()
    for scheme in ("light", "dark"):
        page, _ = opened(browser, tame, color_scheme=scheme, folded=True)
        grounds.add(page.evaluate("getComputedStyle(document.querySelector('.check')).backgroundColor"))
    assert len(grounds) == 2


def test_what_has_the_focus_is_seen(browser: Any, tame: Path) -> None:
    page, _ = opened(browser, tame, folded=True)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_an_accessibility_checker_finds_nothing(browser: Any, tame: Path, wild: Path) -> None:
    assert_accessible(browser, tame, {"light": 1280, "dark": 360})
    assert_accessible(browser, wild, {"light": 360, "dark": 1280})
