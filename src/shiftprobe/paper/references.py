"""The works that a run rests on: one BibTeX file, and the citations of a text found in it."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

CITATION = re.compile(r"\[(@[a-z]+\d{4}(?:; @[a-z]+\d{4})*)\]")  # as pandoc writes them: [@holm1979; @wilson1927]


@cache
def references() -> Mapping[str, str]:
    """Every entry by its key, as it stands in the file."""
    text = files("shiftprobe.paper").joinpath("references.bib").read_text("utf-8")
    return {entry.partition("{")[2].partition(",")[0]: entry for entry in text.strip().split("\n\n")}


def cited(text: str) -> tuple[str, ...]:
    """The keys that a text cites, each once, in the order of the alphabet."""
    return tuple(sorted({key.strip(" @") for group in CITATION.findall(text) for key in group.split(";")}))


def bibtex(keys: Iterable[str]) -> str:
    """The entries of some keys as a BibTeX file."""
    return "\n\n".join(references()[key] for key in keys) + "\n"
