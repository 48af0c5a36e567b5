"""Foreign text as Markdown that stays text: no markup, no HTML, no link, no mention, no issue number."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from shiftprobe.core.escape import escape

MAX_SENTENCE = 1000  # characters of any one sentence
MAX_NAME = 60  # characters
BROKEN = "<!-- -->"  # between two characters that would be read together; shows nothing


def prose(text: object, limit: int = MAX_SENTENCE) -> str:
    """A sentence that renders as it reads, wherever it stands in a paragraph, a list or a table.

    Args:
        text: anything; control characters are made visible.
        limit: most characters before escaping.
    """
    said = escape(text, limit).strip()
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;")):
        said = said.replace(char, entity)
    said = re.sub(r"([\\`*_\[\]~$])", r"\\\1", said)
    said = re.sub(r"@(?=\w)|#(?=\d)(?<!&#)|:(?=//)|\bwww(?=\.)", lambda met: f"{met[0]}{BROKEN}", said)
    return re.sub(r"^(\d*)([-+=#.)])", r"\1\\\2", said)  # at the start of a line these begin a list or a heading


def code(name: object) -> str:
    """A name for a table's cell: inert, in the letters it has."""
    said = escape(name, MAX_NAME).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", said)), default=0) + 1)
    room = " " if said.startswith("`") or said.endswith("`") or not said.strip() else ""
    return f"{fence}{room}{said}{room}{fence}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table; the first column and a verdict hold words, the others numbers."""
    rule = ["---:" if i and not head.startswith("verdict") else "---" for i, head in enumerate(heads)]
    return [f"| {' | '.join(cells)} |" for cells in (heads, rule, *rows)]


def link(name: str, target: Path, beside: Path) -> str:
    """A link from a file that lies in the folder `beside`, relative, so that both can move together."""
    return f"[{prose(name)}]({way(target, beside)})"


def way(target: Path, beside: Path) -> str:
    """How a link leads from the folder `beside` to a file: relative, percent-encoded."""
    return quote(os.fsencode(os.path.relpath(target.resolve(), beside.resolve())), safe="/")
