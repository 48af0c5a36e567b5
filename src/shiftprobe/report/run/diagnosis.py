"""The section of a diagnosis: the cause first, then the path that was taken to it, then what was not looked at."""

import math
from dataclasses import dataclass

from markupsafe import Markup

from shiftprobe.diagnosing.causes import title
from shiftprobe.report.kit import svg, wording
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.run import diagnosis_chart as chart
from shiftprobe.report.run.weights_line import WeightsLine, weights_line
from shiftprobe.results import diagnosis_words as words
from shiftprobe.results.diagnosis import Cause, Diagnosis, Experiment, Lack, NotLooked, Outcome
from shiftprobe.results.diagnosis_path import PathStep, steps, units_of

MAX_ROWS = 14  # of one step that stand open; the others fold
MAX_DETAILS = 8  # names of layers, classes or files


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRow:
    """One experiment as a line of a step."""

    title: str
    cause: str  # what it would have proved
    small: str  # details, and what makes it suggestive only
    picture: Markup
    change: str
    sham: str
    effect: str
    interval: str
    n: str
    share: str
    units: str
    outcome: Outcome
    word: str
    icon: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStep:
    """Experiments that were judged together."""

    head: str
    judged_by: str  # where all rows have the same n
    on_top: str  # of which repairs
    ruler: Markup
    rows: tuple[TriedRow, ...]
    more: tuple[TriedRow, ...]
    impossible: tuple[tuple[str, str], ...]  # title and reason
    kept: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCause:
    """A cause with what proved it."""

    grade: str
    claim: str
    do: str
    proof: str
    change: str
    effect: str
    share: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownGap:
    """What there was to explain at one place."""

    place: str
    picture: Markup
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDiagnosis:
    """The whole section."""

    answer: str
    badge: str
    sentence: str
    causes: tuple[ShownCause, ...]
    gaps: tuple[ShownGap, ...]
    tally: str
    spent: str
    where: str
    steps: tuple[ShownStep, ...]
    legend: tuple[tuple[Markup, str], ...]
    meanings: tuple[tuple[Markup, str, str], ...]
    left: tuple[tuple[str, str, str], ...]
    left_units: str
    command: str
    line: WeightsLine | None
    stale: str  # why it is to be made again; empty where it stands


def section(run: ReadRun) -> ShownDiagnosis | None:
    """None where nothing was diagnosed."""
    found = run.diagnosis
    if found is None:
        return None
    cut = steps(found)
    seen = dict.fromkeys(one.outcome for one in found.path)
    return ShownDiagnosis(
        answer=found.answer,
        badge=words.ANSWERS[found.answer],
        sentence=found.sentence,
        causes=tuple(_cause(found, one) for one in found.causes),
        gaps=tuple(_gap(one) for one in found.gaps),
        tally=words.tally(found),
        spent=words.spent(found),
        where=_where(found),
        steps=tuple(_step(found, one, cut[:i]) for i, one in enumerate(cut)),
        legend=chart.legend() if seen.keys() - {"not_possible"} else (),
        meanings=tuple(
            (chart.outcome_icon(key), word, words.MEANINGS[key]) for key, word in words.OUTCOMES.items() if key in seen
        ),
        left=tuple(_left(one) for one in found.left),
        left_units=words.units(units_of(found)) if found.left else "",
        command=found.command,
        line=weights_line(run.walked),
        stale=words.stale(found, run.summary),
    )


def first_cause(run: ReadRun) -> ShownCause | None:
    """The answer of a diagnosis for the first screen; None where none is named, or the run has grown."""
    found = run.diagnosis
    if found is None or not found.causes or words.stale(found, run.summary):
        return None
    return _cause(found, found.causes[0])


def _where(found: Diagnosis) -> str:
    """What was looked at: '300 labelled images, brightness 0.8'."""
    labels = [wording.counted(found.labels, "labelled image")] if found.labels else []
    return "; ".join([*labels, *filter(None, [found.condition.replace("~", " ")])])


