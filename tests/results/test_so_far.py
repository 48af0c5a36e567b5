"""A run that is not finished says so in every sentence and first of all marks; one that is, not at all."""

import json
from dataclasses import replace

import pytest
from tests.results.test_table1 import SUMMARY

from shiftprobe.results.decision import Decision
from shiftprobe.results.marks import Mark
from shiftprobe.results.model import Best, TrainingFacts
from shiftprobe.results.summary.so_far import so_far
from shiftprobe.results.summary_file import to_json
from shiftprobe.results.unfinished import Unfinished

WHOLE = replace(
    SUMMARY,
    verdicts=(SUMMARY.verdict,),
    training=TrainingFacts(),
    best=Best(verdict=SUMMARY.verdict),
    decision=Decision(choice="leave_it", sentence="Leave it: nothing beats it."),
    marks=(Mark(kind="unnamed_run", text="x"), Mark(kind="incomplete", text="Incomplete: 1 cell failed.")),
)
HOW_FAR = Unfinished(done=12, planned=36, failed=2, probes=("umap",))


def test_a_finished_run_is_left_alone() -> None:
    assert so_far(WHOLE, None) is WHOLE
    assert "unfinished" not in to_json(WHOLE)


def test_every_conclusion_is_worded_as_not_final() -> None:
    found = so_far(WHOLE, HOW_FAR)
    assert found.decision is not None
    assert found.decision.sentence == "So far (12 of 36 cells): leave it: nothing beats it."
    assert found.best is not None
    for one in (found.verdict, *found.verdicts, found.best.verdict):
        assert one.sentence.startswith("So far (12 of 36 cells): ")
        assert one.word == WHOLE.verdict.word
    assert json.loads(json.dumps(to_json(found)))["unfinished"] == {
        "done": 12, "planned": 36, "failed": 2, "probes": ["umap"]
    }  # fmt: skip


def test_the_mark_comes_first_and_what_is_missing_is_told_once() -> None:
    found = so_far(WHOLE, HOW_FAR)
    assert [one.kind for one in found.marks] == ["unfinished", "unnamed_run"]
    first = found.limits[0]
    assert (first.badge, first.grave) == ("not finished: 12 of 36 cells", True)
    assert "2 failed, umap not" in first.text


@pytest.mark.parametrize(("planned", "said"), [(1, "0 of 1 cell"), (12_000, "0 of 12,000 cells")])
def test_counts_are_words(planned: int, said: str) -> None:
    assert Unfinished(done=0, planned=planned).counts == said
