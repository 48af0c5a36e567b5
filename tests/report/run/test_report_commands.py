"""The commands that show finished runs: one line for what is refused, the paths for what was written."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.report.fake_run import Fake, write_run
from typer.testing import CliRunner, Result

from shiftprobe import cli


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    made = [write_run(tmp_path / "runs" / name, Fake()) for name in ("one", "two")]
    for run in made:
        (run / "about.json").write_text("{}")
    return made


def told(*arguments: object) -> Result:
    return CliRunner().invoke(cli.app, list(map(str, arguments)))


def test_two_runs_are_compared_beside_the_first(runs: list[Path]) -> None:
    before = {path: path.read_bytes() for run in runs for path in run.rglob("*") if path.is_file()}
    found = told("report", *runs, "--markdown", runs[0].parent / "pr.md")
    assert found.exit_code == 0
    page = runs[0].parent / "compared.html"
    assert found.stdout.splitlines()[-1] == f"Report: {page}"
    assert page.is_file()
    assert (runs[0].parent / "pr.md").read_text().startswith("### 2 runs: better in A and B\n")
    assert {path: path.read_bytes() for run in runs for path in run.rglob("*") if path.is_file()} == before


def test_the_page_goes_where_it_is_asked_to(runs: list[Path], tmp_path: Path) -> None:
    assert told("report", *runs, "--out", tmp_path / "new" / "page.html").exit_code == 0
    assert (tmp_path / "new" / "page.html").is_file()
    assert not (runs[0].parent / "compared.html").exists()


def test_a_file_of_somebody_else_is_no_place_for_the_page(runs: list[Path], tmp_path: Path) -> None:
    page = tmp_path / "thesis.html"
    page.write_text("<!doctype html><title>My thesis</title>")
    refused = told("report", *runs, "--out", page)
    assert refused.exit_code == 2
    assert "wanted a new file or a page that shiftprobe wrote, got another file" in refused.stderr
    assert page.read_text() == "<!doctype html><title>My thesis</title>"
    page.write_text("")
    for _ in range(2):  # an empty file, then our own page
        assert told("report", *runs, "--out", page).exit_code == 0


Arguments = Callable[[list[Path]], list[object]]
REFUSED: dict[str, tuple[Arguments, str]] = {
    "one folder twice": (lambda runs: ["report", runs[0], f"{runs[0]}/"], "got this folder twice"),
    "no run": (lambda runs: ["report", runs[0], runs[0].parent], "wanted a run folder (with about.json)"),
    "no run alone": (lambda runs: ["report", runs[0].parent], "wanted a run folder (with about.json)"),
    "a page of one": (lambda runs: ["report", runs[0], "--out", "x.html"], "wanted 2 to 12 runs to compare, got 1"),
    "no figure": (lambda runs: ["figures", runs[0], "--only", "dail"], "did you mean 'dial'"),
    "figures of no run": (lambda runs: ["figures", runs[0].parent], "wanted a run folder (with about.json)"),
}


@pytest.mark.parametrize(("arguments", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_shown_is_refused_in_one_line(runs: list[Path], arguments: Arguments, said: str) -> None:
    found = told(*arguments(runs))
    assert found.exit_code == 2
    assert said in found.stderr
    assert found.stderr.count("\n") == 1
    assert not list(runs[0].parent.glob("*.html"))


def test_figures_are_named_and_so_is_what_there_is_none_of(runs: list[Path]) -> None:
    found = told("figures", runs[0], "--only", "gain")
    assert found.stdout.splitlines() == [f"Figure: {runs[0]}/figures/gain.{kind}" for kind in ("svg", "pdf")]
    assert told("figures", runs[0], "--only", "budget").stdout == "No budget: this run has one label budget.\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_that_cannot_be_written_is_one_line(runs: list[Path]) -> None:
    assert told("report", *runs, "--out", "/proc/page.html").exit_code == 5
