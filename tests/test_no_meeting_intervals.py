"""No source judges two estimates by whether their intervals meet."""

import re
from pathlib import Path

SOURCES = sorted((Path(__file__).parents[1] / "src" / "shiftprobe").rglob("*"))
CODE = re.compile(r"(\w+)\.(?:low|high)\b[^<>\n]{0,12}[<>]=?\s*(?:max\(0\.0, |\()?(\w+)\.(?:low|high)\b")
WORDS = re.compile(r"intervals?\b[^.\n]{0,40}\b(?:meet|overlap|are apart|are disjoint|cross)\b", re.IGNORECASE)
DIFFERENT_IMAGES = {"causes.py"}  # an estimate for the target beside the accuracy on the data: nothing to pair
SAYS_NEVER = {"arms.py", "between.py"}  # docstrings: "never by whether intervals meet"
POWER = {"estimate.py"}  # the interval of a difference against the margin


def test_code_compares_no_end_of_one_interval_with_an_end_of_another() -> None:
    found = {
        (path.name, match.group(0))
        for path in SOURCES
        if path.suffix == ".py" and path.name not in DIFFERENT_IMAGES
        for match in CODE.finditer(path.read_text(encoding="utf-8"))
        if match.group(1) != match.group(2)
    }
    assert not found


def test_no_sentence_rests_on_whether_intervals_meet() -> None:
    found = {
        (path.name, match.group(0))
        for path in SOURCES
        if path.suffix in {".py", ".html"} and path.name not in SAYS_NEVER | POWER
        for match in WORDS.finditer(path.read_text(encoding="utf-8"))
    }
    assert not found


def test_the_search_finds_what_it_looks_for() -> None:
    assert CODE.search("if adapted.low <= here.high:")
    assert CODE.search("one.low > max(0.0, home.high)")
    assert CODE.search("a.low is not None and a.low > b.high")
    assert CODE.search("(a.low or 0.0) > (b.high or 0.0)")
    assert WORDS.search("the intervals meet, so the two cannot be told apart")
