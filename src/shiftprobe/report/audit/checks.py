"""What must be fixed: every check with its interval against what was wanted, failed first."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup
from markupsafe import escape as escape_html

from shiftprobe.auditing.outputs import wording
from shiftprobe.auditing.types import OPEN, ORDER, Check
from shiftprobe.core.escape import escape
from shiftprobe.report.audit import marks
from shiftprobe.report.audit.marks import Track

COMMAND = r"`([^`]+)`|(?<![\w-])(--[a-z]+(?:-[a-z]+)*)(?![\w-])"  # a command in backticks, or a bare flag
MAX_SENTENCE = 2000  # characters of a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One check, ready to be read."""

    check: Check
    title: str
    part: str  # which member of its family it is
    reason: str
    fix: Markup
    power: str
    ident: str
    icon: Markup
    kind: str
    word: str
    amount: str
    wanted: str
    track: Track | None
    link: str  # anchor of the section that shows it; empty where there is none
    said: str = ""  # how many share its reason
    shares: tuple["Card", ...] = ()  # those
    members: tuple["Card", ...] = ()  # the whole family, where several of one kind fell alike for one way out


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSection:
    """All checks: the gates to be answered, and the others."""

    finding: str
    open: tuple[Card, ...]  # what keeps the audit from passing, families in one card
    beside: tuple[Card, ...]  # open checks that do not decide
    passed: tuple[Card, ...]
    undone: tuple[Card, ...]
    powers: tuple[str, ...]  # of gates that passed; the others say theirs


def section(checks: Sequence[Check], present: Collection[str]) -> CheckSection:
    """Every check as a card.

    Args:
        checks: in the order of verdicts.json.
        present: anchors of the sections that this page has.
    """
    cards = [_card(one, f"c{i}", present, checks) for i, one in enumerate(checks)]
    own = [_with_shares(one, cards) for one in cards if not one.check.explained_by and one.check.status in OPEN]
    grave = [one for one in own if wording.alarms(one.check, checks)]
    return CheckSection(
        finding=finding(checks),
        open=tuple(_families(grave)),
        beside=tuple(one for one in own if one not in grave),
        passed=tuple(one for one in cards if one.check.status == "pass"),
        undone=tuple(one for one in cards if one.check.status == "not done"),
        powers=tuple(wording.powers([one for one in checks if one.status == "pass"])),
    )


def _families(cards: Sequence[Card]) -> Iterator[Card]:
    """Cards in their order; those of one kind that fell alike for one way out stand in that of the first."""
    found: dict[tuple[object, ...], list[Card]] = {}
    for one in cards:
        alone = one.ident if one.shares or one.check.value is None else ""
        found.setdefault((one.check.kind, one.check.status, one.fix, alone), []).append(one)
    for first, *others in found.values():
        yield replace(first, title=_family_title(first), members=(first, *others)) if others else first


def _family_title(card: Card) -> str:
    """What a family is called: its question."""
    from shiftprobe.auditing.checks import QUESTIONS

    return wording.upper(QUESTIONS[card.check.kind].title) if card.check.kind in QUESTIONS else card.title


def finding(checks: Sequence[Check]) -> str:
    """How many gates decide, and how all fell: the words of the terminal."""
    return f"{wording.tally(checks)}."


def _with_shares(card: Card, cards: Sequence[Card]) -> Card:
    """A card with those of the checks that share its reason."""
    names = {one.name for one in wording.further(card.check, [one.check for one in cards])}
    shares = tuple(one for one in cards if one.check.name in names)
    return replace(card, shares=shares, said=wording.folded([one.check for one in shares]))


def _card(check: Check, ident: str, present: Collection[str], checks: Sequence[Check] = ()) -> Card:
    wishes = (check.evidence.removeprefix("#"), section_of(check))
    return Card(
        check=check,
        title=wording.upper(check.title),
        part=check.name.partition(":")[2] or check.title,
        reason=ended(wording.upper(check.reason)),
        fix=coded(ended(wording.upper(check.fix))),
        power=ended(wording.upper(check.power.sentence)) if check.power else "",
        ident=ident,
        icon=marks.icon(check.status),
        kind=marks.kind(check.status),
        word=wording.sign(check, checks).word,
        amount=wording.amount(check),
        wanted=wording.wanted(check),
        track=marks.of_check(check),
        link=next((wish for wish in wishes if wish in present), ""),
    )


def ended(text: str) -> str:
    """A sentence with its full stop; a flag or a question keeps its end."""
    return f"{text}." if text and (text[-1].isalnum() or text[-1] in "%)`") and not text.startswith("--") else text


def coded(text: str) -> Markup:
    """Text in which `a command` between backticks, and a flag, is set as one; everything else is escaped."""
    safe = str(escape_html(escape(text, MAX_SENTENCE)))
    return Markup(re.sub(COMMAND, _set, safe))  # noqa: S704 - escaped above


def _set(found: re.Match[str]) -> str:
    return f"<code>{found[1]}</code>" if found[1] else f'<code class="flag">{found[2]}</code>'


def about(checks: Sequence[Check], section_: str) -> tuple[Card, ...]:
    """The checks that the head of a section tells: their reasons carry the numbers and what they allow."""
    from shiftprobe.auditing.checks import QUESTIONS

    drawn = {name for name in QUESTIONS if not QUESTIONS[name].told}
    said = [one for one in checks if one.status != "not done" and one.kind not in drawn]
    return tuple(_card(one, "", ()) for one in said if section_of(one) == section_)


def section_of(check: Check) -> str:
    """The section that shows a check: what it was registered with, else what it says itself, else none."""
    from shiftprobe.auditing.checks import QUESTIONS

    return QUESTIONS[check.kind].section if check.kind in QUESTIONS else check.evidence.removeprefix("#")


def summary(checks: Sequence[Check], section_: str) -> str:
    """What the gravest check that a section shows came to: what a closed section says of itself."""
    here = [one for one in checks if section_of(one) == section_]
    if not here:
        return ""
    card = _card(min(here, key=lambda one: ORDER.index(one.status)), "", (), checks)
    wanted = f", wanted {card.wanted}" if card.wanted else ""
    told = f"{card.title}: {wording.held(card.check)}{wanted}"
    return f"{card.word}: {card.reason if card.check.value is None else told}"
