"""A run as Markdown for a pull request: verdict, table, why, links. No pictures; small enough for a comment."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from shiftprobe.core.files import write_bytes
from shiftprobe.core.markdown import code, link, prose, table
from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.metrics.scores import SCORES
from shiftprobe.report.kit import claims, wording
from shiftprobe.report.kit.claims import SIGNS
from shiftprobe.report.kit.contents import ReadRun, shifts_of
from shiftprobe.report.kit.reading import read
from shiftprobe.report.run import scores
from shiftprobe.results import diagnosis_words as words
from shiftprobe.results import recipe_words
from shiftprobe.results.decision import SAID
from shiftprobe.results.left_out import left_out, reading_told
from shiftprobe.results.model import ArmPoint, Contrast, Explanation

MAX_ROWS = 60  # of a table; a comment holds 65,536 characters
MAX_FACTS = 3  # sentences of evidence
MAX_LEFT = 5  # experiments that were not done
Place = tuple[Condition, int | None]


def write(run: Path, file: Path, tables: Path | None = None) -> None:
    """Read a run folder and write its summary as Markdown.

    Args:
        run: the run folder.
        file: where the Markdown goes; its links are relative to that place.
        tables: where its tables and its report lie; the run folder itself when None.

    Raises:
        RunError: when the folder does not hold a run's tables.
        ResourceError: when the disk is full or the place not writable.
    """
    links = [link(name, (tables or run) / name, file.parent) for name in ("report.html", "results.csv")]
    write_bytes(file, text(read(run, tables), links).encode())


def text(run: ReadRun, links: Sequence[str] = ()) -> str:
    """The summary of one run; the same run gives the same text.

    Args:
        run: a run as it was read.
        links: Markdown links for its last line.
    """
    summary = run.summary
    blocks = [
        f"### {badge(run)}",
        *_decided(run),
        f"**{prose(wording.signed(summary.verdict.sentence))}**",
        prose(wording.signed(summary.verdict.detail)),
        *(prose(f"{wording.signed(one.sentence)}") for one in summary.verdicts if one.pair != summary.verdict.pair),
        prose(recipe_words.sentence(summary.training)) if summary.training else "",
        summary.working.told if summary.working else "",
        *_next(run),
        *_warnings(run),
        *_diagnosed(run),
        prose(left_out(run.summary.data)),
        prose(reading_told(run.summary.data, guessed=False)),
        *_tables(run),
        *_why(run),
        " \N{MIDDLE DOT} ".join(links),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _decided(run: ReadRun) -> Iterator[str]:
    """What to do with the checkpoint, and what limits the answer."""
    decision, summary = run.summary.decision, run.summary
    if decision is None:
        return
    yield f"**{prose(wording.signed(decision.sentence))}** {prose(decision.reason)}".strip()
    yield "\n".join(f"- **{prose(one.badge, 60)}**: {prose(one.text)}" for one in summary.limits)


def badge(run: ReadRun) -> str:
    """'fine-tune it: digits (run ab12cd34)'; the verdict's word where nothing was decided."""
    decision, how_far = run.summary.decision, run.summary.unfinished
    open_ = f", {how_far.told}" if how_far else ""
    named = f"{prose(run.summary.name, 60)} (run {prose(run.summary.digest, 60)}{open_})"
    if decision is not None:
        return f"{SAID[decision.choice]}: {named}"
    word = run.summary.verdict.word
    sign = f"{SIGNS[word]} {word}" if word in SIGNS else "no comparison"
    return f"{sign}: {named}"


def _next(run: ReadRun) -> Iterator[str]:
    """What to do next, in one paragraph."""
    said = " ".join(prose(wording.signed(one.text)) for one in run.summary.next)
    if said:
        yield f"**What next?** {said}"


def _warnings(run: ReadRun) -> Iterator[str]:
    summary = run.summary
    schedule = summary.training.schedule if summary.training and not summary.limits else ""  # else a mark says it
    failed, skipped = len(summary.failed), len(summary.skipped_arms)
    gone = [wording.counted(failed, "failed cell")] if failed else []
    gone += [wording.counted(skipped, "skipped arm")] if skipped else []
    reasons = "; the reasons stand in the report"
    for said in (claims.at_chance(run), schedule, f"Incomplete: {claims.listed(gone)}{reasons}." if gone else ""):
        if said:
            yield f"> **Warning.** {prose(said)}"


def _tables(run: ReadRun) -> Iterator[str]:
    """Table 1 of one condition, a line per dose, a line per budget: what the run has."""
    budgets: Sequence[int | None] = run.summary.budgets or (None,)
    if run.drifts:
        dials = [Condition(shift, dose) for shift in shifts_of(run) for dose in run.doses]
        places: list[Place] = [(one, budgets[-1]) for one in [UNSHIFTED, *dials]]
        yield from _many(run, places, "condition")
    if len(budgets) > 1:
        yield from _many(run, [(UNSHIFTED, budget) for budget in budgets], "labels")
    elif not run.drifts:
        yield from _table1(run, budgets[-1])
    yield from _scores(run)


def _scores(run: ReadRun) -> Iterator[str]:
    """Every arm in the scores that are not judged; nothing where a folder holds none."""
    found = scores.table(run)
    if found is None:
        return
    yield f"{found.caption}, mean (std):"
    heads = [f"{word}, {unit.partition(',')[0]}" if unit else word for word, unit in found.heads]
    yield "\n".join(table(heads, [(code(row[0].main), *(one.main for one in row[1:])) for row in found.rows]))


