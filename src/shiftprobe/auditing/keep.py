"""`--write`: a repair that is weights, kept where images that did not choose it prove it; a card and a list beside it.

The first half of the images chooses which repair and how, the second half judges it, there and at home. What is kept is
what the first half chose; the list names its images, so that an audit of the file can leave them out.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from shiftprobe.auditing.checks.base import interval
from shiftprobe.auditing.command import command
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import Repair, WrittenRepair
from shiftprobe.auditing.paired import Gain, gain
from shiftprobe.auditing.ready import Ready
from shiftprobe.auditing.repairs.base import HalfChoice
from shiftprobe.auditing.repairs.judged import home, there
from shiftprobe.auditing.request import Request
from shiftprobe.auditing.run_repairs import RepairsTried
from shiftprobe.auditing.write_place import Kept, check_free
from shiftprobe.core.files import write_bytes
from shiftprobe.core.markdown import code, prose
from shiftprobe.core.words import in_points, percent
from shiftprobe.data.trained import listing
from shiftprobe.models.file_reading import AS_IT_IS

FLAGS = ("size", "resize", "mean", "std", "interpolation", "order", "reader")
"""Of the preprocessing, what the command line can say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """What the first half chose, and what the second half says of it."""

    repair: Repair
    choice: HalfChoice
    there: Gain
    home: Gain | None


def keep(ready: Ready, evidence: AuditEvidence, tried: RepairsTried) -> WrittenRepair | None:
    """Write the repair that the first half chooses, where the second half proves it; None where nobody asked.

    Args:
        ready: the audit.
        evidence: of it.
        tried: every repair, and where.

    Returns:
        What was written; or why nothing was: nothing that the second half proves to help there, or a loss at home
        beyond `regression.margin` that it does not exclude.

    Raises:
        SpecError: when somebody else's file lies at the place.
        ResourceError: when it cannot be written.
    """
    place = ready.request.write
    if place is None:
        return None
    confidence, margin = evidence.policy.confidence, evidence.policy.regression.margin
    best = _best(tried, margin)
    if best is None:
        return WrittenRepair(
            reason="by the half that chooses, no repair that is weights answers more images rightly at a loss of at "
            f"most {100 * margin:g} points at home (regression.margin)"
        )
    repair, choice = best
    judged = _Judged(
        repair=repair,
        choice=choice,
        there=gain(choice.before, choice.after, confidence),
        home=None if choice.home is None else gain(*choice.home, confidence),
    )
    if why := _unproven(judged, confidence, margin):
        return replace(_numbers(judged), reason=why)
    return _written(ready, evidence, tried, judged)


def _best(tried: RepairsTried, margin: float) -> tuple[Repair, HalfChoice] | None:
    """The one that answers most of the first half rightly, as that half counts, and costs no more than the margin."""
    found = [(one.repair, made) for one in tried.keepable if (made := one.choice()) is not None]
    better = [one for one in found if one[1].score > one[1].score_before and one[1].lost <= margin]
    return max(better, key=lambda one: one[1].score, default=None)


def _unproven(judged: _Judged, confidence: float, margin: float) -> str:
    """Why it is not kept; empty where it is."""
    if judged.there.low <= 0:
        return (
            f"the half that chose takes {judged.repair.title}, and the other half does not prove that it helps: "
            f"{_said(judged.there, confidence)}"
        )
    if judged.home is not None and judged.home.low < -margin:
        return (
            f"the half that chose takes {judged.repair.title}, which helps ({_said(judged.there, confidence)}), but at "
            f"home a loss of more than {100 * margin:g} points (regression.margin) is not excluded: "
            f"{_said(judged.home, confidence)}"
        )
    return ""


def _said(found: Gain, confidence: float) -> str:
    return f"{in_points(found.value)} points ({interval(found.low, found.high, found.n, confidence)})"


def _numbers(judged: _Judged) -> WrittenRepair:
    at, found = judged.home, judged.there
    return WrittenRepair(
        repair=judged.repair.name,
        title=judged.repair.title,
        gain=found.value,
        low=found.low,
        high=found.high,
        n=found.n,
        home_gain=None if at is None else at.value,
        home_low=None if at is None else at.low,
        home_high=None if at is None else at.high,
        home_n=None if at is None else at.n,
    )


