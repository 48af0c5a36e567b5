"""All checks into one answer: a word, a sentence that carries its numbers, an exit code, and everything beside."""

import platform
from collections import Counter
from collections.abc import Sequence
from importlib import metadata
from typing import TYPE_CHECKING

from shiftprobe.auditing.advice import Looked, advised
from shiftprobe.auditing.causes import CAUSES, explained
from shiftprobe.auditing.evidence import Side, Subject
from shiftprobe.auditing.headline import headline
from shiftprobe.auditing.limits import limits
from shiftprobe.auditing.model import ImageCounts, LabelledData, Machine, Measurements, TargetData, Verdicts
from shiftprobe.auditing.types import EXIT_CODES, OPEN, ORDER, Check, Outcome
from shiftprobe.auditing.verdicts_file import SCHEMA, VERSION, printable
from shiftprobe.data.left_out import MOST_ASIDE

if TYPE_CHECKING:
    from shiftprobe.auditing.ready import Ready

PACKAGES = ("albumentations", "numpy", "scikit-learn", "scipy", "shiftprobe", "torch", "torchvision")


def outcome(checks: Sequence[Check]) -> Outcome:
    """Fail when a gate fails; else cannot tell when a gate cannot; else pass. An audit without a gate cannot tell."""
    asked = [one.status for one in checks if one.gates and one.status != "not done"]
    if "fail" in asked:
        return "fail"
    return "cannot tell" if "cannot tell" in asked or not asked else "pass"


def sentence(
    checks: Sequence[Check], shown: Measurements | None = None, target: TargetData | None = None, data: str = ""
) -> str:
    """The verdict in one sentence of at most 25 words, naming a cause first, then the target and the data."""
    return headline(checks, outcome(checks), shown or Measurements(), target, data)


def ordered(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Causes first; what is open, the target before the rest; what has another's reason, what passed, was not done."""
    causes = {one.explained_by for one in checks if one.explained_by}

    def place(one: Check) -> tuple[bool, int, bool, int, bool, bool]:
        cause = one.name in causes and not one.explained_by
        rank = CAUSES.index(one.name) if cause else len(CAUSES)
        return (
            not cause,
            rank,
            one.status not in OPEN,
            ORDER.index(one.status) + len(ORDER) * bool(one.explained_by),
            not one.gates,
            one.name != "target",
        )

    return tuple(sorted(checks, key=place))


def verdicts(ready: "Ready", checks: Sequence[Check], shown: Measurements) -> Verdicts:
    """Everything that an audit found: no NaN, no clock, foreign text made visible."""
    subject, request, word = ready.subject, ready.request, outcome(checks)
    looked = Looked(data=ready.data, target=ready.target, request=request, reading=ready.reading)
    listed = ordered(explained(advised(checks, looked), shown, request.policy))
    target = _target(ready, subject)
    return printable(
        Verdicts(
            schema=SCHEMA,
            version=VERSION,
            status=word,
            exit_code=EXIT_CODES[word],
            sentence=headline(listed, word, shown, target, ready.data.name),
            name=ready.name,
            command=request.command,
            digest=subject.fingerprint[:12],
            checkpoint=subject.facts,
            preprocess=subject.preprocess.to_dict(),
            preprocess_from=subject.facts.preprocess_from,
            policy=request.policy.resolved(),
            policy_from=request.policy_from,
            images=_images(ready),
            data=LabelledData(name=ready.data.name, classes=_counts(ready.data, subject), groups=_groups(ready.data)),
            target=target,
            notes=(*subject.notes, *ready.notes),
            checks=listed,
            shown=shown,
            environment=machine(subject),
            marks=limits(listed, word, looked, subject, shown),
        )
    )


def machine(subject: Subject) -> Machine:
    """Where an audit of a checkpoint is made."""
    return Machine(
        python=platform.python_version(),
        platform=platform.platform(),
        device=subject.device,
        versions={name: metadata.version(name) for name in PACKAGES},
    )


def _images(ready: "Ready") -> ImageCounts:
    side = ready.data
    return ImageCounts(
        used=len(side),
        available=len(side.bundle),
        skipped=side.bundle.skipped,
        set_aside=len(side.bundle.set_aside),
        set_aside_first=side.bundle.set_aside[:MOST_ASIDE],
        reading=ready.reading.get("data"),
    )


def _target(ready: "Ready", subject: Subject) -> TargetData | None:
    side = ready.target
    if side is None:
        return None
    counts = _counts(side, subject) if side.labels is not None else None
    return TargetData(
        name=side.name,
        labelled=side.labels is not None,
        used=len(side),
        available=len(side.bundle),
        skipped=side.bundle.skipped,
        set_aside=len(side.bundle.set_aside),
        set_aside_first=side.bundle.set_aside[:MOST_ASIDE],
        classes=counts,
        reading=ready.reading.get("target"),
        few_labels=None if side.known is None else len(side.known),
    )


def _counts(side: Side, subject: Subject) -> dict[str, int]:
    labels = [] if side.labels is None else side.labels.tolist()
    counts = Counter(labels)
    return {subject.classes[label]: counts[label] for label in sorted(counts)}


def _groups(side: Side) -> dict[str, int] | None:
    return None if side.groups is None else dict(sorted(Counter(side.groups.tolist()).items()))
