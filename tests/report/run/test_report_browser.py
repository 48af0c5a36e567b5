"""The page in a real browser: no errors, the slider moves, heads sort, nothing runs off a narrow screen."""

import os
import shutil
import warnings
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from tests.report.fake_answers import write_answers
from tests.report.fake_inside import add_inside, write_embedding
from tests.report.fake_run import Fake, write_run

from shiftprobe.report import write
from shiftprobe.report.side_by_side.page import write_many

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
api = pytest.importorskip("playwright.sync_api", reason="NOT TESTED IN A BROWSER: playwright is not installed")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="NOT TESTED IN A BROWSER: no chromium on this machine")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with api.sync_playwright() as playwright:
            flags = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
            yield chromium
            chromium.close()


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    long = "a name of a tap that goes on " * 11
    fake = Fake(shifts=("gaussian_noise", "<script>alert(1)</script>", "n" * 300), taps=("blocks.0", long))
    return write(write_run(tmp_path_factory.mktemp("browser") / "run", fake))


UNFOLD = "for (const one of document.querySelectorAll('.part > details')) one.open = true;"


def opened(
    browser: Any, path: Path, width: int = 1280, *, folded: bool = False, **options: Any
) -> tuple[Any, list[str]]:
    """A page with its sections open, unless they are to stay as they are."""
    page = browser.new_page(viewport={"width": width, "height": 900}, **options)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if request.url.startswith("http") else None)
    page.goto(path.as_uri())
    if not folded:
        page.evaluate(UNFOLD)
    return page, said


def test_it_opens_without_a_word_and_asks_for_nothing(browser: Any, page_path: Path) -> None:
    page, said = opened(browser, page_path)
    assert said == []
    assert page.evaluate("document.scripts.length") == 1
    assert page.evaluate("getComputedStyle(document.querySelector('nav')).position") == "sticky"


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_runs_off_the_screen(browser: Any, page_path: Path, width: int) -> None:
    page, _ = opened(browser, page_path, width)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


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


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scripts", [True, False])
def test_runs_side_by_side_stay_on_the_screen(browser: Any, tmp_path: Path, width: int, scripts: bool) -> None:
    fakes = (Fake(name="n" * 200), Fake(severities=(0.0, 1.0)), Fake(shifts=("<script>", "gaussian_blur")))
    runs = [write_run(tmp_path / f"r{i}", fake) for i, fake in enumerate(fakes)]
    for run in runs:
        (run / "about.json").write_text("{}")
    write_many(runs, tmp_path / "compared.html")
    page, said = opened(browser, tmp_path / "compared.html", width, java_script_enabled=scripts)
    assert page.locator("#dial .card .chart").count() == 2 * 2
    assert page.locator("#verdicts tbody tr").count() == 3
    if scripts:
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
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
def inside_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    fake = Fake(classes=("<b>bold</b>", '"quoted"', *(str(i) for i in range(8))))
    run = write_run(tmp_path_factory.mktemp("inside") / "run", fake, add_inside)
    write_embedding(run, fake)
    write_answers(run, fake, lost=1)
    return write(run)


PAINTED = """(() => { const c = document.querySelector('.canvas canvas'), copy = document.createElement('canvas');
  [copy.width, copy.height] = [c.width, c.height];
  const pen = copy.getContext('2d', { willReadFrequently: true }); pen.drawImage(c, 0, 0);
  const d = pen.getImageData(0, 0, c.width, c.height).data;
  let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; })()"""


def test_the_plane_is_painted_coloured_and_filtered(browser: Any, inside_path: Path) -> None:
    page, said = opened(browser, inside_path)
    assert page.locator(".canvas canvas").is_visible()
    assert page.locator(".canvas .still").is_hidden()
    assert page.locator(".plane .legend li").count() == 4
    few = page.evaluate(PAINTED)
    page.uncheck("[name=plane-follow]")
    assert page.evaluate(PAINTED) > few > 0
    page.check("[name=plane-colour][value=label]")
    assert page.locator(".plane .legend li").first.inner_text().strip() == "<b>bold</b>"
    page.check("[name=plane-colour][value=right-0]")
    words = {one.strip() for one in page.locator(".plane .legend li").all_inner_texts()}
    assert words == {"not known", "right", "wrong"}
    page.check("[name=plane-map][value=pca]")
    assert said == []


