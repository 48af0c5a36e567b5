"""The numbers that docs/hostile.md states."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs" / "hostile.md"
_ROW = re.compile(r"^\| ([^|]+) \| (\d+) \| (\d+) \|$", re.MULTILINE)


def section(heading: str) -> str:
    """The text below a heading, up to the next one."""
    return DOCS.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]


def table(heading: str) -> dict[str, tuple[int, int]]:
    """Rows of `what | accepted | refused` below a heading."""
    return {what: (int(accepted), int(refused)) for what, accepted, refused in _ROW.findall(section(heading))}
