"""Pages of fake audits, and their text, sections and elements."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from tests.report.fake_audit import write_folder
from tests.report.fake_checks import Plain

from shiftprobe.report.audit.page import write_audit

ALL = (
    "checks", "dials", "slices", "classes", "groups", "target", "repairs", "risk", "sets", "reliability",
    "preprocessing", "attribution", "regression", "worst", "data", "checkpoint", "policy", "made", "words",
)  # fmt: skip


def sections(page: str) -> list[str]:
    return re.findall(r'<section id="(\w+)"', page)


def text_of(page: str) -> str:
    body = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def walked(page: str) -> list[tuple[str, dict[str, str]]]:
    """Every element with its attributes, as a parser that is not ours reads them."""

    class Walk(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, {name: value or "" for name, value in attrs}))

    found: list[tuple[str, dict[str, str]]] = []
    Walk().feed(page)
    return found


def made(tmp_path: Path, changes: Any = None, data: Plain | None = None) -> str:
    return write_audit(write_folder(tmp_path / "a", changes, data)).read_text("utf-8")
