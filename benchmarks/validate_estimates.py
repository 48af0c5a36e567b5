"""Estimates without labels against the truth, on checkpoints trained here: the table of docs/unlabelled.md.

    python -m benchmarks.validate_estimates                 from the root of the repository, six minutes on one core
    python -m benchmarks.validate_estimates --development   the cases on which rules and limits were chosen

No shift, seed or division of the data is in both sets of cases, and photographs are in the second alone. Trained
checkpoints are looked through once; `--keep FOLDER` keeps what they saw for the next time.
"""

import argparse
import pickle
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from tests.auditing.estimate_cases import Checkpoint, Target, made

from shiftprobe.auditing.estimate.accuracy import AccuracyEstimate, Known, Predictions, estimates
from shiftprobe.metrics import mean_confidence

DOSES = (0.2, 0.5, 0.9)
DEVELOPMENT = ("rotation", "shot_noise", "pixelate", "coarse_dropout", "snow", "defocus+impulse_noise")
REPORTED = (
    "fog", "defocus", "elastic", "shear", "speckle_noise", "grid_dropout", "frost", "gamma", "rotation+shot_noise",
    "elastic+fog",
)  # fmt: skip
TRAININGS = {  # images and epochs
    "mnist": ((2000, 10), (2000, 2), (300, 10)),
    "uci": ((700, 10), (200, 12)),
    "photographs": ((300, 40), (300, 10)),
}
KINDS = {"shift": "shifts not in the grid", "natural": "the other data", "classes": "classes in other proportions"}
FEW = (200, 100)  # labelled images and images of the target, for the second table


class Case(NamedTuple):
    """A target, what was said of it, and what the plain confidence would have said."""

    pair: str
    kind: str
    name: str
    truth: float
    found: AccuracyEstimate
    confidence: float

    @property
    def held(self) -> bool:
        """Whether the truth lies in the interval."""
        low, high = self.found.low, self.found.high
        return low is not None and high is not None and low <= self.truth <= high


def checkpoints(*, development: bool) -> list[Checkpoint]:
    pairs = [pair for pair in TRAININGS if not (development and pair == "photographs")]
    return [
        Checkpoint(pair=pair, images=images, epochs=epochs, seed=seed)
        for seed in ((0, 1) if development else (10, 11))
        for pair in pairs
        for images, epochs in TRAININGS[pair]
    ]


def looks(one: Checkpoint, planted: Sequence[str], folder: Path) -> tuple[list[Known], list[Target]]:
    path = folder / f"{one.pair}-{one.images}-{one.epochs}-{one.seed}.pickle"
    if not path.exists():
        path.write_bytes(pickle.dumps(made(one, planted, DOSES, folder)))
    found: tuple[list[Known], list[Target]] = pickle.loads(path.read_bytes())  # noqa: S301 - our own, just written
    return found


def cases(one: Checkpoint, known: Sequence[Known], targets: Sequence[Target], few: tuple[int, int]) -> Iterator[Case]:
    rng = np.random.default_rng(one.seed)
    kept = np.sort(rng.permutation(len(known[0].labels))[: few[0]])
    fewer = [
        Known(
            predictions=part(item.predictions, kept), labels=item.labels[kept], shift=item.shift, severity=item.severity
        )
        for item in known
    ]
    seen = [part(target.predictions, rng.permutation(len(target.predictions.logits))[: few[1]]) for target in targets]
    for target, predictions, found in zip(
        targets, seen, estimates(fewer, seen, confidence=0.9, seed=one.seed), strict=True
    ):
        yield Case(one.pair, target.kind, target.name, target.truth, found, mean_confidence(predictions.logits))


def part(predictions: Predictions, index: np.ndarray) -> Predictions:
    return predictions.each(lambda array: array[index])


def table(found: Sequence[Case]) -> None:
    print(
        "\n| checkpoints of | targets | cases | answered | inside 90 % | mean error | mean width | confidence's error |"
    )
    print("|---|---|---|---|---|---|---|---|")
    groups = {(case.pair, case.kind) for case in found}
    for pair in TRAININGS:
        for kind, words in KINDS.items():
            if (pair, kind) in groups:
                row(pair, words, [case for case in found if (case.pair, case.kind) == (pair, kind)])
    row("all", "all", found)


def row(pair: str, words: str, found: Sequence[Case]) -> None:
    answered = [case for case in found if case.found.answered]
    held = np.mean([case.held for case in answered])
    errors = [abs((case.found.value or 0.0) - case.truth) for case in answered]
    widths = [(case.found.high or 0.0) - (case.found.low or 0.0) for case in answered]
    naive = np.mean([abs(case.confidence - case.truth) for case in answered])
    print(
        f"| {pair} | {words} | {len(found)} | {len(answered)} ({len(answered) / len(found):.0%}) | {held:.0%} "
        f"| {np.mean(errors):.3f} | {np.mean(widths):.2f} | {naive:.3f} |"
    )


def methods(found: Sequence[Case]) -> None:
    """Each method alone, over the cases that were answered."""
    print("\n| method | inside 90 % | mean error | mean width | error it measured itself |")
    print("|---|---|---|---|---|")
    answered = [case for case in found if case.found.answered]
    for j, method in enumerate(answered[0].found.methods):
        told = [(case.truth, case.found.methods[j]) for case in answered]
        held = np.mean([(one.low or 0.0) <= truth <= (one.high or 0.0) for truth, one in told])
        errors = np.mean([abs((one.value or 0.0) - truth) for truth, one in told])
        widths = np.mean([(one.high or 0.0) - (one.low or 0.0) for _, one in told])
        own = np.mean([one.error for _, one in told if one.error is not None])
        print(f"| {method.name} | {held:.0%} | {errors:.3f} | {widths:.2f} | {own:.3f} |")


def misses(found: Sequence[Case]) -> None:
    """Where the answers that missed lie: too high is the dangerous side."""
    missed = [case for case in found if case.found.answered and not case.held]
    high = [case for case in missed if (case.found.low or 0.0) > case.truth]
    print(f"\n{len(missed)} answers missed, {len(high)} of them too high:")
    for case in high:
        print(f"  {case.pair}, {case.name}: {case.truth:.2f}, said {case.found.low:.2f} to {case.found.high:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--development", action="store_true")
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    planted = DEVELOPMENT if given.development else REPORTED
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        ready = [(one, *looks(one, planted, folder)) for one in checkpoints(development=given.development)]
    for title, few in (("all images", (10**9, 10**9)), (f"{FEW[0]} labelled images, targets of {FEW[1]}", FEW)):
        print(f"\n## {title}")
        found = [case for one, known, targets in ready for case in cases(one, known, targets, few)]
        table(found)
        methods(found)
        misses(found)


if __name__ == "__main__":
    main()
