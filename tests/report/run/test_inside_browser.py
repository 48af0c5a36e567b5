"""What a run shows of the inside, in a real browser: the plane of points, maps, charts, contrast."""

from pathlib import Path
from typing import Any

import pytest
from tests.browsing import UNFOLD, assert_accessible, assert_in_sight, opened
from tests.report.fake_answers import write_answers
from tests.report.fake_inside import add_inside, write_embedding
from tests.report.fake_run import Fake, write_run

from shiftprobe.report import write


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


def test_an_accessibility_checker_finds_nothing(browser: Any, inside_path: Path) -> None:
    assert_accessible(browser, inside_path, {"light": 1280, "dark": 1280})


def test_without_scripts_the_plane_is_a_picture(browser: Any, inside_path: Path) -> None:
    page, _ = opened(browser, inside_path, java_script_enabled=False)
    assert page.locator(".canvas .still").is_visible()
    assert page.locator(".plane .controls").is_hidden()


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


def test_the_inside_stays_on_the_screen_and_words_in_charts_are_large_enough_to_read(
    browser: Any, inside_path: Path
) -> None:
    page, _ = opened(browser, inside_path, 360)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    for width in (360, 480, 768, 1010, 1280):
        assert_in_sight(page, width)
        assert page.evaluate(SMALLEST) >= 10.0


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
