"""Looks in bfloat16 are held against float32: where a gate hangs on what they differ in, float32 has the word."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from shiftprobe.auditing.checks.bounded import side_of
from shiftprobe.auditing.checks.preprocessing import sample
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.predictions import predict
from shiftprobe.auditing.types import Check, Note
from shiftprobe.core.types import UNSHIFTED
from shiftprobe.core.words import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecisionTrial:
    """How often the two disagree, and which gates hang on it."""

    differ: int  # images of the sample with another answer
    n: int
    gates: tuple[str, ...]  # titles of those whose word could be another one

    @property
    def note(self) -> Note:
        """What a reader must know of it."""
        said = f"bf16 and float32 give another answer to {self.differ:,} of {self.n:,} images"
        if not self.gates:
            return Note(about="looks", text=f"{said}; no gate hangs on so many")
        hang = f"{listed(list(self.gates))} could hang on so many"
        return Note(about="looks", text=f"{said}; {hang}: everything was looked at again in float32, whose word counts")


def tried(evidence: AuditEvidence, checks: Sequence[Check]) -> PrecisionTrial:
    """Look again at a sample of clean images in float32, and ask which gates as many images could turn.

    Args:
        evidence: of looks in bfloat16.
        checks: what they gave.
    """
    index = sample(len(evidence.data), evidence.policy.seed)
    exact = replace(evidence.subject, precision="float32")
    again = predict(exact, evidence.data, index.tolist(), evidence.dose(UNSHIFTED))
    differ = int(np.count_nonzero(again.answers != evidence.clean.answers[index]))
    share = (differ + 1) / len(index)  # one more than was seen: a sample that shows none proves little
    return PrecisionTrial(
        differ=differ, n=len(index), gates=tuple(one.title for one in checks if one.gates and hangs(one, share))
    )


def hangs(check: Check, share: float) -> bool:
    """Whether a check would say another word if a share of images changed sides; one that counts none always may."""
    if check.threshold is None or check.low is None or check.high is None or check.status == "not done":
        return False
    if check.unit not in {"fraction", "points"}:
        return True
    low, high, relation, threshold = check.low, check.high, check.relation, check.threshold
    return len({side_of(low + move, high + move, relation, threshold) for move in (-share, 0.0, share)}) > 1
