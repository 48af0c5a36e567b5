"""A run as Markdown for a pull request: verdict, table, why, links. No pictures; small enough for a comment."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from shiftprobe.marked import code, link, prose, table
from shiftprobe.report import claims, words
from shiftprobe.report.explained import Explanation
from shiftprobe.report.model import Contrast, Point, Run
from shiftprobe.report.reading import read
from shiftprobe.report.sections import shifts_of
from shiftprobe.rundir import write_bytes
from shiftprobe.types import IDENTITY

ROWS = 60  # of a table; a comment holds 65,536 characters
FACTS = 3  # sentences of evidence
SIGNS = {
    "better": "\u25b2", "better-alone": "\u25b3", "equivalent": "\u25a0", "inconclusive": "\u25cb",
    "worse-alone": "\u25bd", "worse": "\u25bc",
}  # fmt: skip
Place = tuple[str, float, int | None]


def write(run: Path, file: Path) -> None:
    """Read a run folder and write its summary as Markdown.

    Args:
        run: the run folder; its tables and its report are there.
        file: where the Markdown goes; its links are relative to that place.

    Raises:
        RunError: when the folder does not hold a run's tables.
        ResourceError: when the disk is full or the place not writable.
    """
    links = [link(name, run / name, file.parent) for name in ("report.html", "results.csv")]
    write_bytes(file, text(read(run), links).encode())


def text(run: Run, links: Sequence[str] = ()) -> str:
    """The summary of one run; the same run gives the same text.

    Args:
        run: a run as it was read.
        links: Markdown links for its last line.
    """
    summary = run.summary
    blocks = [
        f"### {badge(run)}",
        f"**{prose(words.signed(summary.verdict.sentence))}**",
        prose(words.signed(summary.verdict.detail)),
        *_next(run),
        *_warnings(run),
        *_tables(run),
        *_why(run),
        " \N{MIDDLE DOT} ".join(links),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def badge(run: Run) -> str:
    """'▲ better: digits (run ab12cd34)'."""
    word = run.summary.verdict.word
    sign = f"{SIGNS[word]} {word}" if word in SIGNS else "no comparison"
    return f"{sign}: {prose(run.summary.name, 60)} (run {prose(run.summary.digest, 60)})"


def _next(run: Run) -> Iterator[str]:
    """What to do next, in one paragraph."""
    said = " ".join(prose(words.signed(one.text)) for one in run.summary.next)
    if said:
        yield f"**What next?** {said}"


def _warnings(run: Run) -> Iterator[str]:
    summary = run.summary
    schedule = summary.training.schedule if summary.training else ""
    failed, skipped = len(summary.failed), len(summary.skipped_arms)
    gone = [words.counted(failed, "failed cell")] if failed else []
    gone += [words.counted(skipped, "skipped arm")] if skipped else []
    reasons = "; the reasons stand in the report"
    for said in (claims.at_chance(run), schedule, f"Incomplete: {claims.listed(gone)}{reasons}." if gone else ""):
        if said:
            yield f"> **Warning.** {prose(said)}"


def _tables(run: Run) -> Iterator[str]:
    """Table 1 of one condition, a line per dose, a line per budget: what the run has."""
    budgets: Sequence[int | None] = run.summary.budgets or (None,)
    if run.drifts:
        dials = [(shift, dose) for shift in shifts_of(run) for dose in run.doses]
        places: list[Place] = [(*one, budgets[-1]) for one in [(IDENTITY, 0.0), *dials]]
        yield from _many(run, places, "condition")
    if len(budgets) > 1:
        yield from _many(run, [(IDENTITY, 0.0, budget) for budget in budgets], "labels")
    elif not run.drifts:
        yield from _table1(run, budgets[-1])


def _many(run: Run, places: Sequence[Place], head: str) -> Iterator[str]:
    summary, pair = run.summary, run.pairs[0] if run.pairs else None
    at = "" if head == "labels" else _with_labels(places[0][2])
    where = "on the unshifted target, by label budget" if head == "labels" else f"at every dose{at}"
    yield f"Test accuracy in %, mean (std) over seeds, {where}; differences in points, paired by seed:"
    heads = [head, *map(code, summary.arms)]
    heads += [prose(words.minus(*pair)), "95 % interval", f"verdict ({words.margin(summary.margin)})"] if pair else []
    rows = []
    for place in places[:ROWS]:
        reached = [_accuracy(run.point(*place, arm)) for arm in summary.arms]
        compared = _contrast(run.contrast(*place, pair)) if pair else ()
        rows.append((_named(place, head), *reached, *compared))
    yield "\n".join(table(heads, rows))
    if len(places) > ROWS:
        yield f"{len(places) - ROWS:,} more conditions stand in the report."


def _named(place: Place, head: str) -> str:
    shift, severity, budget = place
    if head == "labels":
        return f"{budget:,}" if budget else words.DASH
    return f"{code(shift)} {severity:g}" if severity > 0 else "unshifted"


def _with_labels(budget: int | None) -> str:
    return f", {words.counted(budget, 'labelled image')} per training" if budget else ""


def _table1(run: Run, budget: int | None) -> Iterator[str]:
    yield f"Test accuracy on the unshifted target{_with_labels(budget)}:"
    heads = ("arm", "%, mean (std)", "95 % over test images", "seeds", "images")
    rows = [_arm(run.point(IDENTITY, 0.0, budget, arm), arm) for arm in run.summary.arms]
    one = run.contrast(IDENTITY, 0.0, budget, run.pairs[0]) if run.pairs else None
    if one is not None and one.difference is not None:
        images = words.points_interval(one.image_low, one.image_high)
        rows.append((f"**{prose(words.minus(one.a, one.b))}**", f"**{_amount(one)}**", images, f"{one.n}", ""))
    yield "\n".join(table(heads, rows))
    if one is not None and one.difference is not None:
        yield f"{prose(words.difference(one))}; margin {words.margin(run.summary.margin)}."


def _arm(one: Point | None, arm: str) -> tuple[str, ...]:
    if one is None or one.mean is None:
        return (code(arm), f"n/a ({prose(one.reason if one else words.NO_CELL, 120)})", "", "", "")
    seeds = words.DASH if one.budget is None else f"{one.n}"
    images = words.DASH if one.images is None else f"{one.images:,}"
    return (code(arm), words.mean_std(one), words.interval(one.low, one.high), seeds, images)


def _accuracy(one: Point | None) -> str:
    return "n/a" if one is None else words.mean_std(one)


def _amount(one: Contrast) -> str:
    return words.points(one.difference or 0.0, one.low, one.high)


def _contrast(one: Contrast | None) -> tuple[str, str, str]:
    if one is None or one.difference is None:
        return ("n/a", words.DASH, prose(one.reason if one else words.NO_CELL, 80))
    verdict = words.verdict(one)
    interval = words.points_interval(one.low, one.high) or words.DASH
    return (_amount(one), interval, f"{SIGNS[verdict]} {words.MARKS[verdict].word}")


def _why(run: Run) -> Iterator[str]:
    found = run.summary.why.explanations
    if not found:
        return
    yield "\n".join(_explained(found[0]))
    if len(found) > 1:
        others = claims.listed([prose(one.name.replace("_", " "), 60) for one in found[1:]])
        yield f"Also supported, in the report: {others}."


def _explained(one: Explanation) -> Iterator[str]:
    yield f"**Why?** {prose(one.claim)} ({prose(one.grade, 60)})"
    yield ""
    for head, facts in (("Evidence", one.evidence), ("Against it", one.against)):
        yield from (f"- {head}: {prose(words.signed(fact.text))}" for fact in facts[:FACTS])
    if one.experiment:
        yield f"- Would refute it: {prose(one.experiment)}"
