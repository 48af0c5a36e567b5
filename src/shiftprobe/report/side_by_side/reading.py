"""Several runs side by side: what differs between them, whether they may be compared, what their numbers say."""

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from shiftprobe.core.arrays import read_arrays
from shiftprobe.core.checksums import check_file
from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.reading import is_there
from shiftprobe.core.types import IDENTITY, UNSHIFTED, Cell, Condition
from shiftprobe.report.kit import claims, wording
from shiftprobe.report.kit.contents import ReadRun, flat, prepared
from shiftprobe.report.kit.reading import read
from shiftprobe.results.findings import read_answers
from shiftprobe.results.model import ArmPoint, Contrast, Summary
from shiftprobe.results.run_folder import RunDir, check_run
from shiftprobe.spec.model import TRAIN

MAX_RUNS = 12  # runs that a reader can tell apart on one page
MAX_PICTURES = 2**31  # bytes of the test images that a run keeps, unpacked
MARKS = "ABCDEFGHIJKL"
ASIDE = {"name", "probes", "report.thumbnails", "keep", "taps"}  # of a spec: they move no accuracy
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """One run of the comparison, with a letter to speak of it."""

    mark: str
    path: Path
    run: ReadRun
    labels: str  # digest of the classes of all test images, in order; empty where the run kept no answers
    pictures: str  # digest of the test images that the run kept; empty without any

    @property
    def checkpoint(self) -> str:
        """What its spec calls the weights that were brought; empty where the run trained its source itself."""
        model = self.run.spec.get("model")
        weights = model.get("weights", TRAIN) if isinstance(model, Mapping) else TRAIN
        return "" if weights == TRAIN else str(weights)

    @property
    def budget(self) -> int | None:
        """Its largest label budget."""
        return max(self.run.summary.budgets, default=None)


def read_many(paths: Sequence[Path]) -> tuple[Entered, ...]:
    """Read run folders for a comparison.

    Raises:
        SpecError: when there are fewer than two, too many, or one folder stands twice.
        RunError: when a folder is no run, or does not hold a run's tables.
    """
    if not 2 <= len(paths) <= MAX_RUNS:  # noqa: PLR2004 - a comparison
        raise SpecError(f"wanted 2 to {MAX_RUNS} runs to compare, got {len(paths)}; name fewer, or make several pages")
    seen: set[Path] = set()
    for path in paths:
        if path.resolve() in seen:
            raise SpecError(f"{escape(path)}: wanted different runs, got this folder twice; name each once")
        check_run(path)
        seen.add(path.resolve())
    return tuple(_entered(mark, path) for mark, path in zip(MARKS, paths, strict=False))


def _entered(mark: str, path: Path) -> Entered:
    run = read(path)
    return Entered(mark=mark, path=path, run=run, labels=_labels(path, run.summary), pictures=_pictures(path))


def _labels(path: Path, told: Summary) -> str:
    """Digest of the classes that any cell of the unshifted target kept: the checkpoint's own, or that of a training."""
    trained = (Cell(IDENTITY, 0.0, budget, seed) for budget in told.budgets for seed in told.seeds)
    for cell in (Cell(IDENTITY, 0.0), *trained):
        if (found := read_answers(RunDir(path), cell)) is not None:
            return hashlib.sha256(found.labels.tobytes()).hexdigest()
    return ""


def _pictures(path: Path) -> str:
    file = RunDir(path).samples(UNSHIFTED)
    check_file(file)
    if not is_there(file):
        return ""
    digest = hashlib.sha256()
    for name, array in sorted(read_arrays(file, most=MAX_PICTURES).items()):
        digest.update(f"{name}{array.shape}".encode() + array.tobytes())
    return digest.hexdigest()


