"""Pages in a real browser: which one, and how a page is opened. The fixture `browser` stands in `conftest.py`."""

import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
UNFOLD = "for (const one of document.querySelectorAll('.part > details')) one.open = true;"


def opened(
    browser: Any, path: Path, width: int = 1280, *, folded: bool = False, **options: Any
) -> tuple[Any, list[str]]:
    """A page with its sections open, unless they are to stay as they are; and what it said or asked for."""
    page = browser.new_page(viewport={"width": width, "height": 900}, **options)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
    page.on("request", lambda request: said.append(request.url) if request.url.startswith("http") else None)
    page.goto(path.as_uri())
    if not folded:
        page.evaluate(UNFOLD)
    return page, said


def assert_in_sight(page: Any, *widths: int) -> None:
    """Nothing runs off the screen at any of these widths."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


AXE = """axe.run(document, { resultTypes: ['violations'] }).then(({ violations, passes }) => ({
  violations: violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ html }) => html.slice(0, 300))]),
  passes: passes.map(({ id }) => id),
}))"""  # what passes is not listed node by node


def assert_accessible(browser: Any, path: Path, schemes_at_widths: dict[str, int]) -> None:
    """An accessibility checker finds nothing on a page with everything open, by colour scheme at its width."""
    axe = pytest.importorskip("axe_playwright_python", reason="NOT TESTED FOR ACCESSIBILITY: axe is not installed")
    context = browser.new_context(bypass_csp=True)  # the page's own policy keeps axe out
    page = context.new_page()
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.evaluate((resources.files(axe) / "axe.min.js").read_text("utf-8"))
    for scheme, width in schemes_at_widths.items():
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(AXE)
        assert found["violations"] == [], (scheme, width)
        assert "color-contrast" in found["passes"]
    context.close()
