"""Effective robustness over checkpoints: accuracy at home or unshifted against accuracy where it counts."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shiftprobe.core.types import UNSHIFTED, Cell, Condition
from shiftprobe.report.kit import claims, wording
from shiftprobe.report.kit.probit_chart import ProbitAxes, ProbitSpot, line_said, off_said, probit_chart
from shiftprobe.report.side_by_side import overlays, reading
from shiftprobe.report.side_by_side.reading import Entered
from shiftprobe.results.findings import read_answers
from shiftprobe.results.run_folder import RunDir
from shiftprobe.stats.agreement_line import AgreementCheck, agreement_check
from shiftprobe.stats.probit_line import (
    AccuracyLine,
    NoLine,
    OffLine,
    accuracy_line,
    each_off_the_others,
)

CHECKPOINT = "zero_shot"


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustnessPanel:
    """One pair of axes."""

    title: str
    figure: Markup
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One untouched checkpoint with its number among the runs."""

    place: int
    run: Entered
    first: float
    second: float


def robustness(runs: Sequence[Entered]) -> tuple[RobustnessPanel, ...]:
    """Panels in which the checkpoints lie on a line; none where they are too few, too much alike, or on none.

    Only runs on the same test images are held against each other, and one checkpoint counts once.
    """
    target = runs[0].run.summary.data.target
    alike = all(reading.same_test(runs[0], other) is not False for other in runs[1:])
    if target is None or not alike or any(one.run.summary.metric != "top1" for one in runs):
        return ()
    found = [_at_home(runs, target.test)]
    for i, shift in enumerate(reading.shared(runs)):
        found.append(_shifted(runs, i, shift, target.test))
    return tuple(one for one in found if one is not None)


def _at_home(runs: Sequence[Entered], images: int) -> RobustnessPanel | None:
    """The source's own test images against the target's."""
    homes = [(i, one, one.run.summary.source_accuracy) for i, one in enumerate(runs)]
    names = {one.run.summary.data.source.name for one in runs if one.run.summary.data.source}
    known = [
        (i, one, home, point.mean)
        for i, one, home in homes
        if home is not None and (point := reading.reached(one, UNSHIFTED, CHECKPOINT)) is not None
        if point.mean is not None
    ]
    if len(names) != 1 or not known:
        return None
    networks = [Network(place=i, run=one, first=home.value, second=mean) for i, one, home, mean in known]
    sizes = min(home.n for _, _, home, _ in known), images
    axes = ProbitAxes("Home against target", "accuracy at home, %", "accuracy on the target, %")
    return _panel("r0", axes, networks, sizes, None)


def _shifted(runs: Sequence[Entered], i: int, shift: str, images: int) -> RobustnessPanel | None:
    """The unshifted target against the strongest dose that all runs with this shift share."""
    here = [(place, one) for place, one in enumerate(runs) if shift in one.run.summary.shifts]
    doses = set.intersection(*(set(one.run.doses) for _, one in here))
    if not doses:
        return None
    where = Condition.of(shift, max(doses))
    networks = [
        Network(place=place, run=one, first=start.mean, second=end.mean)
        for place, one in here
        if (start := reading.reached(one, UNSHIFTED, CHECKPOINT)) is not None and start.mean is not None
        if (end := reading.reached(one, where, CHECKPOINT)) is not None and end.mean is not None
    ]
    name = wording.place(where)
    axes = ProbitAxes(f"Unshifted against {name}", "accuracy, unshifted, %", f"accuracy, {name}, %")
    return _panel(f"r{i + 1}", axes, networks, (images, images), where)


def _panel(
    ident: str, axes: ProbitAxes, every: Sequence[Network], images: tuple[int, int], where: Condition | None
) -> RobustnessPanel | None:
    networks = list({(one.first, one.second): one for one in reversed(every)}.values())[::-1]
    firsts, seconds = [one.first for one in networks], [one.second for one in networks]
    off = each_off_the_others(firsts, seconds, images)
    if isinstance(off, NoLine):
        return None
    on = [i for i, one in enumerate(off) if not one.named]
    line = accuracy_line([firsts[i] for i in on], [seconds[i] for i in on], images)
    if isinstance(line, NoLine):
        return None
    said = [_headline(networks, off), line_said(line), *_agreed(line, networks, where)]
    spots = [
        ProbitSpot(
            name=one.run.mark,
            first=one.first,
            second=one.second,
            look=overlays.look(one.place),
            said=f"{off_said(one.run.mark, lies)}; {wording.percent(one.first)} and {wording.percent(one.second)} %",
            named=lies.named,
        )
        for one, lies in zip(networks, off, strict=True)
    ]
    return RobustnessPanel(
        title=axes.title, figure=probit_chart(ident, axes, line, spots, " ".join(said)), said=tuple(said)
    )


def _headline(networks: Sequence[Network], off: Sequence[OffLine]) -> str:
    """Who lies off the line of all others."""
    named = [off_said(one.run.mark, lies) for one, lies in zip(networks, off, strict=True) if lies.named]
    if not named:
        return "No checkpoint is shown to lie off the line through the others (Holm over all of them)."
    return f"Off the line through all others, also after Holm: {claims.listed(named)}."


def _agreed(line: AccuracyLine, networks: Sequence[Network], where: Condition | None) -> tuple[str, ...]:
    """Whether agreement of pairs, which needs no label, follows the line; nothing where answers are not kept."""
    if where is None:
        return ()
    places = UNSHIFTED, where
    answers = [[read_answers(RunDir(one.run.path), Cell(at.shift, at.severity)) for at in places] for one in networks]
    told = [[found.predicted.get(CHECKPOINT) if found else None for found in both] for both in answers]
    if any(found is None for both in told for found in both):
        return ()
    shares = [
        tuple(float((a[i] == b[i]).mean()) for i in range(2))  # type: ignore[union-attr] # none is None here
        for a, b in itertools.combinations(told, 2)
    ]
    check = agreement_check(line, [one[0] for one in shares], [one[1] for one in shares])
    return () if isinstance(check, NoLine) else (_check(check),)


def _check(check: AgreementCheck) -> str:
    word = "lies along the same line" if check.holds else "does not lie along that line, so trust it less"
    return (
        f"Agreement of {wording.counted(check.pairs, 'pair')} of checkpoints {word}: slope {check.slope:.2f}, "
        f"R² {check.fit:.2f}."
    )
