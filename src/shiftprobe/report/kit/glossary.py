"""The words of a page: each explained once, and linked where it first stands."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import escape as escape_html

INSIDE = {"p", "li", "dd", "caption"}  # running text
NOT_IN = {"a", "svg", "button", "summary", "h1", "h2", "h3", "thead", "code", "pre", "figure", "label", "legend"}
FOLDED = "details"
HIDDEN = re.compile(r'\shidden(?=[\s>])|class="[^"]*\b(?:off|badge|tile|live|keys|marks|numbered)\b')
VOID = {"img", "input", "br", "hr", "meta", "col"}
TAG = re.compile(r"(<[^>]*>)")
TAG_NAME = re.compile(r"</?([a-zA-Z0-9]+)")
BEGINS, ENDS = "<main", '<section id="words"'  # of what is searched


class Term(NamedTuple):
    """An entry of the glossary."""

    key: str  # of its anchor
    name: str
    found: str  # a pattern; empty: explained on every page, linked from nowhere
    meaning: str


@dataclass(frozen=True, slots=True)
class _Place:
    """A stretch of running text: which piece of the page, and whether it is folded away."""

    piece: int
    folded: bool


@dataclass(frozen=True, slots=True)
class _Link:
    """Where a term was found."""

    start: int
    end: int
    key: str


def used(page: str, terms: Sequence[Term]) -> tuple[Term, ...]:
    """The terms that stand on a page, or are explained on every page.

    Args:
        page: HTML.
        terms: known ones.
    """
    _, body, _ = _parts(page)
    said = re.sub(r"<[^>]*>", " ", body)
    return tuple(one for one in terms if not one.found or re.search(one.found, said))


def linked(page: str, terms: Iterable[Term]) -> str:
    """The same page with every term linked to its entry where it first stands in view, else where it first stands.

    Text inside links, heads of tables, buttons and pictures stays as it is.

    Args:
        page: HTML.
        terms: those that the page explains.
    """
    before, body, after = _parts(page)
    pieces = TAG.split(body)
    places = sorted(_places(pieces), key=lambda one: one.folded)  # a stable sort: in view first
    links: dict[int, list[_Link]] = {}
    for term in terms:
        found = next(_found(term, pieces, places, links), None) if term.found else None
        if found is not None:
            links.setdefault(found[0], []).append(found[1])
    for piece, here in links.items():
        pieces[piece] = _with_links(pieces[piece], here)
    return "".join((before, *pieces, after))


def _parts(page: str) -> tuple[str, str, str]:
    """What stands before the running text, the text, and what stands behind it."""
    start, end = page.find(BEGINS), page.find(ENDS)
    return (page[:start], page[start:end], page[end:]) if 0 <= start < end else (page, "", "")


def _places(pieces: Sequence[str]) -> Iterator[_Place]:
    """Stretches of running text, in order; every second piece is a tag."""
    around: list[tuple[str, bool]] = []  # names of the elements that are open, and whether they are out of view
    for i, piece in enumerate(pieces):
        if i % 2:
            _walk(around, piece)
            continue
        names = {name for name, _ in around}
        if piece.strip() and names & INSIDE and not names & NOT_IN and not any(hidden for _, hidden in around):
            yield _Place(i, FOLDED in names)


def _walk(around: list[tuple[str, bool]], tag: str) -> None:
    """Open or close an element; one that nobody closed ends with its parent."""
    name = TAG_NAME.match(tag)
    if name is None or name.group(1) in VOID or tag.endswith("/>"):
        return
    if not tag.startswith("</"):
        around.append((name.group(1), HIDDEN.search(tag) is not None))
        return
    while around and around.pop()[0] != name.group(1):
        pass


def _found(
    term: Term, pieces: Sequence[str], places: Iterable[_Place], links: dict[int, list[_Link]]
) -> Iterator[tuple[int, _Link]]:
    """Where a term stands and no other term was found before."""
    for place in places:
        taken = links.get(place.piece, ())
        for one in re.finditer(term.found, pieces[place.piece]):
            apart = all(one.end() <= other.start or one.start() >= other.end for other in taken)
            if apart and not _in_code(pieces[place.piece], one):
                yield place.piece, _Link(one.start(), one.end(), term.key)


def _in_code(text: str, one: re.Match[str]) -> bool:
    """Whether a word is part of a flag, a key or a list without spaces, which a reader copies whole."""
    before, after = text[: one.start()][-1:], text[one.end() :][:2]
    return before in {"-", ",", "_", ".", "="} or re.match(r"[_=]|[,.-]\w", after) is not None


def _with_links(text: str, links: Iterable[_Link]) -> str:
    for one in sorted(links, key=lambda link: -link.start):
        word = text[one.start : one.end]
        text = f'{text[: one.start]}<a class="term" href="#w-{escape_html(one.key)}">{word}</a>{text[one.end :]}'
    return text
