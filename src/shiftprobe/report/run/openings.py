"""The sentence that opens a section: what it shows, in numbers. Empty where the intervals forbid one."""

from collections.abc import Iterable, Sequence

from shiftprobe.core.types import UNSHIFTED
from shiftprobe.report.kit import claims, wording
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.run import feature_drift, mosaic
from shiftprobe.report.run.attribution import MapBlock
from shiftprobe.report.run.curves import Curves
from shiftprobe.report.run.shift_kinds import Kinds

NO_CURVE = "No finding: without images held out no epoch can be called the best."
NO_KIND = "No finding: no shift is shown to hurt more than another that moves the images as far."
NO_INSIDE = "No finding: nothing that was measured inside is shown to differ from what chance gives."
NO_PIXELS = "No finding: the intervals of the maps forbid a sentence."
NO_CLASS = "No finding: in no class is one arm shown to be ahead (after Holm's correction, in every seed)."


def openings(run: ReadRun, *, curves: Curves | None, kinds: Kinds | None, maps: Sequence[MapBlock]) -> dict[str, str]:
    """A sentence by section; what a section's own numbers do not carry is left empty.

    Args:
        run: a run as it was read.
        curves: the section of the learning curves.
        kinds: the section of the kinds of shift.
        maps: the section of attribution maps.
    """
    return {
        "arms": arms(run),
        "images": images(run),
        "curves": _first(panel.said for panel in curves.panels) or NO_CURVE if curves else "",
        "dial": next(iter(dial(run)), ""),
        "kinds": next((one.said for one in kinds.panels if one.said), NO_KIND) if kinds else "",
        "inside": next(iter(feature_drift.findings(run)), NO_INSIDE),
        "pixels": _first([f"{one.title}: {said}" for said in one.said] for one in maps) or NO_PIXELS,
        "probes": "Numbers of probes without a chart; no finding is read from them.",
        "numbers": numbers(run),
        "data": data(run),
        "made": made(run),
    }


def _first(groups: Iterable[Iterable[str]]) -> str:
    return next((said for group in groups for said in group), "")


def dial(run: ReadRun) -> list[str]:
    """How far each pair carries; that nothing is shown, where no pair has a finding."""
    found = [claims.carries(run, place) for place in range(len(run.pairs))]
    return [said for said in found if said] or [claims.nothing_shown(run)]


def arms(run: ReadRun) -> str:
    """The difference at the largest budget on the unshifted target, with its interval and verdict."""
    budget = max(run.summary.budgets, default=None)
    one = run.contrast(UNSHIFTED, budget, run.pairs[0]) if run.pairs else None
    if one is None or one.difference is None:
        return ""
    labels = f" with {wording.counted(budget, 'labelled image')} per arm" if budget else ""
    return f"On {wording.start(run)}{labels}, {wording.difference(one)}.{_void(run)}"


def numbers(run: ReadRun) -> str:
    """How the conditions stand, or the one verdict; of a void run that neither says anything about the checkpoint."""
    return f"{run.summary.verdict.detail or run.summary.verdict.sentence}{_void(run)}"


def _void(run: ReadRun) -> str:
    return " This says nothing about the checkpoint: the comparison is void." if claims.void(run) else ""


def images(run: ReadRun) -> str:
    """How often only one of the arms is right, at the largest budget that was looked at."""
    one = next(iter(run.galleries), None)
    if one is None or not one.images or not sum(one.counts.values()):
        return ""
    ours, theirs = (mosaic.share(one, key) for key in ("a_only", "b_only"))
    basis = f"{wording.counted(one.images or 0, 'test image')} times {wording.counted(len(one.seeds), 'seed')}"
    return f"{one.a} alone is right on {ours} answers, {one.b} alone on {theirs}; {basis}."


def data(run: ReadRun) -> str:
    """What was tested on, what trained, what was left out."""
    target = run.summary.data.target
    if target is None:
        return ""
    said = [f"All accuracies are on {wording.counted(target.test, 'test image')} of {wording.name(target.name)}"]
    if run.summary.budgets:
        said.append(f"up to {wording.counted(max(run.summary.budgets), 'labelled image')} of it train an arm")
    gone = (target.skipped or 0) + (target.duplicates or 0)
    said.append(
        f"{wording.counted(gone, 'image')} were skipped or left out as duplicates"
        if gone
        else "no picture was skipped and no duplicate dropped"
    )
    if target.set_aside:
        said.append(f"{wording.counted(target.set_aside, 'file')} set aside as no picture")
    return f"{'; '.join(said)}."


def made(run: ReadRun) -> str:
    """How much was run, and where."""
    seeds, arms = wording.counted(len(run.summary.seeds), "seed"), wording.counted(len(run.summary.arms), "arm")
    return f"{arms} and {seeds} on {run.environment.device}."
