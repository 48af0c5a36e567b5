"""Which checkpoint to start from, on made runs: page, Markdown and terminal say one sentence, or why there is none."""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.report.fake_run import Fake
from tests.report.side_by_side.test_side_by_side import made, moved

from shiftprobe.cli.terminal.others import side_by_side
from shiftprobe.report.side_by_side.page import start_of, write_many, write_markdown
from shiftprobe.report.side_by_side.starting import StartAdvice, to_json


def of(path: Path, weights: str, rate: float = 0.9, salt: int = 0, **more: Any) -> Path:
    fake, changes = more.get("fake"), more.get("changes")
    return made(path / weights, fake, changes, rate, salt, model={"weights": weights})


def advice(*runs: Path) -> StartAdvice:
    found = start_of(runs)
    assert found is not None
    return found


def test_one_that_is_clear_of_the_others_is_named_alone(tmp_path: Path) -> None:
    found = advice(of(tmp_path, "low.pt", 0.5), of(tmp_path, "high.pt", 0.9), of(tmp_path, "other.pt", 0.6, salt=1))
    assert found.sentence == "Start from B (high.pt): every other checkpoint is shown to be worse than the best."
    assert "3 seeds" in found.basis
    told = to_json(found)
    assert (told["kept"], told["reason"]) == (["B (high.pt)"], None)


def test_what_luck_may_explain_stays_in(tmp_path: Path) -> None:
    found = advice(of(tmp_path, "a.pt"), of(tmp_path, "b.pt", salt=1), of(tmp_path, "c.pt", salt=2))
    assert found.sentence == (
        "Start from A (a.pt), B (b.pt) or C (c.pt): none of them is shown to be worse than the best."
    )


def test_page_markdown_and_terminal_say_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [of(tmp_path, "a.pt", 0.5), of(tmp_path, "<b>.pt")]
    said = advice(*runs).sentence
    side_by_side(runs, tmp_path / "page.html", tmp_path / "said.md")
    page = (tmp_path / "page.html").read_text()
    first = page[page.index("<main") : page.index('id="verdicts"')]
    assert f"<strong>{said}".replace("<b>", "&lt;b&gt;") in first
    assert "Which checkpoint to start from?" in page
    assert said.split(":")[1] in (tmp_path / "said.md").read_text()
    assert said in capsys.readouterr().out


def _one_budget_less(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
    summary["budgets"] = summary["budgets"][:-1] or [75]


def _balanced(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
    summary["metric"] = "macro_f1"


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"changes": moved(0, target="digits:uci")}, ""),
        ({"fake": Fake(seeds=2)}, "different seeds"),
        ({"fake": Fake(shifts=("rotation",))}, "different conditions"),
        ({"changes": _balanced}, "not judged by top1"),
        ({"changes": _one_budget_less}, "different label budgets"),
    ],
)
def test_where_runs_may_not_be_compared_the_reason_is_said(tmp_path: Path, other: dict[str, Any], why: str) -> None:
    found = advice(of(tmp_path, "a.pt", 0.5), of(tmp_path, "b.pt", **other))
    if not why:  # a name alone moves no image
        assert found.best is not None
        return
    assert found.best is None
    assert found.sentence == f"Cannot tell which checkpoint to start from: {found.reason}."
    assert re.search(why, found.sentence)
    assert (found.basis, to_json(found)["kept"]) == ("", [])


def test_one_seed_says_so_and_shows_no_table(tmp_path: Path) -> None:
    runs = [of(tmp_path, name, rate, fake=Fake(seeds=1)) for name, rate in (("a.pt", 0.5), ("b.pt", 0.9))]
    assert advice(*runs).sentence.startswith("Cannot tell which checkpoint to start from: one seed has no spread")
    write_many(runs, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "one seed has no spread" in page
    assert 'id="start"' not in page


def test_runs_of_one_checkpoint_or_of_none_are_not_asked(tmp_path: Path) -> None:
    trained_here = [made(tmp_path / name) for name in ("one", "two")]
    assert start_of(trained_here) is None
    same = [made(tmp_path / name, model={"weights": "a.pt"}) for name in ("three", "four")]
    assert start_of(same) is None
    write_markdown(same, tmp_path / "said.md")
    assert "tart from" not in (tmp_path / "said.md").read_text()