def test_a_point_is_read_by_pointing_and_followed_by_clicking(browser: Any, inside_path: Path) -> None:
    page, said = opened(browser, inside_path)
    canvas = page.locator(".canvas canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    spots = ((box["x"] + x, box["y"] + y) for x in range(20, 430, 12) for y in range(20, 430, 12))
    for spot in spots:
        page.mouse.move(*spot)
        if page.locator(".tip").is_visible():
            break
    assert ", image " in page.inner_text(".tip")
    before = page.evaluate(PAINTED)
    page.mouse.click(*spot)
    assert page.evaluate(PAINTED) != before
    assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_accessibility_checker_finds_nothing(browser: Any, inside_path: Path, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="NOT TESTED FOR ACCESSIBILITY: axe is not installed")
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)  # the page's own policy keeps axe out
    page = context.new_page()
    page.goto(inside_path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.evaluate((resources.files(axe) / "axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations', 'passes'] })")
    assert {one["id"]: one["nodes"][0]["html"] for one in found["violations"]} == {}
    assert "color-contrast" in {one["id"] for one in found["passes"]}
    context.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_inside_stays_on_the_screen(browser: Any, inside_path: Path, width: int) -> None:
    page, _ = opened(browser, inside_path, width)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_the_plane_is_a_picture(browser: Any, inside_path: Path) -> None:
    page, _ = opened(browser, inside_path, java_script_enabled=False)
    assert page.locator(".canvas .still").is_visible()
    assert page.locator(".plane .controls").is_hidden()


@pytest.fixture(scope="module")
def crowded_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shifts = tuple(f"gaussian_blur*0.{i}+contrast=0.3+gaussian_noise" for i in range(10, 30))
    fake = Fake(shifts=shifts, severities=(0.0, 0.5, 1.0), scaled=True)
    return write(write_run(tmp_path_factory.mktemp("crowded") / "run", fake))


@pytest.mark.parametrize("width", [360, 1280])
def test_many_long_names_stay_on_the_screen(browser: Any, crowded_path: Path, width: int) -> None:
    page, said = opened(browser, crowded_path, width)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
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


def pictured_spot(page: Any) -> tuple[float, float]:
    """A place on the plane where the pointer meets a mark that has a picture."""
    canvas = page.locator(".canvas canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    for x, y in ((x, y) for x in range(16, int(box["width"]), 10) for y in range(16, int(box["height"]), 10)):
        page.mouse.move(box["x"] + x, box["y"] + y)
        if page.locator(".tip img").is_visible():
            return box["x"] + x, box["y"] + y
    raise AssertionError("no mark has a picture")


SEEN = "[...document.querySelectorAll('.tip img, .doses-of img')].every((one) => !one.src || one.naturalWidth > 0)"


def test_the_image_of_a_point_stands_beside_its_words_and_is_followed(browser: Any, inside_path: Path) -> None:
    page, said = opened(browser, inside_path)
    spot = pictured_spot(page)
    assert ", image " in page.inner_text(".tip")
    assert page.locator(".ring").is_visible()
    page.mouse.click(*spot)
    page.wait_for_function(SEEN)
    assert page.locator(".doses-of figure").count() >= 1
    assert page.locator(".doses-of img").count() >= 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    page.mouse.move(2, 2)
    assert page.locator(".tip").is_hidden()
    assert page.locator(".followed").is_visible()
    assert said == []


def test_points_are_read_and_followed_by_keyboard(browser: Any, inside_path: Path) -> None:
    page, said = opened(browser, inside_path)
    page.focus(".canvas canvas")
    page.keyboard.press("ArrowRight")
    first = page.inner_text(".tip")
    page.keyboard.press("ArrowRight")
    assert ", image " in first
    assert page.inner_text(".tip") != first
    page.keyboard.press("Enter")
    assert page.locator(".doses-of figure").count() == 9  # clean and every dose
    page.keyboard.press("Escape")
    assert page.locator(".followed").is_hidden()
    page.keyboard.press("Tab")
    assert page.locator(".tip").is_hidden()
    assert said == []


def test_a_touch_reads_a_point_and_leaves_it_there(browser: Any, inside_path: Path) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800}, has_touch=True)
    page = context.new_page()
    page.goto(inside_path.as_uri())
    page.evaluate(UNFOLD)
    canvas = page.locator(".canvas canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    for x, y in ((x, y) for x in range(20, 300, 14) for y in range(20, 300, 14)):
        page.touchscreen.tap(box["x"] + x, box["y"] + y)
        if page.locator(".followed").is_visible():
            break
    assert page.locator(".tip").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_an_image_chosen_in_one_place_is_marked_in_the_others(browser: Any, inside_path: Path) -> None:
    page, said = opened(browser, inside_path)
    assert page.locator("figure.linked").count() == 0
    figure = page.locator("#images figure:visible").first
    number = figure.get_attribute("data-image")
    figure.locator("button").press("Enter")
    assert f"Image {number} of the target" in page.inner_text(".followed")
    assert page.evaluate("document.activeElement.tagName") == "CANVAS"
    assert page.locator("figure.linked").get_attribute("data-image") == number
    assert page.locator("#classes tr.linked").count() >= 1
    page.locator(".cell[data-outcome=both]").first.click()
    page.get_by_role("link", name="What each arm called it").click()
    assert page.locator("figure.linked").is_visible()
    page.keyboard.press("Escape")
    page.focus(".canvas canvas")
    page.keyboard.press("Escape")
    assert page.locator(".linked").count() == 0
    assert said == []


def test_without_scripts_nothing_points_at_the_plane(browser: Any, inside_path: Path) -> None:
    page, _ = opened(browser, inside_path, java_script_enabled=False)
    assert page.locator(".tip").is_hidden()
    assert page.locator("figure button").count() == 0
    assert page.locator(".followed").is_hidden()


SMALLEST = """Math.min(...[...document.querySelectorAll('svg.chart')].flatMap((svg) => {
  const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  const size = (one) => parseFloat(getComputedStyle(one).fontSize) * scale;
  return scale ? [...svg.querySelectorAll('text')].map(size) : [];
}))"""


@pytest.mark.parametrize("width", [360, 480, 768, 1010, 1280])
def test_words_in_charts_are_large_enough_to_read(browser: Any, inside_path: Path, width: int) -> None:
    page, _ = opened(browser, inside_path, width)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate(SMALLEST) >= 10.0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_words_lead_to_their_meaning(browser: Any, inside_path: Path) -> None:
    page, said = opened(browser, inside_path)
    page.locator("a.term", has_text="CKA").first.click()
    assert page.url.endswith("#w-cka")
    assert page.locator("#w-cka").evaluate("(one) => one.getBoundingClientRect().top") < 900
    assert said == []


def test_it_opens_quickly_by_the_browsers_own_count(browser: Any, inside_path: Path) -> None:
    """Work, not waiting: a quarter of a second on an idle core; the bound allows for a machine that is busy."""
    page = browser.new_page()
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.goto(inside_path.as_uri())
    found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    assert found["ScriptDuration"] < 2.0
    assert found["TaskDuration"] < 8.0
