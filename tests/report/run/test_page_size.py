"""How long the page of a run like the default one is, as it opens and with everything open."""

from pathlib import Path
from typing import Any

import pytest
from tests.browsing import opened
from tests.report.fake_answers import write_answers
from tests.report.fake_inside import add_inside, write_embedding
from tests.report.fake_run import Fake, write_run

from shiftprobe.report import write

HEIGHT = "document.documentElement.scrollHeight"
ALL = "for (const one of document.querySelectorAll('details')) one.open = true;"


@pytest.fixture(scope="module")
def like_the_default(tmp_path_factory: pytest.TempPathFactory) -> Path:
    fake = Fake(shifts=("gaussian_noise", "gaussian_blur", "rotation"))
    run = write_run(tmp_path_factory.mktemp("size") / "run", fake, add_inside)
    write_embedding(run, fake)
    write_answers(run, fake, lost=1)
    return write(run)


def test_the_page_is_as_short_as_promised(browser: Any, like_the_default: Path) -> None:
    page, _ = opened(browser, like_the_default, folded=True)
    assert page.evaluate(HEIGHT) <= 7_000
    page.evaluate(ALL)
    assert page.evaluate(HEIGHT) <= 14_000
    assert len(page.inner_text("body").split()) <= 10_000
    page.close()


def test_sections_fold_to_one_line_and_open_all_at_once_by_keyboard(browser: Any, like_the_default: Path) -> None:
    page, said = opened(browser, like_the_default, folded=True)
    assert page.locator("#numbers > details").get_attribute("open") is None
    assert page.locator("#numbers > details > summary .finding").is_visible()
    page.locator("#numbers > details > summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#numbers table").first.is_visible()
    page.locator(".folds").press("Enter")
    assert page.locator(".part > details:not([open])").count() == 0
    page.locator(".folds").press("Enter")
    assert page.locator(".part > details[open]").count() == 0
    page.locator("nav a[href='#classes']").click()
    page.wait_for_selector("#classes > details[open]")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert said == []
    page.close()


def test_sections_open_without_scripts(browser: Any, like_the_default: Path) -> None:
    page, _ = opened(browser, like_the_default, folded=True, java_script_enabled=False)
    assert page.locator(".folds").is_hidden()
    page.locator("#numbers > details > summary").click()
    assert page.locator("#numbers table").first.is_visible()
    page.close()