def differing(runs: Sequence[Entered]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Keys of the specs, and of where they were made, whose values differ: (key, a value per run)."""
    trees = [dict(_facts(one.run)) for one in runs]
    keys = dict.fromkeys(key for tree in trees for key in tree)
    rows = ((key, tuple(tree.get(key, "not set") for tree in trees)) for key in keys if key not in ASIDE)
    return tuple((key, values) for key, values in rows if len(set(values)) > 1)


def _facts(run: ReadRun) -> Iterator[tuple[str, str]]:
    yield from flat(run.spec)
    made, source = run.environment, run.summary.source_accuracy
    yield from prepared(run.summary.preprocess, "preprocess: ")
    yield from (("device", made.device), ("torch", made.versions.get("torch", "n/a")), ("code", made.code or "n/a"))
    yield "source accuracy", f"{wording.percent(source.value)} %" if source else "n/a"


def same_test(a: Entered, b: Entered) -> bool | None:
    """Whether two runs meet the same test images; None where the folders cannot tell."""
    ours, theirs = (one.run.summary.data.target for one in (a, b))
    if ours is None or theirs is None:
        return None
    known = [(ours.classes, theirs.classes), (ours.test, theirs.test)]
    known += [(one, other) for one, other in ((a.labels, b.labels), (a.pictures, b.pictures)) if one and other]
    if any(one != other for one, other in known):
        return False
    return True if len(known) == 4 else None  # noqa: PLR2004 - names, counts, classes and pictures all agree


def test_sets(runs: Sequence[Entered]) -> str:
    """In one sentence, whether all runs meet the same test images and how that is known."""
    found = [same_test(runs[0], other) for other in runs[1:]]
    target = runs[0].run.summary.data.target
    if all(found) and target:
        return (
            f"All runs are judged on the same {wording.counted(target.test, 'test image')}: the classes of all of them "
            "agree in their order, and so do the pictures that every run kept."
        )
    differ = [one.mark for one, same in zip(runs[1:], found, strict=True) if same is False]
    if differ:
        return f"The test images of {claims.listed(differ)} are not those of {runs[0].mark}."
    return "The run folders do not tell whether the test images are the same."


def warnings(runs: Sequence[Entered]) -> tuple[str, ...]:
    """What forbids to read the runs side by side, a sentence each; none when nothing does."""
    return tuple(_warnings(runs))


def _warnings(runs: Sequence[Entered]) -> Iterator[str]:
    targets = [one.run.summary.data.target for one in runs]
    names = [found.name if found else "n/a" for found in targets]
    if len(set(names)) > 1 or any(same_test(*pair) is False for pair in itertools.combinations(runs, 2)):
        what = f"targets differ ({_each(runs, names)})" if len(set(names)) > 1 else "test images differ"
        yield f"The {what}: accuracies are about different images and are not comparable."
    if len({one.run.summary.budgets for one in runs}) > 1:
        budgets = _each(runs, [claims.listed([f"{n:,}" for n in one.run.summary.budgets]) or "none" for one in runs])
        yield f"The label budgets differ ({budgets}): each run stands here with its largest."
    if len({one.run.summary.metric for one in runs}) > 1:
        scores = _each(runs, [one.run.summary.metric for one in runs])
        yield f"The scores differ ({scores}): differences are of different things and are not comparable."
    if len({one.run.summary.margin for one in runs}) > 1:
        margins = _each(runs, [wording.margin(one.run.summary.margin) for one in runs])
        yield f"The margins differ ({margins} points): equivalent does not mean the same in them."
    if len({conditions(one.run) for one in runs}) > 1:
        yield "The conditions differ: each headline averages over its own run's shifts and severities."
    if len({str(one.run.spec.get("severity_scale")) for one in runs}) > 1:
        yield "The severity scales differ: equal severities are not equal changes."


def conditions(run: ReadRun) -> tuple[frozenset[str], tuple[float, ...]]:
    """What a headline averages over: shifts and severities."""
    return (frozenset(run.summary.shifts), run.summary.severities) if run.drifts else (frozenset(), ())


def places(one: Entered) -> list[Condition]:
    """Every condition of a run, the unshifted target first."""
    shifts, doses = conditions(one.run)
    return [UNSHIFTED, *(Condition(shift, dose) for shift in sorted(shifts) for dose in doses if dose > 0)]


def _each(runs: Sequence[Entered], values: Sequence[str]) -> str:
    return ", ".join(f"{one.mark}: {wording.name(value)}" for one, value in zip(runs, values, strict=True))


def shared(runs: Sequence[Entered]) -> tuple[str, ...]:
    """Shifts that at least two runs have, in the order they are met."""
    met = [shift for one in runs for shift in (one.run.summary.shifts if one.run.drifts else ())]
    return tuple(shift for shift in dict.fromkeys(met) if met.count(shift) > 1)


def gain(one: Entered, place: Condition) -> Contrast | None:
    """The first pair of arms at a run's largest budget; None where it has no number."""
    found = one.run.contrast(place, one.budget, one.run.pairs[0]) if one.run.pairs else None
    return found if found is not None and found.difference is not None else None


def reached(one: Entered, place: Condition, arm: str) -> ArmPoint | None:
    """An arm's accuracy at a run's largest budget; None where it has no number."""
    found = one.run.point(place, one.budget, arm)
    return found if found is not None and found.mean is not None else None
