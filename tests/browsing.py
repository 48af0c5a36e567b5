"""Pages in a real browser: which one, and how a page is opened. The fixture `browser` stands in `conftest.py`."""

import shutil
from pathlib import Path
from typing import Any

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
