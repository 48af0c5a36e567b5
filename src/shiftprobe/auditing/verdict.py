"""All checks into one answer: a word, a sentence that carries its numbers, an exit code, and everything beside."""

import platform
from collections import Counter
from collections.abc import Sequence
from importlib import metadata
from typing import TYPE_CHECKING

from shiftprobe.auditing.evidence import Side, Subject
from shiftprobe.auditing.model import ImageCounts, LabelledData, Machine, Measurements, TargetData, Verdicts
from shiftprobe.auditing.types import EXIT_CODES, ORDER, Check, Outcome
from shiftprobe.auditing.verdicts_file import SCHEMA, VERSION, printable

if TYPE_CHECKING:
    from shiftprobe.auditing.ready import Ready

TOLD = 3  # checks in the sentence
PACKAGES = ("albumentations", "numpy", "scikit-learn", "scipy", "shiftprobe", "torch", "torchvision")


def outcome(checks: Sequence[Check]) -> Outcome:
    """Fail when a gate fails; else cannot tell when a gate cannot; else pass. An audit without a gate cannot tell."""
    asked = [one.status for one in checks if one.gates and one.status != "not done"]
    if "fail" in asked:
        return "fail"
    return "cannot tell" if "cannot tell" in asked or not asked else "pass"


def sentence(checks: Sequence[Check]) -> str:
    """The verdict in one sentence, naming what decided it first."""
    word = outcome(checks)
    asked = [one for one in checks if one.gates and one.status != "not done"]
    deciding = [one for one in asked if one.status == word]
    if not asked:
        return "Cannot tell: the policy gates nothing that could be asked here."
    if word == "pass":
        warned = sum(one.status == "warn" for one in checks)
        beside = f" {warned} warning{'s' if warned > 1 else ''} beside." if warned else ""
        return f"Pass: all {len(asked)} gates hold.{beside}" if len(asked) > 1 else f"Pass: the one gate holds.{beside}"
    verb = {"fail": "fails" if len(deciding) == 1 else "fail", "cannot tell": "cannot be decided"}[word]
    told = "; ".join(one.reason for one in deciding[:TOLD])
    more = f"; and {len(deciding) - TOLD} more" if len(deciding) > TOLD else ""
    gates_ = "gate" if len(asked) == 1 else "gates"
    return f"{word.capitalize()}: {len(deciding)} of {len(asked)} {gates_} {verb}: {told}{more}."


def ordered(checks: Sequence[Check]) -> tuple[Check, ...]:
    """What must be answered first stands first; gates before warnings of the same status."""
    return tuple(sorted(checks, key=lambda one: (ORDER.index(one.status), not one.gates)))


def verdicts(ready: "Ready", checks: Sequence[Check], shown: Measurements) -> Verdicts:
    """Everything that an audit found: no NaN, no clock, foreign text made visible."""
    subject, request, word = ready.subject, ready.request, outcome(checks)
    return printable(
        Verdicts(
            schema=SCHEMA,
            version=VERSION,
            status=word,
            exit_code=EXIT_CODES[word],
            sentence=sentence(checks),
            name=ready.name,
            command=request.command,
            digest=subject.fingerprint[:12],
            checkpoint=subject.facts,
            preprocess=subject.preprocess.to_dict(),
            preprocess_from=subject.facts.preprocess_from,
            policy=request.policy.resolved(),
            policy_from=request.policy_from,
            images=_images(ready.data),
            data=LabelledData(name=ready.data.name, classes=_counts(ready.data, subject), groups=_groups(ready.data)),
            target=_target(ready.target, subject),
            notes=(*subject.notes, *ready.notes),
            checks=ordered(checks),
            shown=shown,
            environment=Machine(
                python=platform.python_version(),
                platform=platform.platform(),
                device="cpu",
                versions={name: metadata.version(name) for name in PACKAGES},
            ),
        )
    )


def _images(side: Side) -> ImageCounts:
    return ImageCounts(used=len(side), available=len(side.bundle), skipped=side.bundle.skipped)


def _target(side: Side | None, subject: Subject) -> TargetData | None:
    if side is None:
        return None
    counts = _counts(side, subject) if side.labels is not None else None
    return TargetData(
        name=side.name,
        labelled=side.labels is not None,
        used=len(side),
        available=len(side.bundle),
        skipped=side.bundle.skipped,
        classes=counts,
    )


def _counts(side: Side, subject: Subject) -> dict[str, int]:
    labels = [] if side.labels is None else side.labels.tolist()
    counts = Counter(labels)
    return {subject.classes[label]: counts[label] for label in sorted(counts)}


def _groups(side: Side) -> dict[str, int] | None:
    return None if side.groups is None else dict(sorted(Counter(side.groups.tolist()).items()))