def _cause(found: Diagnosis, one: Cause) -> ShownCause:
    by = found.path[one.experiment]
    return ShownCause(
        grade=one.grade,
        claim=one.claim,
        do=one.do,
        proof=f"{by.title}, judged {words.place(by.at)}",
        change=_arrows(words.change(by)),
        effect=words.effect(by),
        share=words.share(by),
    )


def _gap(one: Lack) -> ShownGap:
    said = words.lack(one).removeprefix(words.place(one.at)).strip()
    head = wording.minus("transfer", "scratch") if one.at == "gain" else _capital(words.place(one.at))
    return ShownGap(place=head, picture=chart.bar(one), said=said)


def _step(found: Diagnosis, one: PathStep, before: tuple[PathStep, ...]) -> ShownStep:
    scale = chart.axis_of(found.path, found.gaps, one.at)
    tried = [each for each in one.tried if each.outcome != "not_possible"]
    told = {_judged_by(each) for each in tried}
    shared = told.pop() if len(told) == 1 else ""
    rows = tuple(_row(each, scale, shared) for each in tried)
    kept = [each.kept.title for each in before if each.kept and (each.stage, each.at) == (one.stage, one.at)]
    after = ""
    if one.kept is not None:
        share = words.share(one.kept)
        after = f"{one.kept.title}" + (f", which brings back {share}" if share else "")
    return ShownStep(
        judged_by=shared,
        head=f"{_capital(words.STAGES[one.stage])}, {words.place(one.at)}",
        on_top=" and ".join(kept) if one.round else "",
        ruler=chart.ruler(scale, one.at) if scale is not None and tried else Markup(),
        rows=rows[:MAX_ROWS],
        more=rows[MAX_ROWS:],
        impossible=tuple(
            (each.title, each.reason or wording.NO_REASON) for each in one.tried if each.outcome == "not_possible"
        ),
        kept=after,
    )


def _judged_by(one: Experiment) -> str:
    """'n = 1,000 images, 3 seeds'."""
    found = one.effect
    n = [wording.counted(found.n, "image")] if found and found.n else []
    n += [wording.counted(found.seeds, "seed")] if found and found.seeds else []
    return f"n = {', '.join(n)}" if n else ""


def _row(one: Experiment, scale: svg.Scale | None, shared: str) -> TriedRow:
    reach = one.before + one.gap if one.before is not None and one.gap is not None and one.at != "gain" else None
    found = one.effect
    named = [wording.name(each) for each in one.details[:MAX_DETAILS] if each != one.title]
    named += [f"{len(one.details) - MAX_DETAILS} more"] if len(one.details) > MAX_DETAILS else []
    return TriedRow(
        title=one.title,
        cause=title(one.cause),
        small="; ".join(filter(None, [", ".join(named), one.reason])),
        picture=chart.row(one, scale, reach),
        change=_levels(one),
        sham=f"sham {words.level(one.sham, one.at)}" if words.known(one.sham) else "",
        effect=wording.points(found.value) if found and words.known(found.value) else wording.DASH,
        interval=wording.signed(words.interval(one)),
        n="" if shared else _judged_by(one),
        share=words.share(one).removesuffix(" of the gap") or wording.DASH,
        units=f"{one.units:,.3g}" if one.units and math.isfinite(one.units) else wording.DASH,
        outcome=one.outcome,
        word=words.OUTCOMES[one.outcome],
        icon=chart.outcome_icon(one.outcome),
    )


def _levels(one: Experiment) -> str:
    """'41.2 → 78.9 %'."""
    if not words.known(one.before):
        return words.level(one.after, one.at)
    unit = " points" if one.at == "gain" else " %"
    return f"{words.level(one.before, one.at).removesuffix(unit)} \N{RIGHTWARDS ARROW} {words.level(one.after, one.at)}"


def _arrows(text: str) -> str:
    return text.replace(" -> ", " \N{RIGHTWARDS ARROW} ")


def _left(one: NotLooked) -> tuple[str, str, str]:
    return (one.title, words.units(one.units), one.why)


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
