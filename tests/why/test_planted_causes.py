"""A cause that was put into a run on real digits is named first; docs/why.md tabulates these runs."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.why.planting import PLANTED

from shiftprobe.why import RULES

BEHIND = {"weight_scales": "not_converged"}  # its scratch never leaves the commonest class, which voids the comparison

FEW = {"source.images": 600, "target.test": 0.1}  # images: quicker than the run that the docs tell of


def first(cause: str, out: Path, **changed: object) -> str:
    planted = PLANTED[cause]
    run = replace(planted, spec={**planted.spec, **changed}).run(out)
    assert not run.failed
    said = run.summary.why.explanations
    return said[0].name if said else ""


def test_every_explanation_has_a_planted_run() -> None:
    assert set(PLANTED) == {rule.__name__ for rule in RULES}


def test_a_planted_short_schedule_is_named_first(tmp_path: Path) -> None:
    assert first("not_converged", tmp_path, **FEW) == "not_converged"


@pytest.mark.slow
@pytest.mark.parametrize("cause", [cause for cause in PLANTED if cause != "not_converged"])
def test_a_planted_cause_is_named_first(cause: str, tmp_path: Path) -> None:
    assert first(cause, tmp_path) == BEHIND.get(cause, cause)