def _written(ready: Ready, evidence: AuditEvidence, tried: RepairsTried, judged: _Judged) -> WrittenRepair:
    from shiftprobe.models.formats.checkpoint import save_state

    kept = Kept(ready.request.write or Path())
    check_free(kept)
    weights = save_state(judged.choice.state, evidence.subject.classes)
    digest = hashlib.sha256(weights).hexdigest()
    told = replace(
        _numbers(judged),
        file=str(kept.weights),
        sha256=digest,
        card=str(kept.card),
        images=str(kept.images),
        command=_command(ready, evidence, kept),
    )
    chose = _chose(evidence, tried)
    card = "\n\n".join(_card(evidence, told, judged, len(chose))) + "\n"
    for path, content in ((kept.images, listing(chose, digest)), (kept.card, card.encode()), (kept.weights, weights)):
        write_bytes(path, content)
    return told


def _chose(evidence: AuditEvidence, tried: RepairsTried) -> Sequence[str]:
    """Content hashes of the first half, there and at home."""
    sides = [one for one in (there(evidence, tried.site), home(evidence, tried.site)) if one is not None]
    return [one.side.bundle.hashes[i] for one in sides for i in one.side.index[one.halves[0]].tolist()]


def _command(ready: Ready, evidence: AuditEvidence, kept: Kept) -> str:
    """The command that audits the file on images that did not choose it; empty where images are no files."""
    asked, subject = ready.request, evidence.subject
    if asked.wanted.module is not None or not all(isinstance(one, str | None) for one in (asked.data, asked.target)):
        return ""
    how = {key: getattr(subject.preprocess, key) for key in FLAGS}
    usual = {"resize": None, "interpolation": "bilinear", "order": "RGB", "reader": "viewer"}
    wanted = replace(
        asked.wanted,
        checkpoint=str(kept.weights),
        arch=asked.wanted.arch or subject.facts.arch,
        classes=None,
        reading=AS_IT_IS,
        preprocess={key: value for key, value in how.items() if value != usual.get(key, "")},
    )
    again: Request = replace(
        asked, wanted=wanted, trained_on=(*asked.trained_on, str(kept.images)), towards=(), adapt=False, write=None
    )
    return command(again)


def _card(evidence: AuditEvidence, told: WrittenRepair, judged: _Judged, chose: int) -> Iterator[str]:
    confidence, facts = evidence.policy.confidence, evidence.subject.facts
    yield f"# {code(Path(told.file).name)}: {prose(judged.repair.title)}"
    yield f"Kept by an audit of {code(facts.path)} ({code(facts.arch)}): {prose(judged.choice.how)}."
    lines = [f"- these weights: SHA-256 {told.sha256}", f"- the audited weights: SHA-256 {facts.sha256}"]
    lines += [f"- {prose(one.name, 60)}: SHA-256 {one.sha256}" for one in evidence.towards]
    yield "\n".join(lines)
    yield (
        f"**Chosen** on {chose:,} images, half of those on {prose(judged.repair.on, 60)} and of the clean ones beside "
        f"them, by content in {code(Path(told.images).name)}. **Judged** on the other half, which did not choose:"
    )
    place = prose(judged.repair.on, 60)
    moved = f"{percent(judged.there.before)} to {percent(judged.there.after)}"
    lines = [f"- on {place}: accuracy {moved}, {_said(judged.there, confidence)}"]
    if judged.home is not None:
        moved = f"{percent(judged.home.before)} to {percent(judged.home.after)}"
        lines.append(f"- at home: accuracy {moved}, {_said(judged.home, confidence)}")
    yield "\n".join(lines)
    yield (
        "The file was written because the half that judged proves the gain; had it not, there would be no file. So its "
        "own audit wants images that neither half held, where there are any. The verdict of the audit is that of the "
        "weights it was given, not of these."
    )
    if told.command:
        yield f"Audit it on images that did not choose it:\n\n    {told.command}"