def _many(run: ReadRun, places: Sequence[Place], head: str) -> Iterator[str]:
    summary, pair = run.summary, run.pairs[0] if run.pairs else None
    at = "" if head == "labels" else _with_labels(places[0][1])
    where = f"on {wording.start(run)}, by label budget" if head == "labels" else f"at every dose{at}"
    alike = all(not one.unshared for one in summary.verdicts if one.pair == pair)
    by = "paired by seed" if alike else "seed by seed"
    what = f"{wording.heading(summary.metric)} in {SCORES[summary.metric].short_unit}"
    yield f"{what}, mean (std) over seeds, {where}; differences in points, {by}:"
    heads = [head, *map(code, summary.arms)]
    heads += (
        [prose(wording.minus(*pair)), "95 % interval", f"verdict ({wording.margin(summary.margin)})"] if pair else []
    )
    rows = []
    for place in places[:MAX_ROWS]:
        reached = [_accuracy(run.point(*place, arm)) for arm in summary.arms]
        compared = _contrast(run.contrast(*place, pair)) if pair else ()
        rows.append((_named(place, head), *reached, *compared))
    yield "\n".join(table(heads, rows))
    if len(places) > MAX_ROWS:
        yield f"{len(places) - MAX_ROWS:,} more conditions stand in the report."


def _named(place: Place, head: str) -> str:
    where, budget = place
    if head == "labels":
        return f"{budget:,}" if budget else wording.DASH
    return f"{code(where.shift)} {where.severity:g}" if where.severity > 0 else "unshifted"


def _with_labels(budget: int | None) -> str:
    return f", {wording.counted(budget, 'labelled image')} per training" if budget else ""


def _table1(run: ReadRun, budget: int | None) -> Iterator[str]:
    score = run.summary.metric
    yield f"{wording.heading(score)} on {wording.start(run)}{_with_labels(budget)}:"
    heads = ("arm", f"{SCORES[score].short_unit}, mean (std)", "95 % over test images", "seeds", "images")
    rows = [_arm(run.point(UNSHIFTED, budget, arm), arm) for arm in run.summary.arms]
    one = run.contrast(UNSHIFTED, budget, run.pairs[0]) if run.pairs else None
    if one is not None and one.difference is not None:
        images = wording.points_interval(one.image_low, one.image_high)
        rows.append((f"**{prose(wording.minus(one.a, one.b))}**", f"**{_amount(one)}**", images, f"{one.n}", ""))
    yield "\n".join(table(heads, rows))
    if one is not None and one.difference is not None:
        yield f"{prose(wording.difference(one))}; margin {wording.margin(run.summary.margin)}."


def _arm(one: ArmPoint | None, arm: str) -> tuple[str, ...]:
    if one is None or one.mean is None:
        return (code(arm), f"n/a ({prose(one.reason if one else wording.NO_CELL, 120)})", "", "", "")
    seeds = wording.DASH if one.budget is None else f"{one.n}"
    images = wording.DASH if one.images is None else f"{one.images:,}"
    return (code(arm), wording.mean_std(one), wording.interval(one.low, one.high), seeds, images)


def _accuracy(one: ArmPoint | None) -> str:
    return "n/a" if one is None else wording.mean_std(one)


def _amount(one: Contrast) -> str:
    return wording.points(one.difference or 0.0, one.low, one.high)


def _contrast(one: Contrast | None) -> tuple[str, str, str]:
    if one is None or one.difference is None:
        return ("n/a", wording.DASH, prose(one.reason if one else wording.NO_CELL, 80))
    verdict = wording.verdict(one)
    interval = wording.points_interval(one.low, one.high) or wording.DASH
    return (_amount(one), interval, f"{SIGNS[verdict]} {wording.MARKS[verdict].word}")


def _why(run: ReadRun) -> Iterator[str]:
    found = run.summary.why.explanations
    if not found:
        return
    head = "Why?" if run.diagnosis is None else "Readings of the rows, no intervention:"
    yield "\n".join(_explained(found[0], head))
    if len(found) > 1:
        others = claims.listed([prose(one.name.replace("_", " "), 60) for one in found[1:]])
        yield f"Also supported, in the report: {others}."


def _diagnosed(run: ReadRun) -> Iterator[str]:
    """The causes of a diagnosis with what proved them, and what was not looked at."""
    found = run.diagnosis
    if found is None:
        return
    yield f"**Diagnosis.** {prose(wording.signed(found.sentence))} ({prose(words.tally(found))}; {words.spent(found)})"
    if said := words.stale(found, run.summary):
        yield f"{said} `{prose(found.command, 4000)}`"
    lines = []
    for one in found.causes:
        by = found.path[one.experiment]
        told = "; ".join(filter(None, (words.change(by), words.effect(by), words.share(by))))
        lines.append(
            f"- {prose(wording.signed(one.claim))} ({one.grade}) {prose(by.title)}: {prose(wording.signed(told))}"
        )
        lines.append(f"- What to do: {prose(one.do)}")
    lines += [f"- Not looked at: {prose(words.not_looked(one))}" for one in found.left[:MAX_LEFT]]
    if len(found.left) > MAX_LEFT:
        lines.append(f"- {len(found.left) - MAX_LEFT:,} more that were not looked at stand in the report.")
    yield "\n".join(lines)


def _explained(one: Explanation, called: str) -> Iterator[str]:
    yield f"**{called}** {prose(one.claim)} ({prose(one.grade, 60)})"
    yield ""
    for head, facts in (("Evidence", one.evidence), ("Against it", one.against)):
        yield from (f"- {head}: {prose(wording.signed(fact.text))}" for fact in facts[:MAX_FACTS])
    if one.experiment:
        yield f"- Would refute it: {prose(one.experiment)}"
