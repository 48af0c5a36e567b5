"""Facts travel as fields: every sentence of a run may be reworded, and nothing that is decided moves."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.report.fake_inside import add_inside
from tests.report.fake_run import Fake, write_run
from tests.why.made_up import EQUAL, GOOD, HELPS, WORSE, arm, curve, gaps, likeness, readout, still, summed

from shiftprobe.core.types import Row
from shiftprobe.report.figures import numbers
from shiftprobe.report.kit import wording
from shiftprobe.report.kit.reading import read
from shiftprobe.results.model import EarlyStop, Summary
from shiftprobe.why import explain, next_steps

FALLING = [2.0, 1.6, 1.2, 0.8, 0.4]
FACTS = {  # texts that are names, words of a closed list or labels of the user's; every other text is prose
    "a", "arm", "b", "bound", "cell", "choice", "classes", "command", "device", "digest", "grade", "interpolation",
    "kind", "metric", "name", "open", "order", "pair", "score", "shift", "verdict", "with_all", "word", "arms",
    "shifts", "taps",
    "agreement", "trained_as", "unshared", "opt", "sched", "aug", "balance", "precision",
}  # fmt: skip
CASES: Mapping[str, tuple[Sequence[Sequence[Row]], dict[str, Any]]] = {
    "helps": ((HELPS[0], HELPS[1], gaps(0.0, 0.1, 0.2, 0.3), likeness("transfer", 0.9, 0.9, 0.9)), {}),
    "equal": ((*EQUAL, gaps(0, 0, 0, 0), readout("random", 0.945)), {"source": 0.3}),
    "ended early": (HELPS, {"curves": [curve("scratch", FALLING, [0.5] * 5)]}),
    "worse, with others": (
        (arm("transfer", *WORSE), arm("scratch", *GOOD), arm("lp_ft", *GOOD), still("zero_shot", 0.99)),
        {},
    ),
    "open": ((arm("transfer", 0.95, 0.93, 0.96), arm("scratch", 0.94, 0.945, 0.945)), {}),
    "a lost seed": ((arm("transfer", 0.9, None, 0.8), arm("scratch", *WORSE)), {}),
    "one arm": ((arm("transfer", *GOOD),), {}),
}


def reworded(value: Any, name: str = "") -> Any:
    """The same with "x" for every text that is no name."""
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: reworded(getattr(value, one.name), one.name) for one in fields(value)})
    if isinstance(value, tuple | list):
        return type(value)(reworded(one, name) for one in value)
    if isinstance(value, Mapping):
        return {key: reworded(one, "" if isinstance(one, str) else name) for key, one in value.items()}
    return "x" if isinstance(value, str) and value and name not in FACTS else value


def decided(rows: Sequence[Row], summary: Summary) -> tuple[Any, ...]:
    """What is decided of a run: the verdict, which explanations and how sure, what is open, which steps."""
    why = explain(rows, summary)
    return (
        summary.verdict.word,
        [(one.name, one.grade, len(one.evidence), len(one.against)) for one in why.explanations],
        [one.name for one in why.undecided],
        [one.name for one in next_steps(rows, summary)],
    )


@pytest.mark.parametrize("case", CASES)
def test_no_sentence_moves_a_verdict_an_explanation_or_a_step(case: str) -> None:
    some, made = CASES[case]
    rows, summary = summed([row for one in some for row in one], **made)
    other = reworded(summary)
    assert other != summary
    assert other.training.schedule in {"", "x"}
    silent = [replace(row, reason="x" if row.reason else "") for row in rows]
    assert decided(silent, other) == decided(rows, summary)


def test_the_cases_meet_what_was_once_read_from_sentences() -> None:
    rows, summary = summed([row for one in HELPS for row in one], curves=[curve("scratch", FALLING, [0.5] * 5)])
    assert summary.training is not None
    assert summary.training.early == (EarlyStop(arm="scratch", budget=100, count=1, n=1),)
    assert "not_converged" in [one.name for one in explain(rows, reworded(summary)).explanations]
    apart = replace(reworded(summary), paired=False)
    assert "other_arm" not in [one.name for one in next_steps([*rows, *arm("lp_ft", 0.97, 0.961, 0.981)], apart)]


def test_no_sentence_moves_a_number_of_a_figure_or_a_mark_of_the_page(tmp_path: Path) -> None:
    run = read(write_run(tmp_path / "run", Fake(budgets=(50, 300)), add_inside))
    summary = reworded(run.summary)
    points = {key: reworded(one) for key, one in run.points.items()}
    contrasts = {key: reworded(one) for key, one in run.contrasts.items()}
    other = replace(run, summary=summary, points=points, contrasts=contrasts)
    for name in numbers.NAMES:
        draw = getattr(numbers, name)
        assert draw(other) == draw(run)
    marks = [wording.verdict(one) for one in summary.contrasts]
    assert marks == [wording.verdict(one) for one in run.summary.contrasts]
